"""Writes docs/keys.md, configuration.md and events.md from what the program has.

python -m docs.lists            write the files
python -m docs.lists --check    fail where one is not current
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from genie_tui.domain.changes import CHANNELS, EventKind
from genie_tui.settings import NOTIFY
from genie_tui.ui.keymap import MODULES, shown

__all__ = ["FILES", "configuration", "events", "keys"]

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "docs"

WHERE = {
    "everywhere": "Everywhere, and on every task",
    "board": "Board",
    "activity": "Activity",
    "task": "Task",
    "triage": "Triage",
    "graph": "Graph",
    "messages": "Messages",
    "agents": "Agents",
    "metrics": "Metrics",
    "registry": "Registry",
    "schedules": "Schedules",
    "sessions": "Sessions",
    "columns": "Board editor",
    "lists": "In every list",
    "asking": "In a question or a prompt",
}

VARIABLES = {
    "GENIE_HOME": "Where everything lives; `~/.genie` without it.",
    "GENIE_PG_PORT": "The server's port, 19642 without it; or the next free one of three.",
    "GENIE_DATABASE_URL": "Another PostgreSQL, never started or stopped; as `--dsn`.",
    "GENIE_LISTEN_URL": "The same database without the pooler that leads to it; as `--listen-dsn`.",
    "GENIE_AGENT_NAME": "The agent that acts; without it whoever is logged in, a person.",
    "GENIE_RUN_ID": "The name under which locks are held; made from the actor without it.",
    "GENIE_MAX_CONCURRENT": "How many commands of schedules a daemon runs at once; 5 without it.",
    "GENIE_TEST_SCHEMA": "A schema of the database to work in, for tests of Genie's clients.",
    "NO_COLOR": "No colours, whatever it is set to; every fact is told by text as well.",
    "VISUAL": "Your editor, for `ctrl-e` and for comments without a text.",
    "EDITOR": "The same, where VISUAL is not set.",
}

ENTRIES = {
    "theme": (
        "text",
        "`genie-dark`, `genie-light`, or one of Textual's own; else the last chosen.",
    ),
    "ascii": ("true or false", "Plain substitutes for the marks, as `--ascii`."),
    "reduced_motion": ("true or false", "Nothing blinks, and no card lights up when it moves."),
    "notify": (
        "a table",
        f"{', '.join(f'`{n}`' for n in sorted(NOTIFY))}: how you are called; all on.",
    ),
    "scheduler": ("a table", "`classes`: of a concurrency class so many runs at once."),
    "keys": ("a table", "Binding ids and their keys; see [the keys](keys.md)."),
}

TOLD = {
    "genie_trigger_due": ("trigger", "A trigger was made, or is due at another time."),
    "genie_audit_event": (
        "entity type : event type : entity",
        "A row of `audit_events` was written.",
    ),
    "genie_task_stage": ("task : stage left : stage entered", "A task entered a stage."),
    "genie_message": ("conversation : message : sender", "Somebody said something."),
    "genie_task_dep": (
        "operation, task's id, the other's id, kind",
        "`task_dependencies` changed.",
    ),
    "genie_agent_state": ("agent : state before : state now", "An agent's state changed."),
    "genie_mailbox_delivery": ("recipient : letter", "A letter was delivered."),
    "tui_task_change": ("tasks, or * for all", "Cards that look different now."),
}

KINDS = {
    "stage": "a task entered another stage",
    "message": "somebody commented, or wrote into a conversation",
    "dependency": "a task waits for another, or does not any more",
    "checkout": "a lock was taken, renewed, given back, broken, or expired",
    "run": "a schedule's command began or ended",
    "task": "a task was made, edited, blocked, finished, or deleted",
    "agent": "an agent's state changed",
    "mail": "a letter was delivered",
    "tool": "an agent used a tool, or asked a model",
    "other": "anything else in the audit log",
}


def keys() -> str:
    """Every binding by the screen on which it works."""
    parts = [
        "# Keys\n",
        "Written by `python -m docs.lists`. Under `[keys]` in `tui.toml` an id gets other keys; see"
        " [configuration](how-to/configuration.md). `?` shows those that work where one is.\n",
    ]
    seen: set[str] = set()
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        rows = []
        for key in (key for group in module.TOGETHER for key in group):
            if key.id not in seen:
                seen.add(key.id)
                names = " ".join(f"`{shown(one)}`" for one in key.keys.split(","))
                rows.append(f"| {names} | `{key.id}` | {key.says} |")
        if rows:
            parts.append(f"## {WHERE[name]}\n")
            parts.append("\n".join(["| keys | id | does |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def configuration() -> str:
    """Environment variables and the entries of tui.toml.

    Raises:
        ValueError: the program reads others than are told of.
    """
    source = (ROOT / "genie_tui" / "settings.py").read_text(encoding="utf-8")
    _same(set(re.findall(r'env\.get\("(\w+)"', source)), set(VARIABLES), "variables")
    _same(set(re.findall(r'file\.get\("(\w+)"', source)), set(ENTRIES), "entries of tui.toml")
    parts = [
        "# Configuration\n",
        "Written by `python -m docs.lists`. Options win over the environment, the environment over"
        " `tui.toml` in the home; [the options](commands.md#options-of-every-command) stand with"
        " the commands.\n",
        "## Environment\n",
        "\n".join(
            [
                "| variable | means |",
                "|---|---|",
                *(f"| `{n}` | {t} |" for n, t in VARIABLES.items()),
            ]
        ),
        "\n`PGPASSFILE`, `PGSERVICEFILE` and the rest that libpq reads complete a `--dsn`.\n",
        "## tui.toml\n",
        "\n".join(
            [
                "| entry | takes | means |",
                "|---|---|---|",
                *(f"| `{name}` | {kind} | {text} |" for name, (kind, text) in ENTRIES.items()),
            ]
        ),
        "",
    ]
    return "\n".join(parts)


def events() -> str:
    """The channels of NOTIFY with their payloads, and the kinds of events.

    Raises:
        ValueError: the program knows others than are told of.
    """
    _same(set(CHANNELS), set(TOLD), "channels")
    _same({kind.value for kind in EventKind}, set(KINDS), "kinds of events")
    parts = [
        "# Events\n",
        "Written by `python -m docs.lists`.\n",
        "## Channels\n",
        "Every change is announced by PostgreSQL's NOTIFY when its transaction commits. A"
        " payload's parts, mostly ids, are divided by colons, ids of tasks by commas. It is a hint"
        " to read the row, never the truth by itself.\n",
        "\n".join(
            [
                "| channel | payload | says |",
                "|---|---|---|",
                *(f"| `{name}` | {parts} | {text} |" for name, (parts, text) in TOLD.items()),
            ]
        ),
        "\n`tui_task_change` is genie-tui's own; the others belong to every Genie client.\n",
        "## Kinds\n",
        "What `event list --kind` and the Activity screen tell apart:\n",
        "\n".join(["| kind | is |", "|---|---|", *(f"| `{k}` | {t} |" for k, t in KINDS.items())]),
        "",
    ]
    return "\n".join(parts)


def _same(found: set[str], told: set[str], what: str) -> None:
    if found != told:
        raise ValueError(f"{what} differ: {sorted(found ^ told)}")


FILES = {
    PLACE / "keys.md": keys,
    PLACE / "configuration.md": configuration,
    PLACE / "events.md": events,
}


if __name__ == "__main__":
    for file, written in FILES.items():
        if "--check" not in sys.argv:
            file.write_text(written(), encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != written():
            sys.exit(f"{file} is not current; python -m docs.lists writes it")
