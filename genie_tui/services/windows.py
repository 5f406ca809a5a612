"""The part of a board that is on screen, read in one statement and so from one moment.

What is read: the board's slots (project, column id, stage: the equal parts of the index
`tui_tasks_window`) with their counts, each placed in a column as `Board.place` would; then of each
slot the rows that the spans can need, in the index's own order, merged by column. So the cost is
that of an index scan for the counts, and of the rows wanted; a full table is never read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter
from genie_tui.domain.lanes import Group, Lane
from genie_tui.domain.tasks import Card, LaneKey, Sort
from genie_tui.domain.windows import Page, Span, Summary, Window
from genie_tui.services import filters, lanes
from genie_tui.services.cards import (
    BOARD_KEY,
    CARD_COLUMNS,
    CARD_OF_PICKED,
    IS_CLOSED,
    LOCK_ENDS,
    RANK,
    card,
)

__all__ = ["statement", "window"]

FEW = 500
"""Up to so many rows of a slot that match a filter are remembered by id, not looked for again."""

NOBODY = Actor.human("", "")

# The slots of a board are found by jumping from one to the next in the index, however many tasks
# stand in each; those without a project apart, because no comparison finds a null.
_SLOTS = """
{name} AS (
    ({first}
      ORDER BY t.project_id, coalesce(t.column_id, ''), t.stage LIMIT 1)
     UNION ALL
    SELECT next.project_id, next.column_id, next.stage
      FROM {name} last CROSS JOIN LATERAL (
        {first} AND {beyond}
         ORDER BY t.project_id, coalesce(t.column_id, ''), t.stage LIMIT 1) next)"""

_SLOT = f"""SELECT t.project_id, coalesce(t.column_id, '') AS column_id, t.stage
           FROM tasks t
          WHERE {BOARD_KEY} = %(board)s AND """

_BEYOND = "(coalesce(t.column_id, ''), t.stage) > (last.column_id, last.stage)"

_BEYOND_PROJECT = (
    "(t.project_id, coalesce(t.column_id, ''), t.stage)"
    " > (last.project_id, last.column_id, last.stage)"
)

_OF_SLOT = f"""{BOARD_KEY} = %(board)s AND t.project_id {{project}}
       AND coalesce(t.column_id, '') = slot.column_id AND t.stage = slot.stage"""

_COUNT = """
    SELECT slot.project_id, slot.column_id, slot.stage, n.total, n.shown, n.ids
      FROM {slots} slot CROSS JOIN LATERAL ("""

_ALL = f"""{_COUNT}
        SELECT count(*) AS total, count(*) AS shown, NULL::text[] AS ids
          FROM tasks t
         WHERE {_OF_SLOT}) n"""

# OFFSET 0 keeps the planner from writing the condition out where its outcome is used: twice.
_MATCHING = f"""{_COUNT}
        SELECT count(*) AS total, count(*) FILTER (WHERE t.matches) AS shown,
               (array_agg(t.id) FILTER (WHERE t.matches))[1:%(few)s] AS ids
          FROM (SELECT t.id, {{condition}} AS matches
                  FROM tasks t
                 WHERE {_OF_SLOT}
                OFFSET 0) t) n"""

# `Sort.key` as SQL says it. Only the first is an index's; for the others a slot is read through.
_KEYS = {
    Sort.PRIORITY: (f"({IS_CLOSED})", f"({RANK})", "t.due_date", "t.created_at", "t.id"),
    Sort.AGE: (f"({IS_CLOSED})", "t.created_at", "t.id"),
    Sort.DUE: (f"({IS_CLOSED})", "t.due_date", "t.created_at", "t.id"),
    Sort.UPDATED: (f"({IS_CLOSED})", "-extract(epoch FROM t.updated_at)", "t.id"),
}

_ROWS = """
    SELECT t.id, {keys}
      FROM tasks t
     WHERE {of_slot}{matching}{first}"""

_FIRST = f"""
     ORDER BY {BOARD_KEY}, t.project_id, coalesce(t.column_id, ''), t.stage, {{order}}
     LIMIT slot.take"""

_BY_IDS = """
    SELECT t.id, {keys}
      FROM tasks t
     WHERE t.id = ANY(slot.ids) AND slot.shown <= %(few)s"""

_PICKED = "picked.place, picked.a, picked.b, picked.c, picked.lane"

# Which of the arms of `rows` gives any is known before they are scanned: the others cost nothing.
_WINDOW = f"""
WITH RECURSIVE columns AS (
    SELECT c.id, c.name, c.place
      FROM unnest(%(column_ids)s::text[], %(column_names)s::text[])
           WITH ORDINALITY AS c(id, name, place)),
{{slots}},
counted AS MATERIALIZED ({{counts}}),
placed AS MATERIALIZED (
    SELECT counted.*, coalesce(
           (SELECT c.id FROM columns c WHERE c.id = nullif(counted.column_id, '')
             ORDER BY c.place LIMIT 1),
           (SELECT c.id FROM columns c WHERE c.name = counted.stage ORDER BY c.place LIMIT 1),
           '') AS place
      FROM counted),
spans AS (
    SELECT s.place, s.first, s.past, s.number
      FROM unnest(%(places)s::text[], %(firsts)s::bigint[], %(pasts)s::bigint[])
           WITH ORDINALITY AS s(place, first, past, number)),
{{ranked}}
picked AS (
    SELECT place, shown AS a, total AS b, NULL::bigint AS c, NULL::text AS id, NULL::json AS lane
      FROM placed
     UNION ALL
    SELECT NULL, {{locked}}, {{stale}}, {{waiting}}, NULL, NULL
     UNION ALL
    SELECT s.place, s.number, r.row, NULL, r.id, NULL
      FROM spans s JOIN ranked r ON r.place = s.place AND r.row >= s.first AND r.row < s.past
    {{lanes}})
{CARD_OF_PICKED.format(columns=f"{_PICKED}, {CARD_COLUMNS}")}"""

_RANKED = """
slot AS (
    SELECT p.project_id, p.column_id, p.stage, p.shown, p.ids, p.place,
           (SELECT max(s.past) FROM spans s WHERE s.place = p.place) AS take
      FROM placed p
     WHERE p.shown > 0 AND p.place IN (SELECT s.place FROM spans s)),
ranked AS (
    SELECT slot.place, rows.id, row_number() OVER (
             PARTITION BY slot.place
             ORDER BY {keys}) - 1 AS row
      FROM slot CROSS JOIN LATERAL ({rows}) rows),"""

_LOCKED = "(SELECT count(*) FROM tasks t WHERE t.checkout_run_id IS NOT NULL AND {board}{matching})"

_STALE = f"""(SELECT count(*) FROM tasks t
     WHERE t.checkout_run_id IS NOT NULL AND {LOCK_ENDS} < now() AND {{board}}{{matching}})"""

_WAITING = """(SELECT count(*) FROM tui_approvals w JOIN tasks t ON t.id = w.task_id
     WHERE w.kind = 'agent' AND w.stage = t.stage AND t.status NOT IN ('done', 'cancelled')
       AND {board}{matching} AND NOT EXISTS (
           SELECT FROM tui_approvals h
            WHERE h.task_id = t.id AND h.stage = t.stage AND h.kind = 'human'))"""


async def window(
    conn: AsyncConnection,
    board: Board,
    spans: Sequence[Span],
    *,
    project_id: str | None = None,
    where: Filter | None = None,
    me: Actor = NOBODY,
    now: datetime | None = None,
    sort: Sort = Sort.PRIORITY,
    group: Group = Group.NONE,
) -> Window:
    """Counts of all columns, and the rows that the spans ask for, in one round trip.

    With `project_id`, only that project's tasks of a board that is not one project's own. A
    filter's `mine` is `me`, its times are measured from `now`. Rows come in the order
    `sort`, lane by lane where they are grouped. A span of what is not there, past a column's end
    or of no column, gets an empty page.
    """
    query, params = statement(
        board,
        spans,
        project_id=project_id,
        where=where,
        me=me,
        now=now or datetime.now(UTC),
        sort=sort,
        group=group,
    )
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(query, params)
        return _window(board, spans, group, await cursor.fetchall())


def statement(
    board: Board,
    spans: Sequence[Span],
    *,
    project_id: str | None,
    where: Filter | None,
    me: Actor,
    now: datetime,
    sort: Sort = Sort.PRIORITY,
    group: Group = Group.NONE,
) -> tuple[str, dict[str, Any]]:
    """The statement that reads a window, and its parameters."""
    condition, params = filters.compile(where, now=now, me=me) if where else ("", {})
    matching = f" AND {condition}" if condition else ""
    of_board = f"{BOARD_KEY} = %(board)s"
    one_project = project_id is not None and board.project_id is None
    if one_project:
        of_board += " AND t.project_id = %(project)s"
        params["project"] = project_id
    query = _WINDOW.format(
        slots=_slots(one_project=one_project),
        counts=_counts(condition, one_project=one_project),
        ranked=_ranked(matching, sort, group),
        lanes="" if group is Group.NONE else lanes.COUNTED,
        locked=_LOCKED.format(board=of_board, matching=matching),
        stale=_STALE.format(board=of_board, matching=matching),
        waiting=_WAITING.format(board=of_board, matching=matching),
    )
    return query, params | {
        "board": board.key,
        "few": FEW,
        "column_ids": [column.id for column in board.columns],
        "column_names": [column.name for column in board.columns],
        "places": [span.column_id for span in spans],
        "firsts": [span.offset for span in spans],
        "pasts": [span.offset + span.limit for span in spans],
    }


def _slots(*, one_project: bool) -> str:
    """The slots with a project as CTE `owned`, those without as `unowned`."""
    if one_project:
        first = f"{_SLOT}t.project_id = %(project)s"
        return _SLOTS.format(name="owned", first=first, beyond=_BEYOND)
    owned, unowned = f"{_SLOT}t.project_id IS NOT NULL", f"{_SLOT}t.project_id IS NULL"
    return ",".join(
        [
            _SLOTS.format(name="owned", first=owned, beyond=_BEYOND_PROJECT),
            _SLOTS.format(name="unowned", first=unowned, beyond=_BEYOND),
        ]
    )


def _counts(condition: str, *, one_project: bool) -> str:
    count = _MATCHING if condition else _ALL
    owned = count.format(slots="owned", project="= slot.project_id", condition=condition)
    unowned = count.format(slots="unowned", project="IS NULL", condition=condition)
    return owned if one_project else f"{owned} UNION ALL {unowned}"


def _ranked(matching: str, sort: Sort, group: Group) -> str:
    """The rows that the spans need, numbered within their columns."""
    keys = _KEYS[sort]
    if group is Group.NONE:
        order = ", ".join(f"rows.k{number}" for number in range(len(keys)))
        return _RANKED.format(rows=_rows(matching, keys, group), keys=order)
    order = ", ".join(f"l.k{number}" for number in range(len(keys)))
    return lanes.ranked(group, rows=_rows(matching, keys, group), keys=order)


def _rows(matching: str, order: Sequence[str], group: Group) -> str:
    """A slot's rows: by the index, or by id where a filter left few."""
    keys = ", ".join(f"{key} AS k{number}" for number, key in enumerate(order))
    if group is not Group.NONE:
        keys += f", {lanes.of_task(group)} AS lane"
    first = _FIRST.format(order=", ".join(order)) if group is Group.NONE else ""
    rows = partial(_ROWS.format, keys=keys, first=first)
    many = f" AND slot.shown > %(few)s{matching}" if matching else ""
    owned = rows(of_slot=_OF_SLOT.format(project="= slot.project_id"), matching=many)
    unowned = rows(
        of_slot=_OF_SLOT.format(project="IS NULL"), matching=f" AND slot.project_id IS NULL{many}"
    )
    by_ids = _BY_IDS.format(keys=keys)
    arms = [owned, unowned, by_ids] if matching else [owned, unowned]
    return " UNION ALL ".join(f"({arm})" for arm in arms)


def _window(
    board: Board, spans: Sequence[Span], group: Group, rows: Iterable[Sequence[Any]]
) -> Window:
    """Sort out the answer: counts of columns and lanes, the summary's, cards with their rows."""
    counts = dict.fromkeys((column.id for column in board.columns), 0)
    summary = Summary()
    found: dict[int, list[tuple[int, Card]]] = {}
    known: dict[LaneKey, Lane] = {}
    laned: dict[str, dict[LaneKey, int]] = {}
    total = 0
    for place, a, b, c, told, *columns in rows:
        if columns[0] is not None:
            found.setdefault(a, []).append((b, card(columns)))
        elif place is None:
            summary = Summary(locked=a, stale=b, waiting=c)
        elif c is None:
            counts[place] = counts.get(place, 0) + a
            total += b
        else:
            lane = lanes.lane(group, c, told)
            known[lane.key] = lane
            laned.setdefault(place, {})[lane.key] = a
    return Window(
        counts=counts,
        pages=tuple(_page(span, found.get(n, ())) for n, span in enumerate(spans, 1)),
        summary=replace(summary, shown=sum(counts.values()), total=total),
        group=group,
        lanes=tuple(known.values()),
        laned=laned,
    )


def _page(span: Span, found: Iterable[tuple[int, Card]]) -> Page:
    ordered = sorted(found, key=lambda entry: entry[0])
    return Page(
        column_id=span.column_id, offset=span.offset, cards=tuple(card for _, card in ordered)
    )
