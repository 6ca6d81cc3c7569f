"""The modular agent by its spec."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from webagent.errors import PolicyError, PolicyStop
from webagent.llm.scripted import script
from webagent.llm.server import ChatServer
from webagent.nn import checkpoint
from webagent.nn.html_t5 import initialise
from webagent.nn.tokenizer import train
from webagent.policies.load import load_policy
from webagent.policies.models import usage_of
from webagent.policies.prompted.options import ChatOptions
from webagent.tasks.sites.site_task import SiteTask
from webagent.tasks.suites import load_task
from webagent.types import Context, Observation

PAGE = '<div><button ref="3">Go</button><input ref="4" type="text"></div>'
CONTEXT = Context("t", "Press Go.", Observation(PAGE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tokenizer = train([PAGE] * 3, 2200)
    place = tmp_path_factory.mktemp("models") / "toy"
    files = {"training.json": '{"track": "base+aug"}'}
    checkpoint.save(place, initialise("tiny", len(tokenizer)), tokenizer.rules.to_str(), files)
    return place


@pytest.mark.parametrize("planner", ["", "none"])
def test_learned_modules_decide(folder: Path, planner: str):
    spec = f"webagent?planner={planner or folder}&programmer={folder}"
    policy = load_policy(spec)
    (decision,) = policy.act([CONTEXT])
    assert decision.program or decision.action.name == "done"
    card = policy.card  # pyright: ignore[reportAttributeAccessIssue]
    assert card["track"] == "base+aug"
    assert card["precision"] in ("bfloat16", "float32")
    assert len(card["programmer_sha256"]) == 16


def test_a_chat_model_plans_and_writes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    replier = script(
        [
            ("Sub-instructions so far", '{"sub_instruction": "press Go", "refs": [3]}'),
            ("# press Go", "click(3)"),
        ]
    )
    with ChatServer(replier) as server:
        policy = load_policy(f"webagent?planner=llm&model=scripted&endpoint={server.url}")
        (decision,) = policy.act([CONTEXT])
    assert (str(decision.action), decision.note, decision.program) == (
        "click(3)", "press Go", "click(3)",
    )  # fmt: skip
    usage = usage_of(policy)
    assert usage is not None and usage.requests == 2


def test_the_plan_of_a_sites_template_is_followed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    made = load_task("sites.shop-add-to-cart")
    assert isinstance(made, SiteTask)
    said = made.template.instruction(1_000_000)
    product = made.template.read(said)["product"]
    page = '<form><input ref="3" name="q"><button ref="4">Search</button></form>'
    context = Context(made.id, said, Observation(page))
    with ChatServer(script([(f"# Find the product {product}", "click(3)")])) as server:
        spec = f"programmer=llm&model=scripted&endpoint={server.url}"
        policy = load_policy(f"webagent?planner=scripted&{spec}")
        (decision,) = policy.act([context])
        with pytest.raises(PolicyStop, match="t has no template"):
            policy.act([CONTEXT])
    assert (str(decision.action), decision.note) == ("click(3)", f"Find the product {product}")
    assert policy.card["planner"] == "scripted"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "needs a planner"),
        ("planner=none", "needs a planner and a programmer"),
        ("planner=scripted", "needs a planner and a programmer"),
        ("planner=nothing-of-that-name", "no model 'nothing-of-that-name'"),
        ("planner=nothing-of-that-name&model=m", "no model 'nothing-of-that-name'"),
        ("planner=llm", "llm needs model=NAME"),
        ("planner=llm&model=rules&shots=3", "webagent has no option 'shots'"),
        ("planner=FOLDER&model=m", "no option 'model' unless planner or programmer is llm"),
        ("planner=FOLDER&snippets=maybe", "snippets is yes or no"),
        ("planner=FOLDER&calls=few", "calls are numbers"),
    ],
)
def test_wrong_options_are_explained(folder: Path, options: str, said: str):
    with pytest.raises(PolicyError, match=said):
        load_policy(f"webagent?{options.replace('FOLDER', str(folder))}")


def test_the_error_without_a_planner_lists_what_the_agent_heeds():
    with pytest.raises(PolicyError) as caught:
        load_policy("webagent")
    listed = str(caught.value)
    assert all(
        f"\n  {name}: " in listed for name in ("planner", "calls", *ChatOptions.model_fields)
    )
    assert "shots" not in listed
