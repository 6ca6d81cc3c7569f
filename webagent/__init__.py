"""Web agents: environments, experts, models, and honest evaluation.

    from webagent import Job, load_policy, load_task, open_browser, play

    with open_browser(slots=4) as browser:
        jobs = [Job(load_task("compwob.click-link_click-dialog"), seed) for seed in range(10)]
        for episode in play(jobs, load_policy("expert"), browser):
            print(episode.seed, episode.ending)

Importing this package loads no browser and no model.
"""

from webagent.actions import Action, parse
from webagent.browser.session import open_browser
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.policies.protocol import Policy, decide
from webagent.tasks.suites import load_task, suite
from webagent.types import Context, Decision, Episode, Observation

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Context",
    "Decision",
    "Episode",
    "Job",
    "Observation",
    "Policy",
    "decide",
    "load_policy",
    "load_task",
    "open_browser",
    "parse",
    "play",
    "suite",
]
