"""Tasks as programs read them: the columns under their own names, and what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import decoded
from genie_tui.services.cards import WAITS_FOR, clamped
from genie_tui.services.task_rows import no_task

__all__ = ["OBJECTS", "object_of", "objects"]

_UTC = """to_char(w.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

_LINKED = "json_build_object('id', o.id, 'seq', o.seq, 'title', o.title, 'status', o.status)"

OBJECTS = f"""
    SELECT t.id, t.seq, t.title, t.stage, t.status, t.priority, t.repo_path,
           t.project_id, p.name AS project, t.board_id, b.name AS board, t.column_id, t.type_id,
           t.parent_id, t.wish_file, t.group_name, t.description, t.acceptance_criteria,
           {clamped("t.start_date")} AS start_date, {clamped("t.due_date")} AS due_date,
           t.estimated_effort, {clamped("t.started_at")} AS started_at,
           {clamped("t.ended_at")} AS ended_at, t.blocked_reason, t.release_id,
           t.checkout_run_id, {clamped("t.execution_locked_at")} AS execution_locked_at,
           t.checkout_timeout_ms, t.session_id, t.pane_id, t.trace_id,
           t.genie_os_folder_id::text AS genie_os_folder_id, t.metadata,
           {clamped("t.created_at")} AS created_at, {clamped("t.updated_at")} AS updated_at,
           ARRAY(SELECT tt.tag_id FROM task_tags tt
                  WHERE tt.task_id = t.id ORDER BY tt.tag_id) AS tags,
           (SELECT coalesce(json_agg(json_build_object(
                       'actor_type', a.actor_type, 'actor_id', a.actor_id, 'role', a.role)
                       ORDER BY a.role, a.actor_id, a.actor_type), '[]')
              FROM task_actors a WHERE a.task_id = t.id) AS actors,
           (SELECT coalesce(json_agg({_LINKED} ORDER BY o.seq, o.id), '[]')
              FROM tasks o
             WHERE o.id IN ({WAITS_FOR}) AND o.status NOT IN ('done', 'cancelled')) AS waits_for,
           (SELECT coalesce(json_agg(json_build_object(
                       'stage', w.stage, 'kind', w.kind, 'actor_type', w.actor_type,
                       'actor_id', w.actor_id, 'created_at', {_UTC})
                       ORDER BY w.created_at, w.kind), '[]')
              FROM tui_approvals w WHERE w.task_id = t.id AND w.stage = t.stage) AS approvals
      FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS wanted (id, place)
      JOIN tasks t ON t.id = wanted.id
      LEFT JOIN projects p ON p.id = t.project_id
      LEFT JOIN boards b ON b.id = t.board_id
     ORDER BY wanted.place
"""


async def objects(conn: AsyncConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The tasks of these ids, in this order; what does not exist is left out."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, {"ids": list(ids)})
        found = await cursor.fetchall()
    for task in found:
        task["metadata"] = decoded(task["metadata"])
    return found


async def object_of(conn: AsyncConnection, task_id: str) -> dict[str, Any]:
    """One task.

    Raises:
        NotFound: there is none of that id.
    """
    if not (found := await objects(conn, [task_id])):
        raise no_task(task_id)
    return found[0]
