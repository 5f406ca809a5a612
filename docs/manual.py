"""Writes man/genie-tui.1, the manual page, from the help of the commands.

python -m docs.manual            write the file
python -m docs.manual --check    fail where it is not current
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from docs.reference import BLOCK, Entry, entries
from genie_tui import __version__
from genie_tui.cli.options import LazyGroup

__all__ = ["FILE", "manual"]

FILE = Path(__file__).parents[1] / "man" / "genie-tui.1"

HEAD = """\
.\\" Written by python -m docs.manual from the help of the commands.
.TH GENIE-TUI 1 "" "genie-tui {version}" "Genie"
.SH NAME
genie-tui \\- the control room for people and coding agents who share one task board
.SH SYNOPSIS
.B genie-tui
.RI [ OPTIONS ]
.br
.B genie-tui
.RI [ OPTIONS ]
.I COMMAND
.RI [ ARGUMENTS ]
.SH DESCRIPTION
Without a command it opens the dashboard on the board of the repository in which it is called. With
one it does the same for agents and scripts. The database is PostgreSQL, which comes along and is
started when something first needs it.
.PP
A task is named #12 or 12 in this repository, name#12 in the project of that name, or by its id or
the beginning of it.
.B genie-tui
.I COMMAND
.B \\-\\-help
tells of each command in full.
"""

TAIL = """\
.SH ENVIRONMENT
.TP
.B GENIE_HOME
Where Genie keeps its data; ~/.genie without it.
.TP
.B GENIE_PG_PORT
The port of the server on 127.0.0.1; 19642 without it.
.TP
.B GENIE_DATABASE_URL
Another PostgreSQL to use, which is never started or stopped; as \\-\\-dsn.
.TP
.B GENIE_LISTEN_URL
The same database without the pooler that leads to it; as \\-\\-listen\\-dsn.
.TP
.B GENIE_AGENT_NAME
The name of the agent that acts; without it, whoever is logged in acts as a person.
.TP
.B GENIE_RUN_ID
The name under which the agent holds its locks.
.TP
.B GENIE_MAX_CONCURRENT
How many commands of schedules the daemon runs at once.
.TP
.B NO_COLOR
No colours.
.SH FILES
.TP
.I ~/.genie/tui.toml
Configuration: theme, keys, notifications.
.TP
.I ~/.genie/data
The database.
.TP
.I ~/.genie/logs
What the server and the daemon wrote.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed.
.TP
.B 2
The command line cannot be understood.
.TP
.B 3
Not found, or nothing to do.
.TP
.B 4
A conflict, or refused: by a gate, a lock, a dependency, or because nobody could be asked.
.TP
.B 5
No database.
.TP
.B 130
Interrupted.
.SH SEE ALSO
.BR psql (1),
.BR tmux (1)
"""


def manual() -> str:
    """The whole page."""
    program, *commands = entries()
    parts = [HEAD.format(version=__version__), ".SH OPTIONS\n", *_options(program)]
    parts.append(".SH COMMANDS\n")
    for entry in commands:
        parts.extend(_command(entry))
    return "".join([*parts, TAIL])


def _command(entry: Entry) -> list[str]:
    name = _plain(entry.path.removeprefix("genie-tui "))
    first = entry.paragraphs[0] if entry.paragraphs else ""
    if isinstance(entry.command, LazyGroup):
        return [f".SS {name}\n", f"{_plain(first)}\n"]
    pieces = entry.command.collect_usage_pieces(entry.context)
    usage = f".B {name}\n.I {_plain(' '.join(pieces))}\n" if pieces else f".B {name}\n"
    parts = [".TP\n", usage, f"{_plain(first)}\n"]
    blocks = [text for text in entry.paragraphs if text.startswith(BLOCK)]
    lines = (line for block in blocks for line in block.removeprefix(BLOCK).splitlines())
    return [*parts, *(f".br\n.I $ {_plain(line)}\n" for line in lines)]


def _options(entry: Entry) -> list[str]:
    options = [param for param in entry.command.params if isinstance(param, click.Option)]
    records = [option.get_help_record(entry.context) for option in options]
    return [f".TP\n.B {_plain(record[0])}\n{_plain(record[1])}\n" for record in records if record]


def _plain(text: str) -> str:
    """A text on one line, in which nothing is taken for a request."""
    line = re.sub(r"\s+", " ", text.replace("\\", "\\e")).replace("-", "\\-")
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _current() -> bool:
    return FILE.exists() and FILE.read_text(encoding="utf-8") == manual()


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if _current() else f"{FILE} is not current; python -m docs.manual writes it")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(manual(), encoding="utf-8")
