"""What runs in the bench, and how each contender's worker is started."""

from __future__ import annotations

from dataclasses import dataclass

OURS, FARAMA, BROWSERGYM, BARE = "ours", "farama", "browsergym", "bare"


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the table. `group` names its worker and virtual environment; of the
    episodes of a round it plays one in `every`, so that slow ones don't take all day.
    """

    name: str
    group: str
    arguments: tuple[str, ...]
    input: str
    observation: str
    every: int = 1


CONTENDERS = (
    Contender(
        "ours-element", OURS, ("element", "none"), "element clicks, keys where heard", "HTML, boxes"
    ),
    Contender(
        "ours-element-shots", OURS, ("element", "shots"), "element clicks, keys where heard",
        "HTML, boxes, 160x210 picture",
    ),
    Contender(
        "ours-pointer", OURS, ("pointer", "none"), "real mouse, keys where heard", "HTML, boxes"
    ),
    Contender(
        "ours-pointer-shots", OURS, ("pointer", "shots"), "real mouse, keys where heard",
        "HTML, boxes, 160x210 picture",
    ),
    Contender(
        "farama-element", FARAMA, ("elements", "shots"), "element clicks, real keys",
        "DOM, 160x210 picture (default)",
    ),
    Contender(
        "farama-element-no-shots", FARAMA, ("elements", "none"), "element clicks, real keys", "DOM"
    ),
    Contender(
        "farama-coords", FARAMA, ("coords", "shots"), "real mouse and keys",
        "DOM, 160x210 picture (default)",
    ),
    Contender("farama-coords-no-shots", FARAMA, ("coords", "none"), "real mouse and keys", "DOM"),
    Contender(
        "browsergym", BROWSERGYM, (), "real mouse, filled fields",
        "DOM snapshot, accessibility tree, picture (default)", every=10,
    ),
    Contender("bare", BARE, (), "element clicks, values set", "HTML of the task area"),
)  # fmt: skip


def chosen(only: str) -> list[Contender]:
    """The contenders or groups that the comma-separated `only` names; all for ""."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    known = {c.name for c in CONTENDERS} | {c.group for c in CONTENDERS}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"No contender is called {unknown[0]!r}; there are {sorted(known)}.")
    return [c for c in CONTENDERS if not names or c.name in names or c.group in names]
