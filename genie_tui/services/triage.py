"""The queue of what needs a person, read in one statement; `domain.triage.needs` says the same.

Whoever is asked for decides: approvals and mail are theirs, everything else is anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.triage import Item, Need, Queue, needs
from genie_tui.services.cards import LOCK_ENDS, RANK, WAITS, cards, clamped

__all__ = ["AT_MOST", "FACTS", "counted", "triage"]

AT_MOST = 200
"""Items of each need that are read; more than that nobody works through in one go."""

_OPEN = "t.status NOT IN ('done', 'cancelled')"

# A comparison of each arm's own decides on its index; the project is looked at in the rows found.
_TASKS: dict[Need, tuple[str, str]] = {
    Need.APPROVAL: (
        f"tui_approvals w JOIN tasks t ON t.id = w.task_id AND t.stage = w.stage"
        f" WHERE w.kind = 'agent' AND {_OPEN} AND NOT EXISTS (SELECT FROM tui_approvals h"
        f" WHERE h.task_id = w.task_id AND h.stage = w.stage AND h.kind = 'human')",
        "w.created_at",
    ),
    Need.STALE: (
        f"tasks t WHERE t.checkout_run_id IS NOT NULL AND {_OPEN} AND {LOCK_ENDS} < now()",
        LOCK_ENDS,
    ),
    Need.OVERDUE: (f"tasks t WHERE t.due_date < now() AND {_OPEN}", "t.due_date"),
    Need.BLOCKED: ("tasks t WHERE t.status IN ('blocked', 'failed')", "t.updated_at"),
    # OFFSET 0: whom it waits for is asked only of what nobody has.
    Need.UNASSIGNED: (
        f"(SELECT t.id, t.priority, t.created_at, t.project_id FROM tasks t"
        f" WHERE t.status = 'ready' AND t.checkout_run_id IS NULL AND NOT EXISTS"
        f" (SELECT FROM task_actors a WHERE a.task_id = t.id AND a.role = 'assignee')"
        f" OFFSET 0) t WHERE NOT {WAITS}",
        "t.created_at",
    ),
}

_AGENTS = f"""
    SELECT a.id, coalesce(nullif(a.custom_name, ''), a.id) AS title, a.state, a.task_id,
           a.task_title, a.pane_id, {clamped("a.last_state_change")} AS since
      FROM agents a
     WHERE a.state IN ('permission', 'question')
       AND (%(project)s::text IS NULL
            OR a.repo_path IN (SELECT p.repo_path FROM projects p WHERE p.id = %(project)s)
            OR a.task_id IN (SELECT t.id FROM tasks t
                              WHERE t.id = a.task_id AND t.project_id = %(project)s))
     ORDER BY a.last_state_change, a.id"""

# A schedule whose newest run failed; one that ran well since needs nobody.
_RUNS = f"""
    SELECT s.name AS title, run.*
      FROM schedules s CROSS JOIN LATERAL (
        SELECT r.id, r.status, r.exit_code,
               {clamped("coalesce(r.completed_at, r.created_at)")} AS since,
               left(coalesce(nullif(r.error, ''), right(r.output, 400)), 400) AS said
          FROM triggers g JOIN runs r ON r.trigger_id = g.id
         WHERE g.schedule_id = s.id AND r.status IN ('completed', 'failed', 'timeout', 'cancelled')
         ORDER BY coalesce(r.completed_at, r.created_at) DESC, r.id DESC
         LIMIT 1) run
     WHERE s.status <> 'deleted' AND run.status IN ('failed', 'timeout')
     ORDER BY run.since, run.id"""

_MAIL = f"""
    SELECT m.id, m.from_worker AS title, left(m.body, 400) AS said,
           {clamped("m.created_at")} AS since
      FROM mailbox m
     WHERE m.to_worker = %(me)s AND NOT m.read
     ORDER BY m.created_at, m.id"""


def _arm(need: Need) -> str:
    """The tasks of a need, but for those that a more pressing one has already."""
    source, since = _TASKS[need]
    return f"""
    SELECT '{need.value}' AS need, {need.rank} AS rank, t.id, {clamped(since)} AS since,
           {RANK} AS priority
      FROM {source} AND (%(project)s::text IS NULL OR t.project_id = %(project)s)"""


FACTS = f"""
WITH found AS ({" UNION ALL ".join(_arm(need) for need in _TASKS)}),
first AS (
    SELECT DISTINCT ON (id) need, rank, id, since, priority FROM found ORDER BY id, rank),
counted AS (SELECT need, count(*) AS total FROM first GROUP BY need),
placed AS (
    SELECT id, need, row_number() OVER (PARTITION BY need ORDER BY priority, since, id) AS place
      FROM first),
agents_now AS ({_AGENTS} LIMIT %(limit)s),
runs_now AS ({_RUNS} LIMIT %(limit)s),
mail_now AS ({_MAIL} LIMIT %(limit)s)
SELECT now() AS now,
       (SELECT coalesce(json_object_agg(need, total), '{{}}') FROM counted) AS counts,
       ARRAY(SELECT id FROM placed WHERE place <= %(limit)s) AS tasks,
       (SELECT coalesce(json_agg(a), '[]') FROM agents_now a) AS agents,
       (SELECT coalesce(json_agg(r), '[]') FROM runs_now r) AS runs,
       (SELECT coalesce(json_agg(m), '[]') FROM mail_now m) AS mail,
       (SELECT count(*) FROM ({_AGENTS}) a) AS agents_total,
       (SELECT count(*) FROM ({_RUNS}) r) AS runs_total,
       (SELECT count(*) FROM ({_MAIL}) m) AS mail_total,
       (SELECT {clamped("min(at)")} FROM (
           SELECT min({LOCK_ENDS}) AS at FROM tasks t
            WHERE t.checkout_run_id IS NOT NULL AND {LOCK_ENDS} >= now()
            UNION ALL
           SELECT min(t.due_date) FROM tasks t WHERE t.due_date >= now()) soon) AS changes_at
"""


async def triage(conn: AsyncConnection, me: Actor, *, project_id: str | None = None) -> Queue:
    """What needs a person: of a project (of all, where none is named), and the actor's mail.

    Schedules belong to no project; their failed runs are always told. At most AT_MOST items of
    each need are given; the counts are of all.
    """
    params = {
        "project": project_id,
        "me": me.id,
        "limit": AT_MOST,
    }
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(FACTS, params)
        facts = await cursor.fetchone()
    assert facts is not None
    items = [
        *await _of_tasks(conn, facts["tasks"], facts["now"]),
        *_of_agents(facts["agents"]),
        *_of_runs(facts["runs"]),
        *_of_mail(facts["mail"]),
    ]
    return Queue(
        items=tuple(sorted(items, key=lambda item: item.order)),
        counts=_counts(facts),
        changes_at=facts["changes_at"],
    )


LOCKED = """
    SELECT count(*)
      FROM tasks t
     WHERE t.checkout_run_id IS NOT NULL AND t.status NOT IN ('done', 'cancelled')
       AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
"""


async def counted(
    conn: AsyncConnection, me: Actor, *, project_id: str | None = None
) -> tuple[dict[Need, int], int]:
    """How many items of each need there are, and how many open tasks are locked."""
    params = {"project": project_id, "me": me.id, "limit": 0}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(FACTS, params)
        facts = await cursor.fetchone()
        await cursor.execute(LOCKED, params)
        locked = await cursor.fetchone()
    assert facts is not None
    assert locked is not None
    return _counts(facts), int(locked["count"])


def _counts(facts: dict[str, Any]) -> dict[Need, int]:
    """Of each need that there is, in their order."""
    counts = {Need(need): total for need, total in facts["counts"].items()}
    others = (Need.AGENT, Need.RUN, Need.MAIL)
    totals = (facts["agents_total"], facts["runs_total"], facts["mail_total"])
    counts.update({need: total for need, total in zip(others, totals, strict=True) if total})
    return {need: counts[need] for need in Need if need in counts}


async def _of_tasks(conn: AsyncConnection, ids: list[str], now: datetime) -> list[Item]:
    items = []
    for card in await cards(conn, ids):
        # Between the two statements somebody may have seen to it.
        if found := needs(card, now):
            kinds, times = zip(*found, strict=True)
            items.append(Item(key=card.id, needs=kinds, since=times[0], card=card))
    return items


def _of_agents(rows: Iterable[dict[str, Any]]) -> Iterable[Item]:
    for row in rows:
        about = f"{row['state']}: {row['task_title'] or row['task_id'] or 'no task'}"
        yield Item(
            key=f"agent {row['id']}",
            needs=(Need.AGENT,),
            since=datetime.fromisoformat(row["since"]),
            title=row["title"],
            text=about,
            ref=row["id"],
            place=row["pane_id"],
        )


def _of_runs(rows: Iterable[dict[str, Any]]) -> Iterable[Item]:
    for row in rows:
        ended = "timed out" if row["status"] == "timeout" else "failed"
        code = f" (exit {row['exit_code']})" if row["exit_code"] is not None else ""
        said = f": {row['said'].strip()}" if row["said"] else ""
        yield Item(
            key=f"run {row['id']}",
            needs=(Need.RUN,),
            since=datetime.fromisoformat(row["since"]),
            title=row["title"],
            text=f"{ended}{code}{said}",
            ref=row["id"],
        )


def _of_mail(rows: Iterable[dict[str, Any]]) -> Iterable[Item]:
    for row in rows:
        yield Item(
            key=f"mail {row['id']}",
            needs=(Need.MAIL,),
            since=datetime.fromisoformat(row["since"]),
            title=row["title"],
            text=row["said"],
            ref=row["id"],
        )
