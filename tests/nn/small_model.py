"""A small vocabulary and a small model, made on the spot."""

from __future__ import annotations

import json
import string

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LongT5ForConditionalGeneration

from webagent.actions import ACTIONS
from webagent.nn.html_t5 import initialise

ELEMENTS = 20
SPECIAL = ("<pad>", "</s>", "<unk>")
TEXTS = (
    *SPECIAL,
    *(f"⟨{number}⟩" for number in range(ELEMENTS)),
    *(f"{name}(" for name in ACTIONS),
    *(', "', '")', ", ", '" ', '">', '\\"', 'x"', "ab", "12", "Ent", "er", "€"),
    *string.printable[:95],
)
END = 1


def texts() -> list[str]:
    """The tokens' texts, as `Grammar` takes them: none for the special ones."""
    return ["" if text in SPECIAL else text for text in TEXTS]


def tokenizer_json() -> str:
    made = Tokenizer(WordLevel({text: i for i, text in enumerate(TEXTS)}, unk_token="<unk>"))
    made.add_special_tokens(list(SPECIAL))
    assert json.loads(made.to_str())["added_tokens"]
    return made.to_str()


def model(seed: int = 0, dtype: torch.dtype = torch.float32) -> LongT5ForConditionalGeneration:
    """A tiny model whose biases and norms matter, and that doesn't repeat its input."""
    made = initialise("tiny", len(TEXTS), seed).eval()
    noise = torch.Generator().manual_seed(seed)
    for name, parameter in made.named_parameters():
        if "bias" in name or "norm" in name:
            parameter.data += 0.5 * torch.randn(parameter.shape, generator=noise)
        if name.startswith("decoder") and "DenseReluDense.wo" in name:
            parameter.data *= 20
    return made.to(dtype)


def page(length: int, seed: int = 0) -> list[int]:
    noise = torch.Generator().manual_seed(seed)
    return torch.randint(3, len(TEXTS), (length,), generator=noise).tolist()
