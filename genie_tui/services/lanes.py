"""Reading a board in lanes: the part of the window's statement that groups, and its answer.

All shown tasks of the board are gone through once for the counts, as the counts of a filter are;
rows are then sorted in those lanes alone in which the spans lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genie_tui.domain.lanes import LANES_AT_MOST, LAST, OTHERS, Group, Lane
from genie_tui.services.cards import RANK

__all__ = ["COUNTED", "lane", "of_task", "ranked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sql:
    """How tasks are grouped: `Group.key` as SQL says it.

    `raw` tells lanes apart and is never null, `none` is its value for the last lane; it is made of
    a column `of_task` of the task itself, or by the CTE `led` of what other tables say of it. The
    lanes are ordered by `order` and told as `label`, which may take from what is in `join`.
    """

    raw: str
    none: str
    order: str
    label: str
    of_task: str = "NULL"
    led: str = "SELECT NULL::text AS task_id, NULL::text AS raw LIMIT 0"
    join: str = ""


# Text is compared by code point, as Python does. Of a task's assignees and tags, those of the
# whole table are taken together once, as to ask for each of very many tasks would take longer.
_GROUPS = {
    Group.ASSIGNEE: _Sql(
        raw="coalesce('@' || led.raw, '')",
        none="''",
        order='c.raw COLLATE "C"',
        label="json_build_array(substr(c.raw, 2))",
        led="""SELECT a.task_id, min(a.actor_id COLLATE "C") AS raw
              FROM task_actors a WHERE a.role = 'assignee' GROUP BY a.task_id""",
    ),
    Group.PRIORITY: _Sql(
        raw="rows.lane",
        none="-1",
        order="c.raw",
        label="json_build_array(c.raw)",
        of_task=RANK,
    ),
    Group.TAG: _Sql(
        raw="coalesce(led.raw, 0)",
        none="0",
        order="c.raw",
        label="json_build_array(named.name, named.id, coalesce(named.color, '#9ca3af'))",
        led="""SELECT tt.task_id, min(named.nth) AS raw
              FROM task_tags tt JOIN named ON named.id = tt.tag_id GROUP BY tt.task_id""",
        join="LEFT JOIN named ON named.nth = c.raw",
    ),
    Group.PARENT: _Sql(
        raw="coalesce('#' || rows.lane, '')",
        none="''",
        order='parent.seq DESC, parent.id COLLATE "C"',
        label="json_build_array(-parent.seq, parent.id, left(parent.title, 200))",
        of_task="t.parent_id",
        # OFFSET 0 keeps the planner from reading through all tasks for these.
        join="""LEFT JOIN LATERAL (
             SELECT p.id, p.seq, p.title FROM tasks p
              WHERE p.id = substr(c.raw, 2) AND c.raw <> '' OFFSET 0) parent ON true""",
    ),
    Group.PROJECT: _Sql(
        raw="coalesce('#' || slot.project_id, '')",
        none="''",
        order='project.name COLLATE "C"',
        label="json_build_array(project.name, project.id)",
        join="LEFT JOIN projects project ON project.id = substr(c.raw, 2) AND c.raw <> ''",
    ),
}

# `known` are the lanes of each column from top to bottom, with the row at which each begins.
_RANKED = """
slot AS (
    SELECT p.project_id, p.column_id, p.stage, p.shown, p.ids, p.place
      FROM placed p
     WHERE p.shown > 0),
named AS (
    SELECT g.id, g.name, g.color,
           row_number() OVER (ORDER BY g.name COLLATE "C", g.id COLLATE "C") AS nth
      FROM tags g),
led AS ({led}),
laned AS MATERIALIZED (
    SELECT slot.place, rows.*, {raw} AS raw
      FROM slot CROSS JOIN LATERAL ({rows}) rows
      LEFT JOIN led ON led.task_id = rows.id),
tallied AS MATERIALIZED (
    SELECT l.place, l.raw, count(*) AS n FROM laned l GROUP BY l.place, l.raw),
lane AS MATERIALIZED (
    SELECT c.raw, c.raw = {none} AS last, {label} AS told,
           row_number() OVER (ORDER BY c.raw = {none}, {order}) AS nth
      FROM (SELECT DISTINCT t.raw FROM tallied t) c {join}),
known AS MATERIALIZED (
    SELECT t.place, t.raw, t.n, lane.nth, lane.last, lane.told,
           (sum(t.n) OVER (PARTITION BY t.place ORDER BY lane.nth))::bigint - t.n AS start
      FROM tallied t JOIN lane ON lane.raw = t.raw),
ranked AS (
    SELECT l.place, l.id, near.start + row_number() OVER (
             PARTITION BY l.place, l.raw
             ORDER BY {keys}) - 1 AS row
      FROM (SELECT DISTINCT k.place, k.raw, k.start
              FROM known k JOIN spans s ON s.place = k.place
             WHERE k.start < s.past AND k.start + k.n > s.first) near
      JOIN laned l ON l.place = near.place AND l.raw = near.raw),"""

COUNTED = f"""
     UNION ALL
    SELECT place, n, NULL, 1 + last::integer, NULL, told
      FROM known WHERE nth <= {LANES_AT_MOST} OR last
     UNION ALL
    SELECT place, sum(n)::bigint, NULL, 0, NULL, NULL
      FROM known WHERE nth > {LANES_AT_MOST} AND NOT last GROUP BY place"""
"""The lanes of each column as rows: their counts, of which sort they are, what they are called."""


def of_task(group: Group) -> str:
    """What of the task itself its lane is made of, to be read along with its keys."""
    return _GROUPS[group].of_task


def ranked(group: Group, *, rows: str, keys: str) -> str:
    """The CTEs from `slot` to `ranked`, by way of `known`; `rows` are a slot's, in any order."""
    sql = _GROUPS[group]
    return _RANKED.format(
        led=sql.led,
        raw=sql.raw,
        none=sql.none,
        order=sql.order,
        label=sql.label,
        join=sql.join,
        rows=rows,
        keys=keys,
    )


def lane(group: Group, sort: int, told: Sequence[Any] | None) -> Lane:
    """A lane from its row; a parent's title and a tag's colour come after the key's parts."""
    if told is None or sort == 0:
        return OTHERS
    if sort == 2:
        return group.named(LAST)
    match group:
        case Group.PARENT:
            return group.named((0, *told[:2]), title=told[2])
        case Group.TAG:
            return group.named((0, *told[:2]), color=told[2])
        case _:
            return group.named((0, *told))
