"""Errors a user can meet. Each message says what was wrong, where, and what to do.

    WebAgentError
    ├── ActionError         an action that cannot be parsed or carried out; costs a step
    ├── BrowserError        a page or a browser that failed; the episode is retried
    │   └── BrowserMissing  no browser found on this machine
    ├── TaskError           an unknown task, suite or part, or a page that did not start
    ├── PolicyError         a policy that cannot be loaded, or failed to decide
    │   └── PolicyStop      a policy that can never go on (quota, bad key): ends the run
    └── RunError            a run folder that cannot be read, resumed or written

Warnings, which commands print as they print errors:

    WebAgentWarning
    ├── LongPage            a page of which a model reads the beginning alone
    └── Unfinished          demonstrations of which there are to be more

A page or an action never raises out of a browser; its error comes back as a value.
"""


class WebAgentError(Exception):
    """Base of all errors raised on purpose by this package."""


class ActionError(WebAgentError):
    pass


class BrowserError(WebAgentError):
    pass


class BrowserMissing(BrowserError):
    pass


class TaskError(WebAgentError):
    pass


class PolicyError(WebAgentError):
    pass


class PolicyStop(PolicyError):
    pass


class RunError(WebAgentError):
    pass


def installing(extra: str) -> str:
    """How to install what an extra of this package brings. Not by a name that an index could
    give to somebody else's package.
    """
    return f"pip install '.[{extra}]' in a checkout of this project"


class WebAgentWarning(UserWarning):
    """Base of all warnings given on purpose by this package."""


class LongPage(WebAgentWarning):
    pass


class Unfinished(WebAgentWarning):
    pass
