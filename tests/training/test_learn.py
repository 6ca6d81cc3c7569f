"""Every recipe that ships trains, at toy width; several processes train one model."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from webagent import actions
from webagent.demonstrations.manifest import Manifest, read_manifest
from webagent.demonstrations.record import Past, Row
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError, Unfinished
from webagent.evaluation.config import Setup, effective
from webagent.evaluation.store import locked
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.tokenizer import train as train_tokenizer
from webagent.policies import models
from webagent.policies.models import fingerprint, plan_phrases, read_card, reads_mentions
from webagent.training.card import render_card
from webagent.training.learn import Job, learn
from webagent.training.log import log_into, read_log
from webagent.training.pages import store
from webagent.training.recipe import changed, load_recipe, recipe_names
from webagent.training.texts import check_data, write_made
from webagent.training.train import Report

pytest.importorskip("pyarrow")
TOY = ["model.size=tiny", "train.steps=3", "train.batch=4", "data.longest=512"]
PAGE = '<form><label>Name</label><input ref="1" type="text" value="{0}"><button ref="2">Go</button>'
SETUP = Setup(suite="toy", policy="toy", command=("webagent", "collect"))


def picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (160, 210), (shade % 256, 0, 0)).save(file, "PNG")
    return file.getvalue()


def rows(task: str, seed: int) -> list[Row]:
    done = [str(actions.type(1, f"name {seed}")), str(actions.click(2))]
    return [
        Row(
            task=task, seed=seed, episode=f"{task}#{seed}", step=step, steps=2, success=True,
            instruction=f"Enter name {seed} and press Go.", action=action,
            html=PAGE.replace("{0}", f"name {seed}" * step),
            history=tuple(Past(one) for one in done[:step]), screenshot=picture(seed + step),
        )
        for step, action in enumerate(done)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer, demonstrations and pages, all small."""
    place = tmp_path_factory.mktemp("toys")
    texts = [PAGE.replace("{0}", f"person number {n}") * 4 for n in range(60)]
    tokenizer = train_tokenizer(texts, 2300)
    tokenizer.save(place / "words")
    store(texts, tokenizer, place / "pages", {}, tokens=4000)
    collected(place / "data", ["miniwob.enter-text", "miniwob.enter-name"])
    collected(place / "own", ["compose.enter-text+click-widget"])
    return place


def toy_job(
    folders: Path,
    place: Path,
    *changes: str,
    recipe: str = "tiny",
    data: Sequence[Path] | None = None,
) -> Job:
    """A short training by a recipe, with some of it changed."""
    return Job(
        recipe=changed(load_recipe(recipe), [*TOY, *changes]),
        data=data or [folders / "data"],
        out=place / "model",
        work=place / "work",
        tokenizer=folders / "words",
    )


def collected(folder: Path, tasks: Sequence[str]) -> None:
    config = effective(SETUP, {}, [], "element", "toy 1.0")
    with DemonstrationWriter(folder, Manifest(name="toy", source="toy", config=config)) as writer:
        for seed in range(1_000_000, 1_000_012):
            for task in tasks:
                writer.append(rows(task, seed))
        writer.finish()


def test_a_tokenizer_is_of_the_track_of_what_it_was_made_of(folders: Path, tmp_path: Path) -> None:
    made = check_data([read_manifest(folders / name) for name in ("data", "own")])
    assert made.track == "compositional"
    shutil.copytree(folders / "words", tmp_path / "words")
    write_made(tmp_path / "words", made)
    job = replace(toy_job(folders, tmp_path), tokenizer=tmp_path / "words")
    with pytest.raises(RunError, match=r"tokenizer in .*words comes from the track compositional"):
        learn(job)
    evaluated = replace(read_manifest(folders / "data"), seeds=["evaluation"])
    with pytest.raises(RunError, match="holds episodes with evaluation seeds"):
        check_data([evaluated])


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_trains_at_toy_width(folders: Path, tmp_path: Path, name: str) -> None:
    recipe = load_recipe(name)
    pages = recipe.data.objective == "denoise"
    data = [folders / ("pages" if pages else "data")]
    job = toy_job(folders, tmp_path, recipe=name, data=data)
    assert learn(job)
    card = json.loads((tmp_path / "model" / "training.json").read_text("utf-8"))
    assert card["finished"] and card["track"] == recipe.data.track
    assert len(read_log(tmp_path / "work")) == 3


def test_steps_whose_action_failed_are_left_out_and_counted(folders: Path, tmp_path: Path) -> None:
    config = effective(SETUP, {}, [], "element", "toy 1.0")
    with DemonstrationWriter(
        tmp_path / "data", Manifest(name="toy", source="toy", config=config)
    ) as writer:
        for seed in range(1_000_000, 1_000_012):
            first, last = rows("miniwob.enter-text", seed)
            fails = replace(first, action=str(actions.click(9)), error="No element has ref 9.")
            past = (Past(fails.action, fails.error), *last.history)
            writer.append([fails, replace(first, step=1, history=past[:1]),
                           replace(last, step=2, history=past)])  # fmt: skip
        only = replace(fails, episode="miniwob.enter-text#2", seed=2_000_000, steps=1)
        writer.append([only])
        writer.finish()
    job = toy_job(
        folders, tmp_path, "data.modular=0", "data.compositions=0", data=[tmp_path / "data"]
    )
    assert learn(job)
    card = json.loads((tmp_path / "model" / "training.json").read_text("utf-8"))
    assert (card["data"][0]["failed"], card["examples"]) == (13, 24)
    assert "13 failed steps left out" in render_card(tmp_path / "model")


def test_played_compositions_are_learnt_beside_those_made_of_base_tasks(
    folders: Path, tmp_path: Path
) -> None:
    job = toy_job(
        folders,
        tmp_path,
        "data.compositions=1",
        recipe="html-t5-mini-compositional",
        data=[folders / "own", folders / "data"],
    )
    assert learn(job)
    card = json.loads((tmp_path / "model" / "training.json").read_text("utf-8"))
    assert card["track"] == "compositional" and len(card["data"]) == 2
    assert card["phrases"] == plan_phrases(tmp_path / "model") == []
    with pytest.raises(RunError, match="does not allow training on compose"):
        learn(replace(job, recipe=load_recipe("html-t5-mini"), out=tmp_path / "other"))


def test_tasks_of_ones_own_are_learnt_in_the_open_track(folders: Path, tmp_path: Path) -> None:
    collected(tmp_path / "mine", ["shop.buy-socks"])
    job = toy_job(folders, tmp_path, "data.track=open", data=[tmp_path / "mine", folders / "data"])
    assert learn(job)
    assert "| track | **open**: data of any kind" in render_card(tmp_path / "model")
    sites = replace(job, recipe=changed(job.recipe, ["data.track=sites"]), work=tmp_path / "other")
    with pytest.raises(RunError, match="does not allow training on shop"):
        learn(sites)
    with pytest.raises(RunError, match="comes from the track open"):
        learn(replace(sites, data=[folders / "data"], start=job.out))


def test_changed_pages_are_learnt_from_and_are_no_demonstrations_as_they_are(
    folders: Path, tmp_path: Path
) -> None:
    job = toy_job(folders, tmp_path, "data.perturbed=1", "data.compositions=0")
    assert learn(job)
    [made] = (tmp_path / "work" / "prepared").glob("*/prepared.json")
    assert json.loads(made.read_text("utf-8"))["made_of"]["perturbed"] == 1
    with pytest.raises(RunError, match="call the track base\\+aug"):
        base = changed(job.recipe, ["data.track=base"])
        learn(replace(job, recipe=base, work=tmp_path / "other"))


def test_runs_share_what_is_prepared_alike(folders: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    plain = "data.compositions=0", "data.modular=0"
    first = replace(toy_job(folders, tmp_path, *plain), prepared=shared)
    assert learn(first)
    [made] = (shared / "prepared").iterdir()
    before = (made / "prepared.json").stat().st_mtime_ns
    again = replace(first, work=tmp_path / "again", out=tmp_path / "another")
    assert learn(again)
    assert (made / "prepared.json").stat().st_mtime_ns == before
    assert learn(
        replace(again, recipe=changed(first.recipe, ["data.ahead=1"]), work=tmp_path / "b")
    )
    assert len(list((shared / "prepared").iterdir())) == 2
    assert not (tmp_path / "again" / "prepared").exists()


def test_a_radius_of_ones_own_and_no_mentions(folders: Path, tmp_path: Path) -> None:
    job = toy_job(folders, tmp_path, "model.radius=31", "data.mentions=false")
    assert learn(job)
    config = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))
    assert config["local_radius"] == 31
    assert not reads_mentions(tmp_path / "model")


def test_an_account_is_given_of_what_led_to_a_model(folders: Path, tmp_path: Path) -> None:
    played = ("webagent", "eval", "--seeds", "500000-500019")
    job = replace(toy_job(folders, tmp_path), balance=played)
    steps: list[int] = []
    observe = [lambda one: steps.append(one.step)]
    assert not learn(job, observers=observe, stopping=lambda: len(steps) == 1)
    card = json.loads((tmp_path / "model" / "training.json").read_text("utf-8"))
    assert (card["finished"], card["steps"]) == (False, 2)
    assert (card["tokenizer"], card["balance"]) == (str(folders / "words"), list(played))
    [data] = card["data"]
    assert (data["timed"], data["episodes"]) == (24, 24) and data["seconds"] > 0
    assert learn(job)
    later = replace(job, start=job.out, out=tmp_path / "later", work=tmp_path / "later-work")
    assert learn(replace(later, tokenizer=None, balance=()))
    card = json.loads((tmp_path / "later" / "training.json").read_text("utf-8"))
    assert (card["tokenizer"], card["start"]["steps"], card["start"]["finished"]) == ("", 3, True)
    assert card["start"]["weights"] == fingerprint(job.out / "model.safetensors")


def test_an_unfinished_folder_is_told_of_and_the_card_has_what_was_learnt_from(
    folders: Path, tmp_path: Path
) -> None:
    def collect(begin: int, count: int, *, finish: bool = False) -> None:
        manifest = Manifest(
            name="toy", source="toy", config=effective(SETUP, {}, [], "element", "toy 1.0")
        )
        with DemonstrationWriter(tmp_path / "data", manifest, shard_episodes=12) as writer:
            for seed in range(begin, begin + count):
                writer.append(rows("miniwob.enter-text", seed))
            if finish:
                writer.finish()

    job = toy_job(folders, tmp_path, "train.steps=1", data=[folders / "data", tmp_path / "data"])
    collect(1_000_000, 4)
    with pytest.raises(RunError, match=r"data is unfinished, .* run its command .*: webagent coll"):
        learn(job)
    collect(1_000_004, 10)
    with pytest.warns(Unfinished, match=r"has 12 episodes so far\. To finish it, run .*: ") as told:
        assert learn(job, observers=[lambda _: collect(1_000_014, 6, finish=True)])
    assert len(told) == 1
    assert [one["episodes"] for one in read_card(job.out)["data"]] == [24, 12]
    later = replace(job, out=tmp_path / "later", work=tmp_path / "later-work")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert learn(later)
    assert [one["episodes"] for one in read_card(later.out)["data"]] == [24, 20]


def test_a_log_line_that_a_kill_tore_is_left_out(tmp_path: Path) -> None:
    first = Report(1, 2, 1.0, 0.5, 0.1, 1.0, 1, 5, 0.1)
    log_into(tmp_path)(first)
    text = (tmp_path / "log.jsonl").read_text("utf-8")
    (tmp_path / "log.jsonl").write_text(text + text[:40], "utf-8")
    assert read_log(tmp_path) == [first]
    second = replace(first, step=2)
    log_into(tmp_path)(second)
    assert read_log(tmp_path) == [first, second]


def test_two_runs_do_not_train_in_one_folder(folders: Path, tmp_path: Path) -> None:
    job = toy_job(folders, tmp_path)
    with locked(job.work), pytest.raises(RunError, match=r"Another process is writing to .*work"):
        learn(job)
    assert not job.out.exists()


def test_a_run_that_is_over_leaves_its_model_alone(folders: Path, tmp_path: Path) -> None:
    job = toy_job(folders, tmp_path)
    assert learn(job)
    scores = tmp_path / "model" / "scores.json"
    scores.write_text("{}")
    assert learn(job) and scores.exists()
    other = replace(job, recipe=changed(job.recipe, ["train.rate=0.5"]))
    with pytest.raises(RunError, match=r"train\.rate"):
        learn(other)


def test_a_run_that_was_killed_before_it_saved_its_model_saves_it_later(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    job = toy_job(folders, tmp_path)
    assert not learn(job, stopping=lambda: True)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("webagent.nn.checkpoint.save", killed)
        learn(job)
    assert not read_card(job.out)["finished"]
    assert learn(job)
    card = read_card(job.out)
    assert (card["finished"], card["steps"]) == (True, 3)
    whole = replace(job, out=tmp_path / "whole", work=tmp_path / "other")
    assert learn(whole)
    saved = [(one.out / "model.safetensors").read_bytes() for one in (job, whole)]
    assert saved[0] == saved[1]


def test_a_run_that_is_over_writes_its_model_over_another(folders: Path, tmp_path: Path) -> None:
    job, other = (toy_job(folders, tmp_path / name, f"train.seed={name}") for name in "12")
    assert learn(job) and learn(other)
    assert learn(replace(job, out=other.out))
    saved = [(one.out / "model.safetensors").read_bytes() for one in (job, other)]
    assert saved[0] == saved[1]


def test_a_model_with_scores_is_replaced_by_no_other_run(folders: Path, tmp_path: Path) -> None:
    job = toy_job(folders, tmp_path)
    assert not learn(job, stopping=lambda: True)
    (tmp_path / "model" / "scores.json").write_text("{}")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    with pytest.raises(RunError, match=r"holds a model with scores.* --from"):
        learn(replace(job, work=tmp_path / "new"))
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert learn(job) and not (tmp_path / "model" / "scores.json").exists()
    shutil.copytree(job.out, tmp_path / "ships")
    (tmp_path / "ships" / "scores.json").write_text("{}")
    (tmp_path / "ships" / "model.safetensors").write_bytes(before)
    with pytest.raises(RunError, match="did not write"):
        learn(replace(job, out=tmp_path / "ships"))


def test_a_model_that_ships_is_gone_on_from_by_its_name(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = toy_job(folders, tmp_path)
    assert learn(job)
    monkeypatch.setattr(models, "shipped_models", lambda: {"toy": tmp_path / "model"})
    for number, given in enumerate(
        ({"tokenizer": Path("models/toy")}, {"tokenizer": None, "start": Path("models/toy")})
    ):
        named = replace(job, **given, out=tmp_path / f"{number}", work=tmp_path / f"work-{number}")
        assert learn(named)
    card = json.loads((tmp_path / "0" / "training.json").read_text("utf-8"))
    assert (card["tokenizer"], card["start"]) == ("models/toy", None)
    assert json.loads((tmp_path / "1" / "training.json").read_text("utf-8"))["start"]["steps"] == 3
    with pytest.raises(RunError, match=r"no model models/other: --from takes .*html-t5-mini"):
        learn(replace(job, start=Path("models/other")))


def test_pages_of_another_tokenizer_are_refused(folders: Path, tmp_path: Path) -> None:
    tokenizer = train_tokenizer([PAGE] * 5, 2250)
    store([PAGE * 9] * 9, tokenizer, tmp_path / "pages", {"tokenizer": "other"}, tokens=4000)
    job = toy_job(folders, tmp_path, recipe="html-t5-pretrain", data=[tmp_path / "pages"])
    with pytest.raises(RunError, match="another tokenizer"):
        learn(job)


def test_a_run_does_not_go_on_with_pages_that_were_cut_anew(folders: Path, tmp_path: Path) -> None:
    shutil.copytree(folders / "pages", tmp_path / "pages")
    job = toy_job(folders, tmp_path, recipe="html-t5-pretrain", data=[tmp_path / "pages"])
    assert not learn(job, stopping=lambda: True)
    encoder = load_tokenizer(folders / "words")
    store([PAGE * 9] * 9, encoder, tmp_path / "pages", {}, tokens=4000)
    with pytest.raises(RunError, match="another training run \\(data: "):
        learn(job)


def test_state_is_not_kept_in_the_folder_that_is_replaced(folders: Path, tmp_path: Path) -> None:
    place = tmp_path / "model"
    job = Job(recipe=load_recipe("tiny"), data=[folders / "data"], out=place, work=place / "work")
    with pytest.raises(RunError, match="outside"):
        learn(job)


def test_two_processes_train_what_one_does(folders: Path, tmp_path: Path) -> None:
    command = [
        "webagent", "train", "tiny", "--data", str(folders / "data"), "--device", "cpu",
        "--tokenizer", str(folders / "words"), "--set", "train.steps=6", "--set", "train.batch=8",
    ]  # fmt: skip
    for name, start in (("one", ["-m"]), ("two", ["-m", "torch.distributed.run", *LAUNCH, "-m"])):
        place = ["--out", str(tmp_path / name), "--work", str(tmp_path / f"{name}-work")]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *start, *command, *place],
            env=environment, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    one, two = (read_log(tmp_path / f"{name}-work") for name in ("one", "two"))
    assert len(two) == 6  # rank 0 alone writes
    for alone, shared in zip(one, two, strict=True):
        assert shared.examples == alone.examples
        assert shared.loss == pytest.approx(alone.loss, rel=0.02)
        assert shared.norm == pytest.approx(alone.norm, rel=0.1)
    card = json.loads((tmp_path / "two" / "training.json").read_text("utf-8"))
    assert card["processes"] == 2


LAUNCH = ("--standalone", "--nproc-per-node", "2", "--local-addr", "127.0.0.1")
