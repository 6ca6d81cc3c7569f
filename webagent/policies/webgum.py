"""WebGUM, the learned policy that sees: screenshots stand before the text that HTML-T5 reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

import torch

from webagent.errors import PolicyError
from webagent.nn.checkpoint import load_vision
from webagent.nn.encoder import Front
from webagent.nn.precision import fastest
from webagent.nn.senses import fitted, screenshots, wordless
from webagent.policies.html_t5 import HtmlT5Policy
from webagent.types import Context, Decision

Image: TypeAlias = Literal["on", "white", "off"]
Html: TypeAlias = Literal["on", "off"]


class WebGumPolicy:
    """Plays from a model folder with eyes; `screenshots` says whether it wants pictures.

    `image`, `html` and `frames` take senses away from it, to see what they give: pictures
    "white" or "off", a page without its words, the current screenshot alone. Unasked, they
    are as in training. Temperature and seed are those of `HtmlT5Policy`. Raises `PolicyError`
    if the folder holds no such model.
    """

    def __init__(
        self,
        folder: Path,
        temperature: float = 0.0,
        seed: int = 0,
        image: Image | None = None,
        html: Html | None = None,
        frames: int | None = None,
    ) -> None:
        vision = load_vision(folder, fastest())
        if vision is None:
            raise PolicyError(f"The model in {folder} has no eyes: it reads pages alone.")
        known = vision.sight
        vision.sight = replace(known, image=image or known.image, html=html or known.html)
        try:
            vision.narrow(known.frames if frames is None else frames)
        except ValueError as error:
            raise PolicyError(f"The model in {folder} can't play so: {error}") from error
        self._vision = vision
        self._text = HtmlT5Policy(folder, temperature=temperature, seed=seed)
        self.card = self._text.card
        self.screenshots = vision.sight.image != "off"

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """The most likely action of each context, or one drawn, by one batch of the model.

        Raises `PolicyError` if it wants screenshots and there is none.
        """
        front = self._look(contexts)
        if self._vision.sight.html == "off":
            contexts = [wordless(context) for context in contexts]
        return self._text.answer(contexts, front)

    @torch.inference_mode()
    def _look(self, contexts: Sequence[Context]) -> Front | None:
        if not self.screenshots:
            return None
        seen = [screenshots(context)[: self._vision.sight.frames] for context in contexts]
        if any(current is None for current, *_ in seen):
            raise PolicyError(
                "This model sees, and there is no screenshot: play with screenshots, or let it "
                "read alone with ?image=off behind its name."
            )
        sight = self._vision.sight
        return self._vision.look(
            [[None if one is None else fitted(one, sight) for one in each] for each in seen]
        )
