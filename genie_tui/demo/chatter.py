"""What people and agents of the demo say: comments, reasons, mail."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ANSWERS",
    "APPROVALS",
    "BLOCKERS",
    "COLLEAGUE",
    "DAEMON",
    "FAILURES",
    "FINDINGS",
    "MAIL",
    "PEOPLE",
    "PROGRESS",
    "QUESTIONS",
    "RETURNS",
    "STARTS",
    "Agent",
    "crew",
]

COLLEAGUE = "mira"
DAEMON = "daemon"
PEOPLE = ("mira", "jonas", "you")

STARTS = (
    "Picking this up.",
    "Reading the code around it first.",
    "On it. Plan: a failing test, then the smallest change that turns it green.",
    "Starting; the last attempt left a branch, building on that.",
)
PROGRESS = (
    "Test written, it fails for the right reason.",
    "Half way: the happy path works, edge cases next.",
    "Found the cause. It is the cache key: it lacks the tenant.",
    "Refactored the call sites (7 files), behaviour unchanged so far.",
    "CI is green on the branch, 214 passed.",
    "Benchmarks: 41 ms before, 12 ms after.",
    "Had to touch the migration; it stays compatible with the running version.",
    "Rebased on main, one conflict in `billing/totals.py`.",
    "Added a property test; it found two more cases.",
    "Docs updated, with an example that CI runs.",
)
FINDINGS = (
    "Tests green, opening the pull request.",
    "Done here. The burst test is skipped on CI, see the note in the test.",
    "Ready: all boxes of the criteria are ticked.",
    "Finished; two follow-ups are worth a task of their own.",
    "Works on staging, checked with the data of three accounts.",
)
QUESTIONS = (
    "Should this be behind a flag for the first week?",
    "Does it have to work for archived accounts as well?",
    "Who decides on the wording?",
    "Is there a limit we want to promise in the docs?",
)
ANSWERS = (
    "Yes, please, and off by default.",
    "Only for active ones; say so in the error.",
    "Go on as you proposed.",
    "Ask support, they had the case on Monday.",
    "No promise, but log it when it goes above 500.",
)
APPROVALS = (
    "Looks good, thank you.",
    "Read it twice; the test convinced me.",
    "Fine. Ship it before the freeze.",
    "Good. One nit in the name, not worth another round.",
)
RETURNS = (
    "The second criterion is not met yet: nothing tests the expiry.",
    "Please split it, this is two changes in one.",
    "Breaks the export for guests, see the recording.",
    "The name on the button says the opposite of what it does.",
)
BLOCKERS = (
    "waits for the sandbox account of the bank",
    "staging is down, see the ops board",
    "needs a decision on prices from sales",
    "the API key for the test account has expired",
    "legal has to look at the wording first",
)
FAILURES = (
    "cannot reproduce it on three machines; logs attached",
    "tests pass here and fail in CI, out of ideas after 6 attempts",
    "ran out of context half way; the branch has what there is",
)
MAIL = (
    "The branch for #{seq} is up, could you take the QA part next?",
    "#{seq} touches the totals as well; mind the merge.",
    "Blocked on #{seq}, will look at something else meanwhile.",
    "Heads-up: the fixture for #{seq} moved to tests/billing.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A simulated agent: its name, what it is there for, and the stages it looks at first."""

    name: str
    role: str
    stages: tuple[str, ...]


_ENGINEER = ("build", "review", "brainstorm", "triage", "draft", "in-progress")
_TESTER = ("qa", "review", "build", "triage")
_WRITER = ("wish", "draft", "brainstorm", "planning", "build")
_CREW = (
    ("eng", "engineer", _ENGINEER),
    ("eng", "engineer", _ENGINEER),
    ("qa", "tester", _TESTER),
    ("spec", "writer", _WRITER),
    ("eng", "engineer", _ENGINEER),
)


def crew(count: int) -> tuple[Agent, ...]:
    """The first `count` agents: eng-1, eng-2, qa-1, spec-1, eng-3, and so on."""
    numbers: dict[str, int] = {}
    members = []
    for index in range(count):
        prefix, role, stages = _CREW[index % len(_CREW)]
        numbers[prefix] = numbers.get(prefix, 0) + 1
        members.append(Agent(name=f"{prefix}-{numbers[prefix]}", role=role, stages=stages))
    return tuple(members)
