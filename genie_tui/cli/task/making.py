"""Tasks made, edited and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, bulk, output
from genie_tui.cli.asking import confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.task import fields
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain.tasks import holder
from genie_tui.domain.text import clean
from genie_tui.errors import Refused
from genie_tui.services import deleting, dependencies, editing, editor, people, tags, tasks
from genie_tui.services.bulk import Seen
from genie_tui.services.task_objects import object_of, objects

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.settings import Settings

__all__ = ["create", "delete", "edit"]

TEXTS = {"title": "title", "description": "description", "acceptance criteria": "criteria"}
"""What is written in an editor, by its heading there, and the option that says the same."""

NAMED = 10
"""Of more tasks than these, the rest is counted."""


@click.command(cls=Command)
@click.argument("title", required=False)
@click.option("--stage", type=arguments.STAGE, help="Begins there, not in the first.")
@click.option(
    "--type",
    "type_id",
    type=arguments.TASK_TYPE,
    default="software",
    show_default=True,
    help="Which stages it has without a board.",
)
@fields.options(clearing=False)
@click.option(
    "--depends-on", metavar="REF", multiple=True, type=arguments.TASK, help="Waits for it."
)
@click.option("--editor", "by_editor", is_flag=True, help="Write it in your editor.")
@pass_settings
def create(settings: Settings, /, title: str | None, by_editor: bool, **given: Any) -> None:
    """Make a task, ready, in this repository's project: on --board, else on none.

    With --json: the task.

    \b
    genie-tui task create 'refresh tokens' --priority high --tag bug --due friday
    genie-tui task create 'rate limits' --board Sprint-12 --stage wish --assign eng-1
    git log -1 --format=%b | genie-tui task create 'follow up' --description - --parent 12
    """
    if title is None and not by_editor:
        raise click.UsageError("say what is to be done: TITLE, or --editor to write it")
    if not by_editor:
        reply(within(settings, lambda here: _create(here, given | {"title": title})))
        return
    _guard_editor(settings)
    before = {heading: {"title": title, **given}.get(name) or "" for heading, name in TEXTS.items()}
    written = editor.write(settings.editor, before)
    said = {name: written.texts[heading] for heading, name in TEXTS.items()}
    with written.kept():
        answer = within(settings, lambda here: _create(here, given | said))
    reply(answer)


async def _create(here: Here, given: Mapping[str, Any]) -> Answer:
    values = await fields.values(here, given)
    task = await tasks.create_task(
        here.conn,
        await here.repository(),
        actor=here.me,
        board=await here.board(),
        stage=given["stage"],
        type_id=given["type_id"],
        tags=given["tag"],
        assignees=[here.actor(name) for name in given["assign"]],
        due=values.pop("due_date", None),
        **values,
    )
    for other in await here.tasks(given["depends_on"]):
        await dependencies.add_dependency(here.conn, task.id, other, actor=here.me)
    return Answer(
        value=await object_of(here.conn, task.id), text=f"#{task.seq} made in {task.stage}"
    )


@click.command(cls=Command)
@bulk.tasks
@click.option("--title", help="What is to be done.")
@fields.options(clearing=True)
@click.option("--untag", multiple=True, type=arguments.TAG, help="Without this tag.")
@click.option("--unassign", multiple=True, type=arguments.ACTOR, help="No longer to NAME.")
@click.option(
    "--seen",
    type=arguments.DATE,
    metavar="UPDATED_AT",
    help="Refuse what somebody else changed since (its updated_at when you read it).",
)
@pass_settings
def edit(settings: Settings, /, chosen: Chosen, seen: datetime | None, **given: Any) -> None:
    """Change fields of tasks, their tags and people; without any option, in your editor.

    Several tasks are changed alike, all or none. With --json: the task; a list of tasks where
    several were named, or a filter. Where somebody changed the same field since --seen, nothing
    is written (exit 4).

    \b
    genie-tui task edit 12 --priority urgent --due tomorrow --assign @me
    genie-tui task edit 12 --description @notes.md --parent none --untag idea
    genie-tui task edit --filter 'tag:auth stage:wish' --release 1.2
    """
    asked = [name for name, value in given.items() if value is not None and value != ()]
    if not asked:
        _edit_by_hand(settings, chosen)
        return
    if not chosen.one and (given["title"] is not None or seen is not None):
        raise click.UsageError("--title and --seen are for one task; name it")

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        done = await _edit(here, task.id, given, seen)
        text = f"#{task.seq} {'; '.join(done) if done else 'is like that already'}"
        return bulk.Outcome(text=text)

    bulk.act(settings, chosen, one, doing=f"change {', '.join(asked)} of {{}}")


async def _edit(
    here: Here, task_id: str, given: Mapping[str, Any], seen: datetime | None
) -> list[str]:
    """Do to one task what the options say; what came of it, in words."""
    values = await fields.values(here, given)
    changed = await editing.edit_task(here.conn, task_id, values, here.me, since=seen)
    done = [f"edited: {_called(changed)}"] if changed else []
    conn, me = here.conn, here.me
    done += [f"tagged {t}" for t in given["tag"] if await tags.tag(conn, task_id, t, me)]
    done += [f"untagged {t}" for t in given["untag"] if await tags.untag(conn, task_id, t, me)]
    for whom in map(here.actor, given["assign"]):
        done += [f"assigned to {whom.id}"] * await people.assign(conn, task_id, whom, by=me)
    for whom in map(here.actor, given["unassign"]):
        done += [f"taken from {whom.id}"] * await people.unassign(conn, task_id, whom, by=me)
    return done


def _called(columns: Sequence[str]) -> str:
    return ", ".join(column.removesuffix("_id").replace("_", " ") for column in columns)


def _guard_editor(settings: Settings) -> None:
    """No editor is opened where it would be for nothing."""
    if settings.read_only:
        raise Refused("--read-only writes nothing; leave it out to write a task")
    if not editor.can_write():
        raise click.UsageError("an editor needs a terminal; use --title, --description, …")


def _edit_by_hand(settings: Settings, chosen: Chosen) -> None:
    """Edit the texts of one task in an editor, whatever others do meanwhile."""
    if not chosen.one or not editor.can_write():
        raise click.UsageError("say what to change: --title, --priority, --due, …")
    _guard_editor(settings)
    task_id, before = within(settings, lambda here: _texts(here, chosen.references[0]))
    columns = {heading: heading.replace(" ", "_") for heading in TEXTS}
    written = editor.write(
        settings.editor, {heading: before[column] or "" for heading, column in columns.items()}
    )
    values = {
        column: written.texts[heading]
        for heading, column in columns.items()
        if written.texts[heading] != (before[column] or "").strip()
    }

    async def work(here: Here) -> Answer:
        changed = await editing.edit_task(here.conn, task_id, values, here.me, seen=before)
        said = f"edited: {_called(changed)}" if changed else "stays as it was"
        value = await object_of(here.conn, task_id)
        return Answer(value=value, text=f"#{value['seq']} {said}")

    with written.kept():
        answer = within(settings, work)
    reply(answer)


async def _texts(here: Here, reference: str) -> tuple[str, dict[str, Any]]:
    task_id = await here.task(reference)
    return task_id, await editing.fields_of(here.conn, task_id)


@click.command(cls=Command)
@bulk.tasks
@pass_settings
def delete(settings: Settings, chosen: Chosen) -> None:
    """Delete tasks with their children and comments; there is no undo.

    What goes is said first. An agent is refused what another works on. `task cancel` gives a task
    up and keeps it. With --json: the task as it was, with the ids of all that went under
    `deleted`; a list of tasks where several were named, or a filter.

    \b
    genie-tui task delete 12
    genie-tui task delete 12 13 --yes
    """
    doomed = None
    if not chosen.yes:
        doomed = within(settings, lambda here: _what_goes(here, chosen))
        confirm(_warning(doomed))

    async def work(here: Here) -> Answer:
        ids = await chosen.ids(here)
        before = await objects(here.conn, ids)
        seen = doomed.ids if doomed else None
        gone = await deleting.delete_tasks(here.conn, ids, here.me, seen=seen)
        value = [task | {"deleted": sorted(gone.ids)} for task in before]
        return Answer(
            value=value[0] if chosen.one else value,
            text=f"deleted {_listed(gone.tasks)}",
        )

    reply(within(settings, work))


async def _what_goes(here: Here, chosen: Chosen) -> deleting.Doomed:
    return await deleting.what_goes(here.conn, await chosen.ids(here))


def _warning(doomed: deleting.Doomed) -> str:
    """What would be deleted, and what that means to others."""
    parts = [f"This deletes {_listed(doomed.tasks)}"]
    if doomed.comments:
        parts.append(f" and {output.counted(doomed.comments, 'comment')}")
    if doomed.dependents:
        parts.append(f"; {_numbers(doomed.dependents)} would no longer wait for it")
    parts += [
        f"; {clean(holder(task.run_id))} works on #{task.seq}"
        for task in doomed.tasks[:NAMED]
        if task.run_id is not None
    ]
    return f"{''.join(parts)}."


def _listed(going: Sequence[deleting.Going]) -> str:
    """What goes: that which was named, and all that is part of it."""
    many = len({task.project for task in going}) > 1
    said = [
        f"{task.project if many else ''}#{task.seq} {clean(task.title)[:60]}"
        for task in going[:NAMED]
    ]
    return ", ".join(said) + (f" and {len(going) - NAMED} more" if len(going) > NAMED else "")


def _numbers(seqs: Sequence[int]) -> str:
    more = f" and {len(seqs) - NAMED} more" if len(seqs) > NAMED else ""
    return ", ".join(f"#{seq}" for seq in seqs[:NAMED]) + more
