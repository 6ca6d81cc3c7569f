"""The commands that a Markdown text shows, and the folders they read and write."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

START = re.compile(r"(?:(?:torchrun|accelerate launch|python3?)\s.*?-m\s+)?webagent\s")
BLOCK = re.compile(r"^```\w*\n(.*?)^```|^((?: {4}[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
READ = ("--from", "--data", "-d", "--tokenizer", "--balance", "--failing")
PLAYED = ("--policy", "-p", "--relabel")


@dataclass(frozen=True, slots=True)
class Shown:
    """A command, `words` without what starts the program."""

    line: str
    words: Sequence[str]

    @property
    def reads(self) -> list[str]:
        """Folders that must be there, models of policies among them."""
        played = [folder for spec in self._values(PLAYED) for folder in _folders(spec)]
        return [*self._values(READ), *played]

    @property
    def tokenizers(self) -> list[str]:
        """Folders of which only the tokenizer is read."""
        return list(self._values(("--tokenizer",)))

    @property
    def writes(self) -> list[str]:
        return list(self._values(("--out",)))

    def _values(self, options: Sequence[str]) -> Iterator[str]:
        """What stands behind these options, be it after a space or an equals sign."""
        following = [*self.words[1:], ""]
        for word, after in zip(self.words, following, strict=True):
            name, equals, value = word.partition("=")
            if name in options:
                yield value if equals else after


def shown_commands(text: str) -> list[Shown]:
    """Commands in blocks, indented or fenced, in order. Comments and prompts are left out."""
    blocks = re.findall(
        r"^```\w*\n(.*?)^```|^((?: {4}.*\n)+)", f"{text}\n", re.MULTILINE | re.DOTALL
    )
    lines = "\n".join(fenced or indented for fenced, indented in blocks)
    found: list[Shown] = []
    for line in lines.replace("\\\n", " ").splitlines():
        line = line.strip().removeprefix("$ ")
        if start := START.match(line):
            found.append(Shown(line, shlex.split(line[start.end() :], comments=True)))
    return found


def section(text: str, title: str) -> str:
    """What stands under a heading of the second order; empty if there is none."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _folders(spec: str) -> Iterator[str]:
    """The model folders in a policy's name and options."""
    name, _, options = spec.partition("?")
    for one in (name, *(value for _, value in parse_qsl(options))):
        if "?" in one:
            yield from _folders(one)
        elif "/" in one and ":" not in one:
            yield one
