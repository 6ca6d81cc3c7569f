"""The floors of the code: each module imports only from floors below its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The first entry that is a module or one of its packages gives the floor.
FLOORS = {
    "webagent.types": 1,
    "webagent.errors": 1,
    "webagent.assets": 1,
    "webagent.text": 1,
    "webagent.html": 2,
    "webagent.colours": 2,
    "webagent.elements": 2,
    "webagent.mentions": 2,
    "webagent.perturbations": 2,
    "webagent.superlatives": 2,
    "webagent.actions": 2,
    "webagent.llm": 2,
    "webagent.tasks": 2,
    "webagent.policies.protocol": 2,
    "webagent.browser": 3,
    "webagent.program": 3,
    "webagent.nn": 3,
    "webagent.examples": 3,
    "miniwob_tasks": 3,
    "webagent.planner": 4,
    "webagent.gym": 4,
    "webagent.browsergym": 4,
    "webagent.policies": 5,
    "webagent.play": 6,
    "webagent.demonstrations": 7,
    "webagent.evaluation": 7,
    "webagent.training": 8,
    "webagent.cli": 9,
    "webagent.__main__": 9,
    "webagent": 9,  # the package itself gathers the public names
}
HEAVY = (
    *("torch", "transformers", "playwright", "selenium", "gymnasium", "matplotlib", "pyarrow"),
    *("openai", "pydantic_monty"),
)


def modules() -> dict[str, Path]:
    files = [*ROOT.glob("webagent/**/*.py"), *ROOT.glob("miniwob_tasks/**/*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
        if "_data" not in file.parts
    }


MODULES = modules()


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def floor(module: str) -> int:
    if module == "webagent":
        return FLOORS[module]
    return next(level for name, level in FLOORS.items() if within(module, name))


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, without those for type checking alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            for one in node.names:
                whole = f"{base}.{one.name}"
                yield whole if whole in MODULES else base
        else:
            yield from imports(node)


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down(module: str):
    for imported in imports(parsed(module)):
        if within(imported, "webagent") or within(imported, "miniwob_tasks"):
            assert floor(imported) <= floor(module), f"{module} imports {imported} from above"


def test_no_circles():
    below = {name: {one for one in imports(parsed(name)) if one in MODULES} for name in MODULES}
    while free := [name for name, needs in below.items() if not needs & below.keys()]:
        for name in free:
            del below[name]
    assert not below, f"these import each other: {sorted(below)}"


def test_every_module_has_a_floor():
    for module in MODULES:
        assert module == "webagent" or any(
            within(module, name) for name in FLOORS if name != "webagent"
        ), f"{module} is on no floor of {Path(__file__).name}"


@pytest.mark.parametrize("module", [name for name in sorted(MODULES) if within(name, "webagent")])
def test_task_packages_are_not_imported_by_name(module: str):
    assert not [one for one in imports(parsed(module)) if within(one, "miniwob_tasks")]


@pytest.mark.parametrize("module", ["webagent", "webagent.cli.main"])
def test_import_is_light(module: str):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_public_names_are_sorted_and_there(module: str):
    tree = parsed(module)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            assert names == sorted(names)
            assert set(names) <= defined(tree)


def defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {one.asname or one.name for one in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {ast.unparse(target) for target in node.targets}
    return names


def test_the_package_names_its_public_surface():
    import webagent

    assert webagent.__all__ == sorted(webagent.__all__)
    assert all(hasattr(webagent, name) for name in webagent.__all__)
