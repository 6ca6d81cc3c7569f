"""The speed bench runs and says what it measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_speed_bench_compares_us_with_the_bare_loop(tmp_path: Path) -> None:
    options = ["--only", "ours,bare", "--rounds", "1", "--episodes", "2", "--smoke"]
    folders = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    left_out = ["--no-growth", "--no-whole", "--no-profiles"]
    command = [sys.executable, "-m", "benchmarks.speed", *options, *folders, *left_out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (results,) = (tmp_path / "out").glob("*-smoke.json")
    run = json.loads(results.read_text("utf-8"))
    assert {block["contender"] for block in run["blocks"]} == {
        "ours-element", "ours-element-shots", "ours-pointer", "ours-pointer-shots", "bare"
    }  # fmt: skip
    assert all(len(block["seconds"]) == 2 and all(block["success"]) for block in run["blocks"])
    page = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "A smoke run" in page and "| bare | " in page.split("## Ratios")[1]
