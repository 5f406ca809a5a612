"""Every command that reads has an answer in their database, and never a traceback."""

from __future__ import annotations

import json

from tests import foreign
from tests.cli.conftest import Cli

LISTS = (
    *("status", "db status", "db migrations", "task list --all-projects", "board list"),
    *("task list --all-projects --filter stale", "task list --all-projects --filter !locked"),
    *("project list", "type list", "tag list", "agent list", "team list"),
    *("conversation list", "mail inbox", "notify list", "schedule list"),
    *("schedule history", "app list", "event list --limit 1000", "session list", "session cost"),
    *("session search boo", "metrics flow", "metrics cycle", "metrics throughput"),
    *("metrics age", "metrics machine"),
)
SHOWN = (
    *(f"board show {name}" for name in foreign.BOARDS),
    *("type show odd", "project show acme", "schedule show s1", "schedule show s2"),
    *(
        "schedule history s2",
        "agent show a2 --all-projects",
        "team show t1 --all-projects",
        "conversation show c/1",
    ),
    *("session show s-1", "app show n", "task log plain", "export --project acme --board odd"),
    "export --project acme",
)


def answers(cli: Cli, *arguments: str) -> str | None:
    """What is wrong with a command's answer."""
    found = cli(*arguments)
    wrong = found.code or "Traceback" in found.err
    if not wrong and "--json" in arguments and arguments[0] != "event":
        json.loads(found.out)
    return f"{' '.join(arguments)}: exit {found.code}: {found.err[-1500:]}" if wrong else None


def test_every_command_that_reads_answers(cli: Cli) -> None:
    asked = [tuple(line.split()) for line in LISTS]
    asked += [(*line.split(), "--json") for line in LISTS[::2]]
    asked += [tuple(line.split()) for line in SHOWN]
    asked += [("task", "show", id_) for id_ in foreign.IDS]
    wrong = [found for one in asked if (found := answers(cli, *one)) is not None]
    assert wrong == [], "\n".join(wrong)
