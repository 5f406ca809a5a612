"""Commands that act on many tasks: named one by one, or by a filter; on all of them or on none.

@click.command(cls=Command)
@bulk.tasks
@click.argument("stage", type=arguments.STAGE)
@pass_settings
def move(settings: Settings, chosen: Chosen, stage: str) -> None:
    async def one(here: Here, task: Seen, override: bool) -> Outcome: …

    bulk.act(settings, chosen, one, doing=f"move {{}} to {stage}")
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, ParamSpec, TypeVar

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, can_ask, confirm
from genie_tui.cli.options import wants_json
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain.filters import Field, Filter, Number, OneOf
from genie_tui.domain.text import clean
from genie_tui.errors import Conflict, GenieError, NotFound, Refused
from genie_tui.services import bulk
from genie_tui.services.bulk import Seen
from genie_tui.services.selecting import select
from genie_tui.services.task_objects import objects
from genie_tui.settings import Settings

__all__ = [
    "OVERRIDE",
    "Chosen",
    "Outcome",
    "Verb",
    "act",
    "said",
    "shortened",
    "tasks",
]

P = ParamSpec("P")
R = TypeVar("R")

SHOWN = 20
"""Of more tasks than these, the rest is counted."""

TITLE_AT_MOST = 60
"""Characters of a title within a sentence."""

OVERRIDE = click.option("--override", is_flag=True, help="Insist, where a person may.")
"""The option of commands that a person may insist on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which tasks a command was told to act on: by references, or all that a filter lets through.

    Closed tasks are among the latter where the filter names their status or number, or with
    `closed`.
    """

    references: tuple[str, ...]
    wanted: Filter | None
    yes: bool
    closed: bool = False

    @property
    def one(self) -> bool:
        """A single task was named, so that its object is the answer, and not a list."""
        return self.wanted is None and len(self.references) == 1

    async def ids(self, here: Here) -> tuple[str, ...]:
        """The ids of the tasks that are meant now.

        Raises:
            NotFound: there are none.
            GenieError: some references mean none, or several; all these are listed.
        """
        if self.wanted is None:
            return await _named(here, self.references)
        if not (found := await self.matching(here, self.wanted)):
            raise NotFound(f"no task matches {str(self.wanted)!r}; 'task list' shows what there is")
        return found

    async def matching(self, here: Here, wanted: Filter) -> tuple[str, ...]:
        """The ids of those that the filter lets through, in the order of the board."""
        scope = await here.scope()
        return await select(
            here.conn,
            wanted,
            project_id=scope,
            repo_path=await here.repository() if scope == "" else None,
            board=await here.board(),
            me=here.me,
            closed=self.closed or _asks_for_closed(wanted),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of acting on a task: in words, and what its object is given beside its columns.

    `refused`: it was not done, but something was written all the same.
    """

    text: str
    more: Mapping[str, object] = field(default_factory=dict)
    refused: bool = False


Verb = Callable[[Here, Seen, bool], Awaitable[Outcome]]
"""Acts on a task, which is held; the last argument is true where a person insists."""


def tasks(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `REF…`, --filter and --yes, of which its parameter `chosen` is made."""

    def chosen_first(*given: Any, **options: Any) -> Any:
        chosen = Chosen(
            references=options.pop("references"),
            wanted=options.pop("wanted"),
            yes=options.pop("yes"),
        )
        if (chosen.wanted is None) == (not chosen.references):
            raise click.UsageError("name the tasks, or choose them by --filter")
        return command(*given, chosen=chosen, **options)

    named = click.argument("references", metavar="[REF]...", nargs=-1, type=arguments.TASK)
    filtered = click.option(
        "--filter", "wanted", type=arguments.FILTER, help="Those that match, after asking."
    )
    return named(filtered(YES(update_wrapper(chosen_first, command))))


def shortened(title: str) -> str:
    """A title within a sentence."""
    shown = clean(title)
    return shown if len(shown) <= TITLE_AT_MOST else f"{shown[: TITLE_AT_MOST - 1]}…"


def said(task: Seen, *, changed: bool, now: str, already: str | None = None) -> Outcome:
    """What came of a verb that changes a task or finds it so: `#12 is blocked`."""
    return Outcome(text=f"#{task.seq} {now if changed else already or f'{now} already'}")


def act(
    settings: Settings, chosen: Chosen, verb: Verb, *, doing: str, override: bool = False
) -> None:
    """Act on the tasks that were chosen, in one transaction, and print what came of it.

    What a filter chose is shown first, and confirmed; `doing` says in words what would be done to
    `{}`. Where a person may insist, they are asked on a terminal.

    Raises:
        GenieError: a task refuses, or is not as it was shown; nothing was done.
    """
    shown: list[Seen] = []
    if chosen.wanted is not None and not chosen.yes:
        shown.extend(within(settings, lambda here: _look(here, chosen)))
        _ask(shown, doing)

    def attempt(insist: bool) -> Answer:
        return within(settings, lambda here: _carry_out(here, chosen, verb, insist, shown))

    reply(_insisting(attempt, override=override))


def _insisting(attempt: Callable[[bool], R], *, override: bool) -> R:
    """What an attempt gives; where it is refused to one who may insist, they are asked.

    `attempt` is given whether they insist, and is not in a transaction while they are asked.

    Raises:
        Refused: they may not, or do not; or nobody can be asked.
    """
    try:
        return attempt(override)
    except Refused as error:
        if override or not error.override:
            raise
        if not can_ask():
            hint = f"{error}; --override insists"
            raise type(error)(hint, reasons=error.reasons, override=True) from error
        confirm(f"{error}.")
    return attempt(True)


async def _named(here: Here, references: Sequence[str]) -> tuple[str, ...]:
    """The ids that references mean, each once, in their order."""
    ids: dict[str, None] = {}
    unknown: dict[str, GenieError] = {}
    for reference in references:
        try:
            ids[await here.task(reference)] = None
        except GenieError as error:
            unknown[reference] = error
    if unknown:
        raise bulk.together(unknown, of=len(references), what="are not known")
    return tuple(ids)


def _asks_for_closed(wanted: Filter) -> bool:
    tests = [term.test for term in wanted.terms if not term.negated]
    return any(
        isinstance(test, Number) or (isinstance(test, OneOf) and test.field is Field.STATUS)
        for test in tests
    )


async def _look(here: Here, chosen: Chosen) -> tuple[Seen, ...]:
    return await bulk.see(here.conn, await chosen.ids(here))


def _ask(seen: Sequence[Seen], doing: str) -> None:
    """Show what would be acted on, beside what is printed at the end, and ask."""
    if can_ask():
        called = bulk.names(seen)
        rows = [
            (called[task.id], task.title, task.stage, task.status, task.priority)
            for task in seen[:SHOWN]
        ]
        with redirect_stdout(sys.stderr):
            write_table(("task", "title", "stage", "status", "priority"), rows, flexible=("title",))
            if len(seen) > SHOWN:
                click.echo(f"… and {len(seen) - SHOWN} more")
    confirm(f"This would {doing.replace('{}', output.counted(len(seen), 'task'), 1)}.")


async def _carry_out(
    here: Here, chosen: Chosen, verb: Verb, insist: bool, shown: list[Seen]
) -> Answer:
    """Act on the tasks as they were shown, else on those that are meant now."""
    held = await _hold(here, chosen, shown)
    shown[:] = held
    with output.progress() as say:
        outcomes = await bulk.act(
            here.conn, held, lambda task: verb(here, task, insist), progress=say
        )
    return Answer(
        value=await _objects(here, chosen, held, outcomes),
        text=_text([outcome.text for outcome in outcomes]),
        error=_refusal(outcomes),
    )


async def _hold(here: Here, chosen: Chosen, shown: Sequence[Seen]) -> tuple[Seen, ...]:
    """The tasks, held; those that were shown must be as they were then.

    Raises:
        Conflict: they are not.
        NotFound: one is gone.
    """
    ids = [task.id for task in shown] or await chosen.ids(here)
    held = await bulk.hold_all(here.conn, ids)
    still = set(await chosen.matching(here, chosen.wanted)) if chosen.wanted is not None else None
    if shown and (lines := bulk.changed_since(shown, held, still)):
        listed = "\n  ".join(lines)
        raise Conflict(f"not as it was shown any more, so nothing was done:\n  {listed}")
    if still is not None:
        return tuple(task for task in held if task.id in still)
    if len(held) < len(ids):
        raise NotFound("one of the tasks was deleted just now; nothing was done, look again")
    return held


async def _objects(
    here: Here, chosen: Chosen, acted_on: Sequence[Seen], outcomes: Sequence[Outcome]
) -> object:
    """The tasks after the act, as --json prints them; of one that is deleted, the id."""
    if not wants_json():
        return None
    found = {task["id"]: task for task in await objects(here.conn, [t.id for t in acted_on])}
    answers = [
        {**found.get(task.id, {"id": task.id}), **outcome.more}
        for task, outcome in zip(acted_on, outcomes, strict=True)
    ]
    return answers[0] if chosen.one else answers


def _text(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN
    return "\n".join([*lines[:SHOWN], *([f"… and {more} more"] if more > 0 else [])])


def _refusal(outcomes: Sequence[Outcome]) -> Refused | None:
    """What is told of tasks that were refused, although what they wish is kept."""
    refused = [outcome.text for outcome in outcomes if outcome.refused]
    if len(outcomes) == 1 or not refused:
        return Refused(refused[0]) if refused else None
    others = [outcome.text for outcome in outcomes if not outcome.refused]
    head = f"{len(refused)} of {len(outcomes)} tasks did not go on; what they wait for is recorded:"
    return Refused("\n  ".join([head, *refused, *others]), reasons=tuple(refused))
