"""What a user gets: the wheel's contents, and the commands that the project promises."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from zipfile import ZipFile

import pytest

from webagent.assets import shipped_models

ROOT = Path(__file__).parent.parent
SHIPPED = (
    "webagent/py.typed",
    "webagent/browser/page.js",
    "webagent/browser/clock.js",
    "miniwob_tasks/catalog.toml",
    "webagent/_data/benchmarks/compwob/page.html",
    "webagent/_data/benchmarks/compwob/suite.toml",
    "webagent/_data/models/README.md",
)
MODEL = (
    *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    *("training.json", "scores.json", "analysis.md", "README.md"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    done = subprocess.run([*command, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [file] = folder.glob("*.whl")
    return ZipFile(file)


def test_the_wheel_installs_two_packages(wheel: ZipFile):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    own = {name for name in tops if not name.endswith(".dist-info")}
    assert own == {"webagent", "miniwob_tasks"}
    assert len(tops - own) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_the_wheel_holds(wheel: ZipFile, name: str):
    assert name in wheel.namelist()


def test_the_wheel_holds_all_files_of_the_packages(wheel: ZipFile):
    wanted = {
        str(file.relative_to(ROOT))
        for package in ("webagent", "miniwob_tasks")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted <= set(wheel.namelist())


def test_the_wheel_holds_all_models(wheel: ZipFile):
    files = [file for file in (ROOT / "models").rglob("*") if file.is_file()]
    assert {f"webagent/_data/{file.relative_to(ROOT)}" for file in files} <= set(wheel.namelist())


def test_an_installed_wheel_finds_its_models_and_no_others(wheel: ZipFile, tmp_path: Path):
    wheel.extractall(tmp_path / "site")
    for place in ("site/webagent/_data/models/toy", "site/models/foreign"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config.json").write_text("{}")
    code = (
        "from webagent.policies.models import model_folder\n"
        "from webagent.assets import shipped_models\n"
        "print(*shipped_models())\n"
        "print(*(model_folder(f'{name}?seed=1') for name in ('toy', 'models/toy', 'foreign')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    names, found = done.stdout.splitlines()
    own = {file.parent.name for file in ROOT.glob("models/*/config.json")}
    assert set(names.split()) == {"toy"} | own
    toy = str(tmp_path / "site/webagent/_data/models/toy")
    assert found.split() == [toy, toy, "None"]


def test_models_are_complete_and_small():
    for name, folder in shipped_models().items():
        missing = [file for file in MODEL if not (folder / file).is_file()]
        assert not missing, f"the model {name} lacks {missing}"
        assert (folder / "model.safetensors").stat().st_size <= 60e6


def test_the_wheel_holds_the_licence_and_no_tests(wheel: ZipFile):
    names = wheel.namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if Path(name).name.startswith(("test_", "conftest"))]


def test_entry_points_load():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for group, named in declared["entry-points"].items():
        for name in named:
            [point] = entry_points(group=group, name=name)
            point.load()
    for name in declared["scripts"]:
        [script] = entry_points(group="console_scripts", name=name)
        assert callable(script.load())


def test_constraints_cover_every_dependency():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = declared["optional-dependencies"]
    # BrowserGym wants versions of Playwright and lxml that nothing else here can use.
    chosen = [one for name, extra in extras.items() if name != "browsergym" for one in extra]
    wanted = [*declared["dependencies"], *chosen]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {plain(line) for line in lines if not line.startswith("#")}
    assert {plain(one) for one in wanted} <= pinned


def plain(requirement: str) -> str:
    name = requirement
    for mark in "[<>=!~;@ ":
        name = name.split(mark)[0]
    return name.lower().replace("_", "-")


def test_make_knows_the_promised_commands():
    for target in ("demo", "test", "lint", "clean"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
