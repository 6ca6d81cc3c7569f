"""The dataset's sample that ships is whole, and what its card says."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from webagent.actions import parse
from webagent.demonstrations.read import open_demonstrations
from webagent.tasks.protocol import FIRST_TRAINING_SEED
from webagent.tasks.suites import suite

SAMPLE = Path(__file__).parents[2] / "benchmarks" / "demonstrations" / "sample"


def rows() -> list[dict]:
    return [row for file in SAMPLE.rglob("*.parquet") for row in pq.read_table(file).to_pylist()]


def test_files_have_their_checksums_and_are_small() -> None:
    manifest = (SAMPLE / "demonstrations.json").read_text("utf-8")
    files = [*SAMPLE.rglob("*.parquet")]
    assert files and sum(file.stat().st_size for file in files) < 10 * 2**20
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() in manifest
    assert json.loads(manifest)


def test_every_step_has_the_picture_of_its_page_and_an_action_in_it() -> None:
    found = rows()
    assert {row["task"] for row in found} == {*suite("miniwob-56"), *suite("miniwob-picture")}
    for row in found:
        picture = np.asarray(Image.open(io.BytesIO(row["screenshot"]["bytes"])))
        height, width, channels = picture.shape
        assert channels == 3 and width == 160 and height >= 200
        assert row["seed"] >= FIRST_TRAINING_SEED and row["success"]
        assert parse(row["action"]).ref is None or row["target"]["width"] >= 0
    assert len(list(open_demonstrations(SAMPLE).episodes(seed=0))) == 186
