"""Writes docs/commands.md: every command as its own help has it.

python -m docs.reference            write the file
python -m docs.reference --check    fail where it is not current
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from genie_tui import errors
from genie_tui.cli import main
from genie_tui.cli.options import LazyGroup

__all__ = ["FILE", "Entry", "entries", "examples", "reference"]

FILE = Path(__file__).with_name("commands.md")

WIDTH = 96
"""Of lines within blocks."""

BLOCK = "\b\n"
"""How a paragraph begins whose lines click leaves as they are: an example."""

HEAD = """\
# Commands

Written by `python -m docs.reference` from the help of the commands; `genie-tui COMMAND --help`
shows the same.

A task is named `#12` or `12` in this repository, `name#12` in the project of that name, or by its
id or the beginning of it. Lengths of time are written `90s`, `10m`, `1h30m`, `2d`. Everything that
is read by programs is printed with `--json`: one JSON value, in which columns have their own names
and times are ISO 8601 in UTC.

{contents}
## Options of every command

They stand before the command's name or after it.

```text
{options}```

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | the command line cannot be understood |
| 3 | not found, or nothing to do |
| 4 | a conflict, or refused: by a gate, a lock, a dependency, or because nobody could be asked |
| 5 | no database |
| 130 | interrupted |

## Errors

They go to standard error as `error: what happened; what to do about it`, and with `--json` as one
object:

```json
{{"error": {{"code": "not_found", "message": "no task #12 in /work/acme; …"}}}}
```

| code | exit code | means |
|---|---|---|
{errors}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command or group, and how it is called."""

    command: click.Command
    context: click.Context

    @property
    def path(self) -> str:
        """`genie-tui task create`."""
        return self.context.command_path

    @property
    def paragraphs(self) -> list[str]:
        """Its help; examples begin with BLOCK."""
        return inspect.cleandoc(self.command.help or "").split("\n\n")


def entries(command: click.Command = main, parent: click.Context | None = None) -> Iterator[Entry]:
    """A command and all below it, in the order of their groups' help."""
    name = "genie-tui" if parent is None else command.name
    context = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
    yield Entry(command=command, context=context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            if (found := command.get_command(context, below)) is not None:
                found.name = below
                yield from entries(found, context)


def examples(entry: Entry) -> list[str]:
    """The lines of its examples."""
    blocks = [text for text in entry.paragraphs if text.startswith(BLOCK)]
    return [line for block in blocks for line in block.removeprefix(BLOCK).splitlines()]


def reference() -> str:
    """The whole file."""
    program, *commands = entries()
    assert isinstance(program.command, click.Group)
    contents = _contents(program, program.command)
    parts = [HEAD.format(contents=contents, options=_options(program), errors=_errors())]
    parts.extend(_section(entry) for entry in commands)
    return "\n".join(parts)


def _section(entry: Entry) -> str:
    """A heading, how it is called, what it does, its options and examples, what is below it."""
    depth = entry.path.count(" ") + 1
    parts = [f"{'#' * min(depth, 4)} {entry.path}\n"]
    if not isinstance(entry.command, click.Group):
        pieces = entry.command.collect_usage_pieces(entry.context)
        parts.append(f"```text\n{' '.join([entry.path, *pieces])}\n```\n")
    blocks = [text for text in entry.paragraphs if text.startswith(BLOCK)]
    parts.extend(f"{_prose(text)}\n" for text in entry.paragraphs if text not in blocks)
    if options := _options(entry):
        parts.append(f"```text\n{options}```\n")
    parts.extend(f"```sh\n{block.removeprefix(BLOCK)}\n```\n" for block in blocks)
    if isinstance(entry.command, click.Group):
        parts.append(_contents(entry, entry.command))
    return "\n".join(parts)


def _contents(entry: Entry, group: click.Group) -> str:
    """The commands of a group, as its help lists them."""
    lines = []
    for name in group.list_commands(entry.context):
        if isinstance(group, LazyGroup):
            said = group.table[name][1]
        else:
            said = group.commands[name].get_short_help_str(WIDTH)
        lines.append(f"- [{name}](#{entry.path.replace(' ', '-')}-{name}): {_prose(said)}")
    return "\n".join([*lines, ""])


def _prose(text: str) -> str:
    """A paragraph in which nothing is taken for markup."""
    return re.sub(r"([<*_\\]|^#)", r"\\\1", text, flags=re.MULTILINE)


def _options(entry: Entry) -> str:
    formatter = click.HelpFormatter(width=WIDTH)
    options = [param for param in entry.command.params if isinstance(param, click.Option)]
    records = [option.get_help_record(entry.context) for option in options]
    if rows := [record for record in records if record is not None]:
        formatter.write_dl(rows, col_max=34)
    return formatter.getvalue()


def _errors() -> str:
    kinds = [getattr(errors, name) for name in errors.__all__]
    rows = {
        kind.code: (kind.exit_code, (inspect.getdoc(kind) or "").partition(":")[0].split(".")[0])
        for kind in kinds
    }
    rows["internal"] = (1, "A fault of the program's; it names the file to report it with")
    return "\n".join(
        f"| `{code}` | {exit_code} | {said} |" for code, (exit_code, said) in rows.items()
    )


def _current() -> bool:
    return FILE.exists() and FILE.read_text(encoding="utf-8") == reference()


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if _current() else f"{FILE} is not current; python -m docs.reference writes it")
    FILE.write_text(reference(), encoding="utf-8")
