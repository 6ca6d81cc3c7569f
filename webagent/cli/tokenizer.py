"""`webagent tokenizer`: learn one, look at it, and prepare pages for pre-training with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from webagent.training.corpus import RawPage

app = typer.Typer(no_args_is_help=True, help="Learn a tokenizer; prepare pages for pre-training.")

Folder = Annotated[Path, typer.Option("--out", help="The folder to write.")]
Installed = Annotated[
    bool, typer.Option("--installed", help="Read the HTML documentation on this machine.")
]
Html = Annotated[list[Path] | None, typer.Option(help="HTML files or folders; may repeat.")]
Warc = Annotated[list[Path] | None, typer.Option(help="CommonCrawl WARC files; may repeat.")]
Language = Annotated[str, typer.Option(help="Of pages that say which is theirs, or any.")]
TokenizerOption = Annotated[
    Path, typer.Option(help="Folder of a tokenizer.json, or a model's folder or name.")
]
Seed = Annotated[int, typer.Option(help="The order of the pages.")]
Demonstrations = Annotated[
    list[Path] | None, typer.Option("--data", "-d", help="Demonstrations; may repeat.")
]


@app.command("train")
def train_command(
    out: Folder,
    data: Demonstrations = None,
    installed: Installed = False,
    html: Html = None,
    warc: Warc = None,
    language: Language = "en",
    megabytes: Annotated[float, typer.Option(min=0, help="Of pages, at most.")] = 20.0,
    size: Annotated[int, typer.Option(help="Tokens in all.")] = 8192,
    seed: Seed = 0,
) -> None:
    """Learn a tokenizer from demonstrations and pages, half of the weight on each."""
    from webagent.demonstrations.manifest import read_manifest
    from webagent.nn.tokenizer import train
    from webagent.training.pages import unique_subtrees
    from webagent.training.texts import check_data, demonstrated, mixed, write_made

    made = check_data([read_manifest(one) for one in data or []])
    pages = unique_subtrees(_pages(installed, html, warc, language, seed))
    texts = chain.from_iterable(demonstrated(one) for one in data or [])
    tokenizer = train(mixed(texts, pages, megabytes * 1e6), size)
    tokenizer.save(out)
    write_made(out, made)
    Console().print(f"{len(tokenizer):,} tokens in {out}", highlight=False)


@app.command("pages")
def pages_command(
    out: Folder,
    tokenizer: TokenizerOption,
    installed: Installed = False,
    html: Html = None,
    warc: Warc = None,
    language: Language = "en",
    tokens: Annotated[int, typer.Option(min=1, help="How many to stop at.")] = 50_000_000,
    most: Annotated[int, typer.Option(min=1, help="Characters of a subtree.")] = 3_000,
    seed: Seed = 0,
) -> None:
    """Cut pages into subtrees and keep their token ids, to be denoised."""
    from webagent.nn.tokenizer import hash_of, load
    from webagent.policies.models import tokenizer_folder
    from webagent.training.pages import store, unique_subtrees
    from webagent.training.subtrees import Sizes

    encoder = load(tokenizer_folder(str(tokenizer)))
    pages = _pages(installed, html, warc, language, seed)
    made_of: dict[str, object] = {"tokenizer": hash_of(encoder)}
    made_of |= {"installed": installed, "language": language, "most": most, "seed": seed}
    made_of |= {"html": list(map(str, html or [])), "warc": list(map(str, warc or []))}
    texts = unique_subtrees(pages, Sizes(most=most))
    found = store(texts, encoder, out, made_of, tokens=tokens)
    Console().print(
        f"{len(found):,} subtrees, {len(found.tokens):,} tokens in {out}", highlight=False
    )


@app.command("show")
def show_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a tokenizer.json, or a model's folder or name.")
    ],
    text: Annotated[str, typer.Argument(help="What to cut into tokens.")],
) -> None:
    """Show how a text is cut."""
    from webagent.nn.tokenizer import load
    from webagent.policies.models import tokenizer_folder

    tokenizer = load(tokenizer_folder(str(folder)))
    for token in tokenizer.encode(text):
        typer.echo(f"{int(token):6}  {tokenizer.rules.id_to_token(int(token))}")


def _pages(
    installed: bool, html: list[Path] | None, warc: list[Path] | None, language: str, seed: int
) -> Iterator[RawPage]:
    from webagent.training import corpus

    found: list[Iterator[RawPage]] = []
    if html:
        found.append(corpus.folder(html, seed))
    if warc:
        found.append(corpus.warc(warc))
    if installed:
        found.append(corpus.installed(seed=seed))
    pages = chain.from_iterable(found)
    return pages if language == "any" else corpus.in_language(pages, language)
