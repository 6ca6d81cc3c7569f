"""Model cards: scores from runs of the very weights, and a README from what the folder holds."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from webagent.assets import shipped_models
from webagent.cli.main import app
from webagent.errors import RunError
from webagent.evaluation.config import Setup, effective
from webagent.evaluation.record import Record, RecordedStep, to_line
from webagent.evaluation.store import write_json
from webagent.policies.models import fingerprint
from webagent.tasks.protocol import FIRST_TRAINING_SEED, VALIDATION_SEEDS
from webagent.training.card import parameters, read_training, render_card, write_card
from webagent.training.recipe import Optimization, load_recipe
from webagent.training.scores import read_scores
from webagent.types import Ending

SEEDS = range(10)
TRAINING = {
    "track": "base+aug",
    "recipe": load_recipe("tiny").model_dump(),
    "data": [
        {
            "name": "first | steps",
            "episodes": 1200,
            "timed": 1100,
            "seconds": 600.0,
            "source": "expert",
            "command": ["collect", "a"],
        }
    ],
    "examples": 3400,
    "tasks": 56,
    "balance": ["webagent", "eval", "--seeds", "500000-500019"],
    "retrace": ["webagent", "retrace", "runs/v"],
    "command": ["webagent", "train", "tiny", "--out", "a folder"],
    "date": "2026-11-21T10:00:00+00:00",
    "versions": {"webagent": "0.1.0"},
    "device": "cpu",
    "processes": 2,
    "precision": "float32",
    "seconds": 5400.0,
    "steps": 60,
    "finished": True,
    "start": {
        "track": "base",
        "data": [{"name": "pages"}],
        "tokenizer": "data/words",
        "command": ["webagent", "train", "pages", "--out", "read"],
        "recipe": {
            "about": "Restores pages.",
            "model": {"size": "tiny"},
            "train": {"steps": 5000},
            "old": {"key": 1},
        },
        "machine": "2 cores of toy",
        "seconds": 1800.0,
        "steps": 1234,
        "finished": False,
    },
}
COMPOSED = [f"{number}{'_b' * (number - 1)}" for number in (2, 3, 10)]
LABELS = {
    "miniwob-56": {f"miniwob.t{n}": {"group": "base", "parts": 1} for n in range(56)},
    "compwob": {
        f"compwob.{name}": {"parts": name.split("_"), "order": "forward"} for name in COMPOSED
    },
    "compwob-reverse": {
        f"compwob-reverse.{name}": {"parts": name.split("_"), "order": "reverse"}
        for name in COMPOSED
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What training writes, with weights of 6 + 4 numbers."""
    place = tmp_path / "models" / "toy"
    place.mkdir(parents=True)
    tensors = {
        "a": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
        "b": {"dtype": "BF16", "shape": [4], "data_offsets": [12, 20]},
    }
    header = json.dumps({"__metadata__": {"format": "pt"}, **tensors}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(20)
    (place / "model.safetensors").write_bytes(weights)
    shape = {"num_layers": 6, "num_decoder_layers": 3, "d_model": 256, "num_heads": 4}
    (place / "config.json").write_text(json.dumps({**shape, "vocab_size": 8192}))
    (place / "training.json").write_text(json.dumps(TRAINING))
    return place


def record(task: str, seed: int) -> Record:
    """Seven of ten succeed, in two steps each that took a second."""
    won = seed < 7
    return Record(
        task=task,
        seed=seed,
        ending=Ending.SUCCESS if won else Ending.FAILURE,
        success=won,
        raw_reward=1.0 if won else -1.0,
        instruction="Do it.",
        steps=(RecordedStep("click(1)"), RecordedStep("click(2)")),
        seconds=1.0,
        facts={} if task.startswith("miniwob") else {"ordered": seed < 5},
    )


def played(
    model: Path,
    *suites: str,
    seeds: range = SEEDS,
    about: dict[str, object] | None = None,
    agent: dict[str, str] | None = None,
    stage: str = "",
    first: int = 0,
) -> Path:
    """The folder of a run of this model, or of an `agent`, beside it; or of what a stage of its
    training wrote, on validation seeds.
    """
    name = "+".join(suites)
    labels = {task: label for suite in suites for task, label in LABELS[suite].items()}
    setup = Setup(
        suite=name,
        policy=stage or (f"webagent?planner={model}" if agent else str(model)),
        card=agent or {"sha256": fingerprint(model / "model.safetensors"), "precision": "float32"},
        command=("webagent", "eval", "--suite", name),
    )
    first = VALIDATION_SEEDS.start if stage else first
    config = effective(setup, labels, [first + n for n in SEEDS], "element", "toy 1.0")
    config = replace(config, about={**config.about, **({"slots": 3} if about is None else about)})
    place = model.parent.parent / f"run-{name}{len(agent or ())}{stage}"
    place.mkdir()
    write_json(place / "config.json", {**asdict(config), "hash": config.hash})
    lines = [to_line(record(task, seed)) for task in labels for seed in seeds]
    (place / "episodes.jsonl").write_bytes(b"".join(lines))
    return place


def test_scores_are_those_of_the_runs(folder: Path):
    write_card(folder, [played(folder, "miniwob-56"), played(folder, "compwob", "compwob-reverse")])
    scores = read_scores(folder)
    assert scores is not None
    assert scores.weights == fingerprint(folder / "model.safetensors")
    found = {one.suite: one for one in scores.suites}
    assert list(found) == ["miniwob-56", "compwob", "compwob-reverse"]
    base, forward = found["miniwob-56"], found["compwob"]
    assert (base.success.value, base.success.tasks) == (pytest.approx(0.7), 56)
    assert base.success.low < 0.7 < base.success.high
    assert (base.episodes, base.strict) == (560, None)
    assert forward.strict is not None
    assert forward.strict.value == pytest.approx(0.5)
    assert (base.seeds, base.steps, base.speed) == ("0-9", 2.0, 6.0)
    by_parts = {name: mean.value for name, mean in forward.parts.items()}
    assert by_parts == {"2 parts": 0.7, "3 parts": 0.7, "10 parts": 0.7}
    rate = base.tasks["miniwob.t3"]
    assert (rate.successes, rate.n) == (7, 10)
    assert "eval" in base.command
    assert (base.settings["mode"], base.precision) == ("element", "float32")
    card = (folder / "README.md").read_text("utf-8")
    assert re.search(r"miniwob-56, compwob, compwob-reverse: seeds 0-9; .* float32, on ", card)


def test_the_card_tells_what_the_folder_holds(folder: Path):
    (folder / "about.md").write_text("Plays forms.\n\n## Limits\n\nKnows no canvas.\n")
    card = write_card(folder, [played(folder, one) for one in LABELS]).read_text("utf-8")
    assert "# toy\n\nPlays forms.\n" in card
    assert card.rstrip().endswith("## Limits\n\nKnows no canvas.")
    assert "0.0 M parameters" in card
    assert "**base+aug**: demonstrations of base tasks" in card
    assert re.search(r"\| miniwob-56 \| 56, 560 \| 70\.0 \(\d+\.\d-\d+\.\d\) \|  \| 0 \|", card)
    assert "| `model.size` | `tiny` |" in card
    assert "| `train.steps` |" in card
    assert "`first \\| steps` | 1,200 | 10 minutes for 1,100 | `expert` |" in card
    assert "HTML-T5++" in card
    assert "| `t3` | 70.0 |" in card
    assert "| `3_b_b` | 70.0 | 70.0 |" in card
    assert card.index("| 3 parts |") < card.index("| 10 parts |")


def test_the_card_tells_of_all_stages_how_long_they_took_and_how_far_they_came(folder: Path):
    card = render_card(folder)
    assert "| trained on | 2 cores of toy; cpu, 2 processes |" in card
    assert "| training | 2.0 hours in 2 stages, done 2026-11-21 |" in card
    assert "tasks; stopped at 1,234 of 5,000 steps in 30 minutes. Its tokenizer was in" in card
    assert f"tasks; {load_recipe('tiny').train.steps} steps in 1.5 hours, float32.\n" in card
    first = replace(read_training(folder).stages[0], steps=None, seconds=None)
    assert first.course == "stopped short of 5,000 steps"
    assert replace(read_training(folder), start=first).time == "at least 1.5 hours"


def test_the_card_tells_what_each_stage_reached_on_validation_seeds(folder: Path):
    own = played(folder, "miniwob-56")
    checks = [played(folder, "miniwob-56", stage=stage) for stage in ("read", "a folder")]
    card = write_card(folder, [*checks, own]).read_text("utf-8")
    rows = card[card.index("| stage | steps, time | miniwob-56, 560 |") :].split("\n")[2:4]
    assert [row.split(" (")[0] for row in rows] == [
        "| 1 | stopped at 1,234 of 5,000 steps in 30 minutes | 70.0",
        "| 2 | 20 steps in 1.5 hours, float32 | 70.0",
    ]
    scores = read_scores(folder)
    assert scores is not None
    assert [(one.suite, one.seeds) for one in scores.suites] == [("miniwob-56", "0-9")]
    with pytest.raises(RunError, match="not played with the weights"):
        write_card(folder, [played(folder, "compwob", agent={"sha256": "1"}, stage="elsewhere")])


@pytest.mark.parametrize("stage", ["read", "a folder"])
def test_a_stage_that_was_trained_anew_keeps_no_old_scores(folder: Path, stage: str):
    start = {**TRAINING["start"], "weights": "of the one it went on from"}
    command = ["webagent", "train", "tiny", "--out=a folder"]
    told = {**TRAINING, "command": command, "start": start}
    (folder / "training.json").write_text(json.dumps(told))
    run = played(folder, "miniwob-56", agent={"sha256": "another"}, stage=stage)
    with pytest.raises(RunError, match=f"other weights than the training wrote into {stage}"):
        write_card(folder, [run])


def test_scores_are_of_evaluation_seeds(folder: Path):
    run = played(folder, "compwob", first=FIRST_TRAINING_SEED)
    with pytest.raises(RunError, match="other seeds than those of evaluation, such as 1,000,"):
        write_card(folder, [run])


def test_the_card_links_what_the_runs_tell_of_failures(folder: Path):
    weights = fingerprint(folder / "model.safetensors")
    agent = {"agent": "webagent", "planner": "none", "programmer_sha256": weights}
    assert "analysis.md" not in write_card(folder).read_text("utf-8")
    runs = [played(folder, "miniwob-56"), played(folder, "compwob")]
    card = write_card(folder, [*runs, played(folder, "compwob", agent=agent)]).read_text("utf-8")
    assert "[Where it fails](analysis.md)" in card
    page = (folder / "analysis.md").read_text("utf-8")
    assert re.findall(r"^# Where `(.*)` fails$", page, re.MULTILINE) == [
        str(folder), f"webagent?planner={folder}"
    ]  # fmt: skip
    assert "177 of 590 episodes failed" in page and "9 of 30 episodes failed" in page
    assert "these 30 did most, the card has all" in page
    told = [line for line in page.splitlines() if line.startswith("| `run-")]
    assert len(told) == 3 and "analysis.json" not in page and "collect next" not in page


def test_only_whole_suites_stand_beside_published_systems(folder: Path):
    card = write_card(folder, [played(folder, "miniwob-56"), played(folder, "compwob")]).read_text()
    [row] = [line for line in card.splitlines() if line.startswith("| **toy** |")]
    assert row.count("(") == 1, "this compwob had three tasks"


def test_commands_come_in_the_order_of_work(folder: Path):
    card = write_card(folder, [played(folder, "compwob")]).read_text("utf-8")
    shown = card[card.index("## Commands") :]
    assert re.findall(r"^(?:webagent|collect) .*$", shown, re.MULTILINE) == [
        "webagent train pages --out read",
        "webagent eval --seeds 500000-500019",
        "webagent retrace runs/v",
        "collect a",
        "webagent train tiny --out 'a folder'",
        "webagent eval --suite compwob",
    ]


def test_a_card_without_scores_says_so_and_is_written_again_from_stored_ones(folder: Path):
    assert "Not measured yet" in write_card(folder).read_text("utf-8")
    first = write_card(folder, [played(folder, "compwob")]).read_text("utf-8")
    assert write_card(folder).read_text("utf-8") == first


def test_a_run_that_does_not_tell_its_slots_has_no_speed(folder: Path):
    card = write_card(folder, [played(folder, "compwob", about={})]).read_text("utf-8")
    assert re.search(r"\| 2\.0 \|  \| \d{4}-", card)


def test_runs_of_other_weights_are_refused(folder: Path):
    run = played(folder, "compwob")
    weights = folder / "model.safetensors"
    write_card(folder, [run])
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(RunError, match="not played with the weights"):
        write_card(folder, [run])
    with pytest.raises(RunError, match="belongs to other weights"):
        write_card(folder)


def test_the_modular_agent_stands_beside_the_model_that_it_is_made_of(folder: Path):
    weights = fingerprint(folder / "model.safetensors")
    agent = {"agent": "webagent", "planner": str(folder), "programmer": str(folder)}
    agent |= {"planner_sha256": weights, "programmer_sha256": weights, "calls": "1"}
    runs = [played(folder, "compwob"), played(folder, "compwob", agent=agent)]
    card = write_card(folder, runs).read_text("utf-8")
    assert "| compwob | 3, 30 |" in card
    assert "| compwob (modular, plans after 1 call) | 3, 30 |" in card
    bare = {"agent": "webagent", "planner": "none", "programmer": str(folder), "snippets": "no"}
    bare |= {"programmer_sha256": weights}
    card = write_card(folder, [played(folder, "compwob", agent=bare)]).read_text("utf-8")
    assert "| compwob (modular, no planner, no snippets) | 3, 30 |" in card
    prompted = [
        {name: agent[name] for name in agent if name != f"{part}_sha256"}
        for part in ("planner", "programmer")
    ]
    for llm in prompted:
        with pytest.raises(RunError, match="not played with the weights"):
            write_card(folder, [played(folder, "compwob-reverse", agent={**llm, "z": ""})])
        shutil.rmtree(folder.parent.parent / f"run-compwob-reverse{len(llm) + 1}")
    for wrong in ({"planner_sha256": "other"}, {"agent": "rci", "sha256": weights, "x": ""}):
        with pytest.raises(RunError, match=r"not played with the weights|was played as"):
            write_card(folder, [played(folder, "compwob-reverse", agent={**agent, **wrong})])


def test_runs_that_do_not_fit_are_refused(folder: Path):
    with pytest.raises(RunError, match="holds 15 of 30 episodes"):
        write_card(folder, [played(folder, "compwob", seeds=range(5))])
    shutil.rmtree(folder.parent.parent / "run-compwob0")
    runs = [played(folder, "compwob"), played(folder, "compwob", "compwob-reverse")]
    with pytest.raises(RunError, match="Two runs played compwob"):
        write_card(folder, runs)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("scores.json", '{"weights": 1}', "scores.json cannot be read"),
        ("training.json", '{"examples": "many"}', "training.json cannot be read"),
        ("training.json", None, "has no training.json"),
        ("model.safetensors", None, "has no model.safetensors"),
    ],
)
def test_a_folder_that_is_not_whole_is_explained(folder: Path, name: str, text, says: str):
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    with pytest.raises(RunError, match=says):
        write_card(folder)


def test_numbers_are_counted(folder: Path):
    assert parameters(folder / "model.safetensors") == 10


def test_what_training_wrote_is_read(folder: Path):
    training = read_training(folder)
    assert [one.track for one in training.stages] == ["base", "base+aug"]
    meanings = {name: meaning for name, _, meaning in training.settings}
    assert meanings["data.longest"] == "tokens of a source"


def test_a_later_stage_tells_the_settings_that_are_new(folder: Path):
    first, second = read_training(folder).stages
    assert first.changes == list(first.settings)
    changed = {name: value for name, value, _ in second.changes}
    assert changed["train.steps"] == load_recipe("tiny").train.steps != Optimization().steps
    assert not {"model.size", "data.ahead"} & changed.keys()  # said before, or usual
    card = render_card(folder)
    assert card.count("| setting |") == card.count("| changed setting |") == 1


def test_of_one_that_sees_the_pictures_of_a_step_are_told(folder: Path):
    assert "pictures" not in render_card(folder)
    seen = {"pictures": 1200, "picture_bytes": 3_400_000}
    seen |= {"pictures_a_step": 28.5, "bytes_a_step": 3_064_320}
    (folder / "training.json").write_text(json.dumps(TRAINING | seen))
    card = render_card(folder)
    assert "They show 1,200 pictures, 3.4 MB on disk; a step saw 28.5 in the mean, 3.1 MB" in card
    assert re.search(r"unpacked\.\n\n\| data \|", card)


def test_the_commands(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder.parent.parent)
    run = played(folder, "miniwob-56")
    done = CliRunner().invoke(app, ["models", "card", "models/toy", "--run", str(run)])
    assert (done.exit_code, "models/toy/README.md" in done.output) == (0, True)
    listed = CliRunner().invoke(app, ["models", "list"]).output
    [row] = [line.split() for line in listed.splitlines() if line.split()[0] == "toy"]
    assert row == ["toy", "0.0", "base+aug", "70.0"]


def test_the_examples_of_a_card_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("torch")
    from webagent.nn import checkpoint
    from webagent.nn.html_t5 import initialise
    from webagent.nn.tokenizer import train

    tokenizer = train(["<task>Click the button."] * 3, 2200)
    place = tmp_path / "models" / "toy"
    files = {"training.json": '{"track": "base"}'}
    checkpoint.save(place, initialise("tiny", len(tokenizer)), tokenizer.rules.to_str(), files)
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", write_card(place).read_text(), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(example, {})


def test_shipped_cards_say_what_is_stored():
    for folder in shipped_models().values():
        assert (folder / "README.md").read_text("utf-8") == render_card(folder), folder
        assert read_scores(folder) is not None
        assert orjson.loads((folder / "training.json").read_bytes())["finished"]
