"""What a training run does, as a TOML file says it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from webagent.errors import RunError

RECIPES = Path(__file__).with_name("recipes")


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Architecture(Model):
    """What is trained."""

    size: Annotated[str, Field(description="tiny, mini, small, base, large or xl")] = "mini"
    radius: Annotated[
        int | None, Field(ge=1, description="tokens seen to each side, if not its size's own")
    ] = None
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    primed: Annotated[
        bool, Field(description="begin with heads that match tokens (webagent.nn.html_t5.prime)")
    ] = True


class Data(Model):
    """What is learnt from."""

    objective: Annotated[
        Literal["clone", "denoise"], Field(description="imitate actions, or restore pages")
    ] = "clone"
    track: Annotated[str, Field(description="base, base+aug, compositional, sites, open")] = "base"
    compositions: Annotated[
        float, Field(ge=0, description="made for each demonstration of a base task")
    ] = 0.0
    composed: Annotated[float, Field(ge=0, lt=1, description="their share of each question")] = 0.5
    perturbed: Annotated[
        float, Field(ge=0, le=1, description="share of demonstrations whose pages are changed")
    ] = 0.0
    modular: Annotated[
        float, Field(ge=0, lt=1, description="share of draws that plan or write a program")
    ] = 0.0
    longest: Annotated[int, Field(gt=15, description="tokens of a source")] = 1024
    ahead: Annotated[
        int, Field(gt=0, description="actions of a target: the next, and what follows on the page")
    ] = 8
    labels: Annotated[
        int, Field(ge=0, description="elements to find by their text, behind the actions")
    ] = 8
    mentions: Annotated[
        bool, Field(description="tell which elements an instruction mentions (webagent.mentions)")
    ] = True
    balance: Annotated[
        float, Field(ge=0, description="how much more is drawn of tasks that fail; see `balance`")
    ] = 4.0
    follow: Annotated[
        bool, Field(description="balance as training goes, by which actions come out right")
    ] = False
    faults: Annotated[
        float, Field(ge=0, description="how much more of steps where corrected failures began")
    ] = 0.0


class Eyes(Model):
    """What is seen beside the page's HTML; nothing, unless `image` says so."""

    image: Annotated[
        Literal["on", "white", "off"], Field(description="screenshots, white ones, or none")
    ] = "off"
    html: Annotated[
        Literal["on", "off"], Field(description="off: only where elements are, no words")
    ] = "on"
    frames: Annotated[
        int, Field(ge=1, le=2, description="the current screenshot, or also the one before")
    ] = 2
    size: Annotated[
        str, Field(description="of a new vision transformer: tiny, mini, small or base")
    ] = "mini"
    height: Annotated[
        int, Field(gt=0, description="of a picture; a page that is taller becomes several")
    ] = 160
    width: Annotated[int, Field(gt=0, description="a page that is wider is scaled down")] = 160
    patch: Annotated[int, Field(gt=0, description="side of a patch in pixels")] = 16
    merge: Annotated[int, Field(gt=0, description="patches on a side of what is a token")] = 1
    tiles: Annotated[int, Field(gt=0, description="pictures of a screenshot, at most")] = 6
    bar: Annotated[
        Literal["crop", "keep"], Field(description="of the instruction, at a picture's top")
    ] = "crop"
    vit: Annotated[str, Field(description="folder of a ViT to begin with, if not anew")] = ""
    rate: Annotated[float, Field(gt=0, description="times the rate of the text's part")] = 1.0
    white: Annotated[
        float, Field(ge=0, le=1, description="share of examples whose pictures are white")
    ] = 0.0
    blind: Annotated[
        float, Field(ge=0, le=1, description="share of examples that lose their pictures")
    ] = 0.0
    forget: Annotated[
        float, Field(ge=0, le=1, description="share of examples that lose the earlier screenshot")
    ] = 0.0


class Optimization(Model):
    """How it is learnt."""

    steps: Annotated[int, Field(gt=0)] = 20_000
    batch: Annotated[int, Field(gt=0, description="examples of a step, in the mean")] = 64
    micro: Annotated[
        int | None,
        Field(gt=0, description="tokens that go through the model at once, if not a whole batch"),
    ] = None
    recompute: Annotated[
        bool, Field(description="the encoder's layers twice a step, to need less memory")
    ] = False
    compiled: Annotated[
        bool, Field(description="small operations fused by torch.compile: a CPU needs a compiler")
    ] = False
    rate: Annotated[
        float, Field(gt=0, description="largest step, relative to a parameter's size")
    ] = 1e-2
    warmup: Annotated[int, Field(ge=0, description="steps up to the peak")] = 500
    cooldown: Annotated[
        float, Field(ge=0, le=1, description="share of the steps that fall to zero at the end")
    ] = 0.3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.98
    clip: Annotated[float, Field(gt=0, description="largest norm of a gradient")] = 1.0
    z_loss: Annotated[float, Field(ge=0, description="arXiv 2309.14322")] = 1e-4
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    spike: Annotated[
        float, Field(gt=1, description="a gradient so many times the usual norm is left out")
    ] = 20.0
    grow: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="share of the steps in which pages get longer, from 128 tokens up",
        ),
    ] = 0.0
    seed: int = 0


class Recipe(Model):
    """A training run."""

    about: Annotated[str, Field(description="what it is for, in a sentence")] = ""
    model: Architecture = Architecture()
    data: Data = Data()
    vision: Eyes = Eyes()
    train: Optimization = Optimization()

    @model_validator(mode="after")
    def _wordless_is_seen(self) -> Recipe:
        if self.vision.html == "off" and self.vision.image == "off":
            raise ValueError("with vision.html=off and vision.image=off nothing is left to see")
        changed = self.data.compositions or self.data.perturbed or self.data.modular
        if self.vision.html == "off" and changed:
            raise ValueError(
                "with vision.html=off there are no made compositions, changed pages, plans and "
                "programs: set data.compositions=0, data.perturbed=0 and data.modular=0"
            )
        return self

    @model_validator(mode="after")
    def _shares_of_one(self) -> Recipe:
        if self.vision.white + self.vision.blind + self.vision.forget > 1:
            raise ValueError("vision.white, blind and forget are shares: together at most 1")
        if self.vision.html == "off" and (self.vision.white or self.vision.blind):
            raise ValueError("with vision.html=off, set vision.white=0 and vision.blind=0")
        return self


def changed(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """The recipe with values replaced, each as "train.steps=1000"; "none" unsets what has no value
    by default. Raises `RunError`.
    """
    plain, usual = recipe.model_dump(), Recipe().model_dump()
    for change in changes:
        key, equals, text = change.partition("=")
        part, _, name = key.rpartition(".")
        place = plain.get(part) if part else plain
        if not equals or not isinstance(place, dict) or name not in place:
            raise RunError(f"{change!r} changes nothing: write it as train.steps=1000.")
        default = (usual[part] if part else usual)[name]
        place[name] = None if text == "none" and default is None else text
    return _checked(plain, "the changed recipe")


def recipe_names() -> list[str]:
    """The recipes that ship with the package."""
    return sorted(file.stem for file in RECIPES.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """A recipe that ships, or one in a file of yours. Raises `RunError` naming wrong keys."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        raise RunError(
            f"There is no recipe {name!r}. There are {', '.join(recipe_names())}; or name a "
            "file of your own that ends in .toml."
        )
    try:
        plain = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RunError(f"{path} is not TOML: {error}") from error
    return _checked(plain, str(path))


def _checked(plain: Mapping[str, object], name: str) -> Recipe:
    try:
        return Recipe.model_validate(plain)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(key) for key in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        raise RunError(f"{name} is not right: {places}") from error
