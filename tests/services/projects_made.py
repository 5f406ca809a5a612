"""Projects to export, with everything in them that a project can have, and files of them."""

from __future__ import annotations

import io
import json
from typing import Any

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.projects import Project
from genie_tui.services import (
    boards,
    checkout,
    conversations,
    dependencies,
    exporting,
    importing,
    projects,
    stages,
)
from genie_tui.services.importing import Imported
from tests.services.making import ADA, BOB, ENG, REPO, make, make_board, rows

ODD_TITLE = 'tab\t, escape \x1b[31m, c1 \x9b, \u202e, "quoted" \\ 🧞'

ODD = """
    UPDATE tasks
       SET due_date = 'infinity', start_date = '4001-02-29 12:00:00.000001+00 BC',
           metadata = '{"n": 1.10, "big": 1e40, "text": "{}", "nothing": null}',
           title = %(title)s
     WHERE id = %(id)s
"""

THREAD = """
    INSERT INTO conversations (id, name, parent_message_id, created_by_type, created_by_id)
    VALUES ('conv-thread', 'aside', %(message)s, 'local', 'bob')
"""

ANSWER = """
    INSERT INTO messages (conversation_id, reply_to_id, sender_type, sender_id, body)
    VALUES ('conv-thread', %(message)s, 'system', 'clock', 'tick')
"""


async def make_project(conn: AsyncConnection) -> str:
    """A project with a board of its own and cards on a global one; its id."""
    project = await projects.ensure_project(conn, REPO, ADA)
    own = await make_board(conn, name="Sprint", project_id=project.id)
    await conn.execute(
        "UPDATE boards SET config = %s, columns = jsonb_set(columns, '{0,size}', '1.50')"
        " WHERE id = %s",
        ('{"wip": {"build": 2}}', own.id),
    )
    everyones = await boards.find_board(conn, "Software Development")
    first = await make(conn, own, title="first", tags=("bug",), assignees=(ENG,))
    gone = await make(conn, own, title="gone")
    second = await make(conn, own, "build", parent_id=first.id, group_name="a", release_id="1.0")
    third = await make(conn, everyones, "review", title="on everybody's board")
    plain = await make(conn, title="on no board")
    await conn.execute("DELETE FROM tasks WHERE id = %s", (gone.id,))
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (plain.id,))
    await stages.move_task(conn, first.id, "review", ADA)
    await stages.advance_task(conn, first.id, ADA)
    await dependencies.add_dependency(conn, first.id, second.id, actor=ADA)
    await dependencies.add_dependency(conn, third.id, first.id, "blocks", actor=ADA)
    await checkout.checkout_task(conn, third.id, ENG)
    said = await conversations.comment(conn, first.id, "hello", ADA)
    await conversations.comment(conn, first.id, "hi", BOB, reply_to=said.id)
    await conn.execute(THREAD, {"message": said.id})
    await conn.execute(ANSWER, {"message": said.id})
    await conn.execute(ODD, {"id": second.id, "title": ODD_TITLE})
    # As clients leave them: a stage that is no column's, and a number that is there twice.
    await conn.execute(
        "UPDATE boards SET columns = (SELECT jsonb_agg(c) FROM jsonb_array_elements(columns) AS c"
        " WHERE c ->> 'name' <> 'build') WHERE id = %s",
        (own.id,),
    )
    await conn.execute("UPDATE tasks SET seq = 4 WHERE id = %s", (plain.id,))
    await conn.commit()
    return project.id


async def exported(conn: AsyncConnection, project_id: str, *, history: bool = False) -> str:
    """A project's file."""
    out = io.StringIO()
    await conn.commit()
    await exporting.snapshot(conn)
    await exporting.export_project(conn, project_id, out.write, history=history)
    await conn.commit()
    return out.getvalue()


async def exported_board(conn: AsyncConnection, board_id: str, **more: Any) -> str:
    """A board's file."""
    out = io.StringIO()
    await conn.commit()
    await exporting.snapshot(conn)
    await exporting.export_board(conn, board_id, out.write, **more)
    await conn.commit()
    return out.getvalue()


async def imported(
    conn: AsyncConnection, file: str | dict[str, Any], *, actor: Actor = ADA, **more: Any
) -> Imported:
    """Import a project's file; not committed."""
    text = file if isinstance(file, str) else json.dumps(file)
    return await importing.import_project(conn, io.StringIO(text).read, actor=actor, **more)


async def imported_board(
    conn: AsyncConnection, file: Any, *, actor: Actor = ADA, repo: str = REPO, **more: Any
) -> Imported:
    """Import a board's file into the project of a repository; not committed."""
    text = file if isinstance(file, str) else json.dumps(file)

    async def home() -> Project:
        return await projects.ensure_project(conn, repo, actor)

    read = io.StringIO(text).read
    return await importing.import_board(conn, read, actor=actor, home=home, **more)


async def counts(conn: AsyncConnection) -> dict[str, int]:
    """How many rows each table has that an import writes."""
    tables = (
        "projects boards tasks task_types tags task_actors task_tags task_dependencies"
        " task_stage_log tui_approvals conversations conversation_members messages audit_events"
    )
    parts = [f"(SELECT count(*) FROM {name}) AS {name}" for name in tables.split()]
    (found,) = await rows(conn, f"SELECT {', '.join(parts)}")
    return found
