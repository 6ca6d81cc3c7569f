"""An HTML-aware tokenizer whose text is easy to copy.

Every tag, common attribute, element number and digit is one token, and a word is cut into
the same pieces wherever it stands: behind a space, a quote, a bracket or a tag. A single
space between two words costs nothing; the decoder puts it back between two letters that are
in different words. Any text comes back as it was. The rules are parts of `tokenizers`, so
`tokenizer.json` needs no code of ours.

Inside, text is in the byte alphabet of GPT-2, in which a space is "Ġ"; `##` marks a piece
that goes on a word.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from webagent.actions import ACTIONS
from webagent.errors import RunError
from webagent.examples import MARKERS
from webagent.nn.files import TOKENIZER
from webagent.nn.vocabulary import (
    ATTRIBUTES,
    END,
    ENTITIES,
    FLAGS,
    OPENING,
    PAD,
    TAGS,
    UNKNOWN,
    literals,
    special,
)

SIZE = 8192  # tokens in all
LONGEST = 24  # characters of a learnt token
CONFIG = "tokenizer_config.json"
NEXT = "##"  # before a piece that goes on a word

_OUTSIDE = "¡-¬®-ÿĢ-Ń"  # bytes of characters that are not ASCII
_BRACKETS = {"⟨": "âŁ¨", "⟩": "âŁ©"}  # kept readable in the vocabulary


@dataclass(frozen=True, slots=True)
class HtmlTokenizer:
    """Text to token ids and back. `rules` is the tokenizer of the library."""

    rules: Tokenizer

    def __len__(self) -> int:
        return self.rules.get_vocab_size()

    def encode(self, text: str) -> NDArray[np.uint16]:
        """The ids of one text, without an end token."""
        return self.encode_many([text])[0]

    def encode_many(self, texts: Sequence[str]) -> list[NDArray[np.uint16]]:
        """The ids of each text, without end tokens or padding; uses all cores."""
        found = self.rules.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(one.ids, np.uint16) for one in found]

    def decode(self, ids: Sequence[int] | NDArray[np.integer[Any]]) -> str:
        """The text of ids. Special tokens, such as the end token, are left out."""
        return self.rules.decode([int(one) for one in ids], skip_special_tokens=True)

    def texts(self) -> list[str]:
        """Each token's text by id, "" for special tokens.

        A piece that goes on a word has the text of that piece alone, so texts may repeat.
        """
        decode = self.rules.decoder.decode
        names = (self.rules.id_to_token(token) or "" for token in range(len(self)))
        firsts = len(special())
        return ["" if token < firsts else decode([_bare(name)]) for token, name in enumerate(names)]

    def joining(self) -> frozenset[int]:
        """The tokens that go on a word."""
        names = enumerate(self.rules.id_to_token(token) or "" for token in range(len(self)))
        return frozenset(token for token, name in names if _bare(name) != name)

    def save(self, folder: Path) -> None:
        """Write the files that `transformers.AutoTokenizer` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        self.rules.save(str(folder / TOKENIZER))
        text = json.dumps(_configuration(), indent=2, ensure_ascii=False)
        (folder / CONFIG).write_text(text + "\n", "utf-8")


def load(folder: Path) -> HtmlTokenizer:
    """The tokenizer of a model folder. Raises `RunError` if there is none."""
    path = folder / TOKENIZER
    if not path.is_file():
        raise RunError(f"There is no tokenizer in {folder}: it would be called {TOKENIZER}.")
    return _opened(path.read_text("utf-8"))


def hash_of(tokenizer: HtmlTokenizer) -> str:
    """Sixteen hex digits that tell tokenizers apart."""
    return hashlib.sha256(tokenizer.rules.to_str().encode()).hexdigest()[:16]


def train(texts: Iterable[str], size: int = SIZE) -> HtmlTokenizer:
    """Learn the pieces of words from texts; everything else is given (`vocabulary`).

    Raises `RunError` if `size` has no room for the given tokens.
    """
    given = _given()
    if size < len(given):
        raise RunError(f"A tokenizer needs at least {len(given)} tokens, not {size}.")
    learnt = json.loads(_learn(texts, size).to_str())["model"]["merges"]
    vocabulary = {token: index for index, token in enumerate(given)}
    merges: list[tuple[str, str]] = []
    for left, right in learnt:
        if len(vocabulary) == size:
            break
        vocabulary.setdefault(left + right.removeprefix(NEXT), len(vocabulary))
        merges.append((left, right))
    rules = Tokenizer(
        models.BPE(
            vocabulary, merges, continuing_subword_prefix=NEXT, ignore_merges=True, cache_capacity=0
        )
    )
    return _opened(_with_rules(rules).to_str())


def _given() -> list[str]:
    """The tokens that are there before training, in the order of their ids."""
    named = [text.replace(" ", "Ġ") for text in literals()]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    return list(dict.fromkeys([*special(), *named, *alphabet, *_BRACKETS, *_inner()]))


def _inner() -> list[str]:
    """The characters that may go on a word."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    return [NEXT + one for one in alphabet if re.match(f"[A-Za-z_{_OUTSIDE}-]", one)]


def _learn(texts: Iterable[str], size: int) -> Tokenizer:
    """Learn merges within words; what is no word is left out beforehand."""
    rules = Tokenizer(models.BPE(continuing_subword_prefix=NEXT))
    rules.normalizer = _normalizer()
    rules.pre_tokenizer = pre_tokenizers.Sequence(
        [_implied_space(), _split(_markup(), "removed"), _split(_WORD, "removed", invert=True)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=_inner(),  # else their order, and with it that of ties, is left to chance
        show_progress=False,
        continuing_subword_prefix=NEXT,
        max_token_length=LONGEST,
    )
    rules.train_from_iterator(texts, trainer)
    return rules


def _with_rules(rules: Tokenizer) -> Tokenizer:
    rules.normalizer = _normalizer()
    rules.pre_tokenizer = pre_tokenizers.Sequence(
        [_implied_space(), _split(f"{_markup()}|{_WORD}|.", "isolated")]
    )
    rules.decoder = _decoder()
    rules.add_special_tokens([AddedToken(one, normalized=False) for one in special()])
    end = special()[END]
    rules.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", pair=f"$A $B {end}", special_tokens=[(end, END)]
    )
    return rules


def _normalizer() -> normalizers.Normalizer:
    brackets = [normalizers.Replace(inside, one) for one, inside in _BRACKETS.items()]
    return normalizers.Sequence([normalizers.ByteLevel(), *brackets])


def _decoder() -> decoders.Decoder:
    """Spaces mark where tokens meet; the one between two letters was a space of the text."""
    brackets = [decoders.Replace(one, inside) for one, inside in _BRACKETS.items()]
    return decoders.Sequence(
        [
            decoders.WordPiece(prefix=NEXT, cleanup=False),
            decoders.Fuse(),
            decoders.Replace(Regex("(?<=[A-Za-z]) (?=[A-Za-z])"), "Ġ"),
            decoders.Replace(" ", ""),
            *brackets,
            decoders.ByteLevel(),
        ]
    )


# Words joined by single hyphens or underscores, as classes and ids are, are cut as one.
_WORD = f"[A-Za-z]+(?:[-_][A-Za-z]+)*|[{_OUTSIDE}]+"
_ATTRIBUTE = f'(?:{"|".join(ATTRIBUTES)})="'
_FLAG = rf'(?:{"|".join(FLAGS)})(?=/?>|Ġ[a-z]+(?:-[a-z]+)*="|Ġ(?:{"|".join(FLAGS)})[>Ġ])'


def _implied_space() -> pre_tokenizers.PreTokenizer:
    return _split(f"(?<=[A-Za-z])Ġ(?=[A-Za-z])(?!{_ATTRIBUTE}|{_FLAG})", "removed")


def _markup() -> str:
    """What is one token whole, and holds no piece of a word. Alternatives by first sign."""
    tags, heads = "|".join(TAGS), "|".join(ACTIONS)
    markers = "|".join(one.strip("<>") for one in MARKERS)
    mark, opening = r"[!-/:-@\[-`{-~]", "[" + re.escape(OPENING) + "]"
    closer = f"</(?:{tags})>"
    return "|".join(
        [
            "⟨(?:0|[1-9][0-9]{0,2}|10[01][0-9]|102[0-3])⟩",
            f"<(?:(?:{markers})>|(?:{tags})(?![A-Za-z0-9_-])|/(?:{tags})>)",
            f'"Ġ(?:{_ATTRIBUTE}|{_FLAG})|">(?:{closer})?|"/>|"\\)',
            f"Ġ(?:{_ATTRIBUTE}|{_FLAG})",
            f'>{closer}|/>|,Ġ"',
            rf"(?<![A-Za-z])(?:{heads})\(",
            "|".join(ENTITIES),
            f"{mark}Ġ(?!{_ATTRIBUTE}|{_FLAG})|Ġ{opening}",
        ]
    )


def _split(pattern: str, behavior: Any, invert: bool = False) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def _opened(text: str) -> HtmlTokenizer:
    rules = Tokenizer.from_str(text)
    rules.encode_special_tokens = True  # "</s>" in a page is text and ends nothing
    return HtmlTokenizer(rules)


def _bare(name: str) -> str:
    return name[len(NEXT) :] if name.startswith(NEXT) and len(name) > len(NEXT) else name


def _configuration() -> dict[str, object]:
    names = special()
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": names[PAD],
        "eos_token": names[END],
        "unk_token": names[UNKNOWN],
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": 4096,
    }
