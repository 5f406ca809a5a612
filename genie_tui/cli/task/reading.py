"""Tasks looked at: listed, shown in full, and their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import click

from genie_tui.cli import arguments
from genie_tui.cli.options import Command
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.filters import Field, Filter, Number, OneOf, Term, fold
from genie_tui.services.selecting import Order, Which, select
from genie_tui.services.task_objects import objects

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["find_tasks", "list_", "log", "show"]

COLUMNS = (
    "task",
    "priority",
    "stage",
    "status",
    "lock",
    "waits",
    "assignees",
    "due",
    "tags",
    "title",
)
FLEXIBLE = ("stage", "lock", "waits", "assignees", "tags", "title")
OPTIONAL = ("tags", "assignees", "due", "waits", "priority", "lock")
"""In the order in which they go where there is no room for all."""


@click.command("list", cls=Command)
@click.option(
    "--filter", "wanted", type=arguments.FILTER, help="Those that match, as on the board."
)
@click.option("--stage", multiple=True, type=arguments.STAGE, help="Those in this stage.")
@click.option("--status", multiple=True, type=arguments.STATUS, help="Those of this status.")
@click.option("--priority", multiple=True, type=arguments.PRIORITY, help="Those of this priority.")
@click.option("--tag", multiple=True, type=arguments.TAG, help="Those with this tag.")
@click.option("--assignee", type=arguments.ACTOR, help="Those assigned to NAME; @me is you.")
@click.option("--release", type=arguments.RELEASE, help="Those of this release.")
@click.option("--all", "closed", is_flag=True, help="Those that are done or cancelled, too.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(get_args(Order)),
    default="board",
    show_default=True,
    help="In which order.",
)
@click.option("--reverse", is_flag=True, help="The last one first.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="So many at most.")
@transaction
async def list_(here: Here, /, **asked: Any) -> Answer:
    """List the open tasks of this repository's project, or of --project, or --all-projects.

    With --board, those on that board. An option that is given twice lets either through; several
    options must all hold. Done and cancelled tasks are listed with --all, or where --status, or a
    number or status in the filter, asks for them. In the filter, ~tkrf finds "Token refresh" by
    letters of the title in their order, near to each other or where words begin. With --json: a
    list of tasks.

    \b
    genie-tui task list
    genie-tui task list --filter 'p:high,urgent !blocked due:<3d'
    genie-tui task list --stage build --stage review --assignee @me --json
    """
    scope = await here.scope()
    tasks = await find_tasks(here, scope, asked)
    return Answer(value=tasks, text=_table(tasks) if tasks else _nothing(here, scope))


async def find_tasks(
    here: Here, scope: str | None, asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The tasks of a scope that what was asked for lets through; its names are `list`'s options."""
    which = await _which(here, scope, asked)
    found = await select(here.conn, _where(asked), me=here.me, **which)
    return await objects(here.conn, found)


async def _which(here: Here, scope: str | None, asked: Mapping[str, Any]) -> Which:
    assignee = asked["assignee"]
    return {
        "project_id": scope,
        "repo_path": await here.repository() if scope == "" else None,
        "board": await here.board(),
        "release": asked["release"],
        "assignee": here.actor(assignee).id if assignee is not None else None,
        "closed": asked["closed"] or _asks_for_closed(_where(asked)),
        "order": asked["order"],
        "reverse": asked["reverse"],
        "limit": asked["limit"],
    }


_FIELDS = {
    "stage": Field.STAGE,
    "status": Field.STATUS,
    "priority": Field.PRIORITY,
    "tag": Field.TAG,
}


def _where(asked: Mapping[str, Any]) -> Filter:
    """The filter, and beside it the options that say the same as one of its terms."""
    terms = [
        Term(test=OneOf(field=field, values=tuple(map(fold, asked[name]))))
        for name, field in _FIELDS.items()
        if asked[name]
    ]
    return Filter(terms=(*(asked["wanted"].terms if asked["wanted"] else ()), *terms))


def _asks_for_closed(where: Filter) -> bool:
    tests = [term.test for term in where.terms if not term.negated]
    return any(
        isinstance(test, Number) or (isinstance(test, OneOf) and test.field is Field.STATUS)
        for test in tests
    )


def _nothing(here: Here, scope: str | None) -> Callable[[], None]:
    """A hint beside the list, which is empty."""
    hint = "no such task is open; --all lists those that are closed, --all-projects those elsewhere"
    if scope == "" and here.settings.board is None:
        hint = "no tasks here yet; 'genie-tui task create TITLE' makes the first"
    return lambda: click.echo(hint, err=True)


def _table(tasks: Sequence[dict[str, Any]]) -> Callable[[], None]:
    from genie_tui.cli.tables import write_table
    from genie_tui.cli.task import words

    now = datetime.now(UTC)
    many = len({task["repo_path"] for task in tasks}) > 1
    rows = [
        (
            words.name(task, with_project=many),
            words.priority(task),
            task["stage"],
            task["status"],
            words.lock(task, now),
            words.waits(task),
            ", ".join(words.people(task, "assignee")),
            words.due(task, now),
            ", ".join(task["tags"]),
            task["title"],
        )
        for task in tasks
    ]
    return lambda: write_table(COLUMNS, rows, flexible=FLEXIBLE, optional=OPTIONAL)


@click.command(cls=Command)
@click.argument("references", metavar="REF...", nargs=-1, required=True, type=arguments.TASK)
@transaction
async def show(here: Here, references: tuple[str, ...]) -> Answer:
    """Show tasks in full: fields, people, lock, dependencies, children, comments and last stages.

    With --json: the task as `task list` has it, and with it `parent`, `children`, `dependencies`
    (what it waits for), `dependents` (what waits for it), `related`, `comments` and `log`; a list
    of these where several were named.

    \b
    genie-tui task show 12
    genie-tui task show '#12' 'acme#7' task-1a2b --json
    """
    from genie_tui.cli.task import picture
    from genie_tui.services.task_details import details_of

    tasks = [await details_of(here.conn, task_id) for task_id in await here.tasks(references)]
    value = tasks[0] if len(references) == 1 else tasks
    return Answer(value=value, text=lambda: picture.write(tasks, datetime.now(UTC)))


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@click.option("--events", is_flag=True, help="With what the audit log tells of it.")
@transaction
async def log(here: Here, reference: str, events: bool) -> Answer:
    """Show through which stages a task went, and how long it was in each.

    With --json: `stages` (stage, entered_at, left_at, seconds) and the rows of its stage log,
    `log`; with --events also `events`, its rows of the audit log.

    \b
    genie-tui task log 12
    genie-tui task log 12 --events --json
    """
    from genie_tui.cli.task import picture
    from genie_tui.services import task_details as details

    task_id = await here.task(reference)
    (task,) = await objects(here.conn, [task_id])
    rows = await details.stage_rows(here.conn, task_id)
    stays = details.stays(task, rows, datetime.now(UTC))
    value: dict[str, Any] = {"id": task_id, "seq": task["seq"], "stages": stays, "log": rows}
    told: Sequence[tuple[datetime, str]] = ()
    if events:
        value["events"] = await details.audit_rows(here.conn, task_id)
        told = await details.audit_lines(here.conn, task_id)
    return Answer(value=value, text=lambda: picture.write_history(stays, rows, told))
