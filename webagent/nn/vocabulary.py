"""The tokens that are not learnt: what HTML, model texts and actions are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from webagent.actions import ACTIONS
from webagent.examples import MARKERS, NUMBERS

PAD, END, UNKNOWN = 0, 1, 2  # as in T5
SENTINELS = range(3, 128)  # <extra_id_0>, <extra_id_1>, …
NUMBERED = range(SENTINELS.stop, SENTINELS.stop + NUMBERS)  # ⟨0⟩, ⟨1⟩, …: elements of a page

PAGE = NUMBERED.stop + MARKERS.index("<page>")  # stands before a page's HTML

_TAGS = """
a abbr address article aside b blockquote body button canvas caption center circle cite
code dd defs del details dfn div dl dt ellipse em fieldset figcaption figure font footer
form g h1 h2 h3 h4 h5 h6 header hr html i iframe img input ins kbd label legend li line
main mark menu meter nav ol optgroup option output p path polygon polyline pre progress q
rect samp section select small span strong sub summary sup svg table tbody td text
textarea tfoot th thead time tr tspan tt u ul use var
"""
_ATTRIBUTES = """
id class type name value placeholder title alt role aria-label for href src style
cx cy r x y x1 y1 x2 y2 rx ry width height points transform fill stroke font-size
"""
TAGS = tuple(_TAGS.split())  # without <s>, as </s> is the end token
ATTRIBUTES = tuple(_ATTRIBUTES.split())
FLAGS = ("checked", "selected", "disabled", "readonly", "focused")
ENTITIES = ("&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;")
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
OPENING = "\"'([{#$*+/=@-"  # punctuation that takes the space before it along


def literals() -> list[str]:
    """All of them as they stand in a text, in the order of their ids."""
    numbers = [f"⟨{number}⟩" for number in range(NUMBERS)]
    heads = [f"{name}(" for name in ACTIONS]
    closers = [f"{end}</{tag}>" for end in ("", '">', ">") for tag in TAGS]
    attributes = [f'{quote} {name}="' for quote in ("", '"') for name in ATTRIBUTES]
    flags = [f"{quote} {name}" for quote in ("", '"') for name in FLAGS]
    marks = [f"{mark} " for mark in PUNCTUATION] + [f" {mark}" for mark in OPENING]
    return [
        *numbers,
        *MARKERS,
        *(f"<{tag}" for tag in TAGS),
        *closers,
        *attributes,
        *flags,
        *('">', '"/>', "/>", ', "', '")'),
        *heads,
        *ENTITIES,
        *marks,
    ]


def shown(ids: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """The numbers of the elements that a model's input shows: those behind the page's marker.

    The instruction and what was done before may name others, of which a page that is cut off
    shows nothing.
    """
    marker = np.flatnonzero(ids == PAGE)
    page = ids[marker[0] if len(marker) else len(ids) :]
    return page[(page >= NUMBERED.start) & (page < NUMBERED.stop)] - NUMBERED.start


def special() -> list[str]:
    """The tokens that stand for no text, in the order of their ids."""
    return ["<pad>", "</s>", "<unk>", *(f"<extra_id_{index}>" for index in range(len(SENTINELS)))]
