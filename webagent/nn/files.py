"""The files of a model's folder. Loads no large library."""

from __future__ import annotations

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
VISION, BRIDGE, SIGHT = "vision", "bridge.safetensors", "webgum.json"  # of one that sees
CARD = "training.json"  # what training says of the model: track, recipe, data
SCORES = "scores.json"  # what evaluation runs found of its weights
ABOUT = "about.md"  # what people say of it
