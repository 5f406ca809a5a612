"""The audit log: what was done, by whom; and what a change can be undone from.

Rows are (entity_type, event_type) with details, `actor` being the actor's id. Of tasks:

    created          {title, stage}
    stage_change     {from, to}
    checkout         {run}             the lock was taken; a renewal writes nothing
    checkout_expired {run, since}      a lock was over: taken by another, or swept
    released         {run}             by its owner
    unlocked         {run}             by force
    blocked          {reason}          unblocked {}
    done, cancelled  {}                failed {reason}          reopened {}
    approval         {kind, stage}     a word for going on, where that did not move the task
    priority         {from, to}
    edited           {fields}          before and after hold them all; undo gives back priority
    deleted          {title, seq, project, parent_id}  one for each task that went
    tagged, untagged {tag}
    actor_added, actor_removed  {type, id, role};  assigned, unassigned  where the role is assignee
    dependency_added, dependency_removed  {depends_on, type}
    undo             {events}          redo {undo}

and of projects (`project`), all with the `name` that it had:

    created          {repo_path}
    imported         {tasks, boards}
    edited           {tasks}           before and after hold what was changed; so many tasks
                                       followed it to another repository
    deleted          {repo_path}

Of task types (`task_type`), all with `name`:

    created          {stages}          their names
    edited           before and after hold what was changed
    stage_renamed    {stage, tasks}    before and after hold its `name`; so many tasks without a
                                       board followed, with no rows of their own
    deleted

Of tags (`tag`), all with `name`:

    created          {color, type_id}
    edited           before and after hold what was changed
    deleted          {tasks}           so many lost it, with no rows of their own

Of saved views (`view`), all with the `name` that they had:

    created          {filter}
    edited           before and after hold its name, where it was renamed; else what it shows was
                     replaced, by a `filter` and more
    deleted

Of preferences (`notification_preference`, entity_id being the actor's):

    set, removed     {type, channel}   before and after hold what was changed

Of conversations (`conversation`), all with the `name` that they had, or the id where none:

    created          {members}         the ids of those who were taken in; of groups alone
    edited           before and after hold the name
    member_added, member_removed  {type, id, role}
    role_changed     {type, id, from, to}

What is said has rows of its own, and so has who becomes a member by saying it; a message that was
taken back leaves `message` deleted {length}, of its characters. Mail and chat leave none.

That a task is put into a release, or out of it, is an edit of it. Of boards (`board`), all with
the `name` that it had:

    created, deleted
    imported         {tasks}           so many came with it, with no rows of their own
    edited           before and after hold what was changed of the board
    column_added     {column}          after holds the column
    column_edited    {column, tasks}   before and after hold its keys that were changed; so many
                                       tasks followed its new name, with no rows of their own
    column_moved     {column, from, to}  in the order of the columns, from 0
    column_removed   {column, to, tasks}  before holds it; each of the tasks has a stage_change,
                                       which cannot be undone
    reconciled       {repaired, orphaned}  how many tasks

and of board templates (`board_template`) created, edited and deleted. Of the registry's items
(`app`), all with the `name` that they had:

    added, removed   {version}
    upgraded         {from, to}        versions
    activated, deactivated

A change that can be undone has `before` and `after` too: of the task's columns that it changed
(times in ISO 8601), `tag:ID`, or `actor:TYPE:ID:ROLE` (true where there was such a row). The rows
of one transaction are one change, on however many tasks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.actors import Actor

__all__ = ["json_value", "record"]

RECORD = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
    VALUES (%(entity_type)s, %(entity_id)s, %(event)s, %(actor)s, %(details)s)
"""


async def record(
    conn: AsyncConnection,
    entity_id: str,
    event: str,
    actor: Actor | None,
    details: Mapping[str, Any] | None = None,
    *,
    entity_type: str = "task",
) -> None:
    """Write one row; `actor` None where the program acts by itself."""
    params = {
        "entity_type": entity_type,
        "entity_id": entity_id,
        "event": event,
        "actor": actor.id if actor else None,
        "details": json_value(details or {}),
    }
    await conn.execute(RECORD, params)


def json_value(value: Any) -> Jsonb:
    """A jsonb parameter; times become ISO 8601."""
    return Jsonb(value, dumps=_dumps)


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an audit row")


_dumps = partial(json.dumps, default=_iso)
