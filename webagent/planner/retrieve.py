"""Which elements of a page a sub-instruction is about, by its words alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from webagent.elements import Elements, compared, elements
from webagent.html import Span, spans

MOST = 8  # elements that are told by their words
SHARE = 0.5  # of the best element's score, which another has to have
PLAIN = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "my"),
        *("of", "on", "or", "the", "their", "then", "this", "to", "with"),
    )
)
_CONTROLS = ("a", "button", "input", "summary")
_FIELDS = ("input", "select", "textarea")
_REF = re.compile(r'(<[a-z][\w:-]*) ref="(\d+)"')
_TAG = re.compile("<[^>]*>")
_TELLING = re.compile(r' (?:alt|aria-label|id|name|placeholder|title|value)="[^"]')


def retrieve(instruction: str, html: str) -> tuple[int, ...]:
    """The refs of what matters to a sub-instruction, in page order; none if no word tells.

    These are the elements that say, or are called by, most of its words, and the forms that they
    are in; all forms with fields, if it has words that nothing on the page says: such are to be
    typed; and the controls that say nothing, which no word could tell, mostly icons.
    """
    page, known = spans(html), elements(_REF.sub(r"\1⟨\2⟩", html))
    words = _content(compared(instruction))
    unsaid = words - _content(word for phrase in known.named for word in phrase)
    found = _told(words, known)
    for form in (one for one in page if one.tag == "form"):
        inside = [one for one in page if form.start <= one.start and one.end <= form.end]
        refs = {one.ref for one in inside if one.ref is not None}
        if refs & found or (unsaid and any(one.tag in _FIELDS for one in inside)):
            found |= refs
    if found:
        found |= {one.ref for one in page if one.ref is not None and _silent(html, one)}
    return tuple(one.ref for one in page if one.ref is not None and one.ref in found)


def _told(words: set[str], known: Elements) -> set[int]:
    """The elements with the best names: many words of the instruction, and few others."""
    scores: dict[int, float] = {}
    for phrase, numbers in known.named.items():
        name = _content(phrase)
        shared = len(name & words)
        for number in numbers if shared else ():
            scores[int(number)] = max(scores.get(int(number), 0), shared * shared / len(name))
    best = sorted(scores, key=lambda ref: -scores[ref])[:MOST]
    return {ref for ref in best if scores[ref] >= SHARE * scores[best[0]]}


def _content(words: Iterable[str]) -> set[str]:
    return set(words) - PLAIN


def _silent(html: str, span: Span) -> bool:
    """Whether an element is a control without a word in it or about it."""
    inside = html[span.start : span.end]
    told = _TELLING.search(inside) or _TAG.sub("", inside).strip()
    return span.tag in _CONTROLS and not told
