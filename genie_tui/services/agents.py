"""Agents and their teams as the tables tell of them, what they cost, and what frees their tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.agents import Agent, Held, Team, words
from genie_tui.domain.boards import decoded
from genie_tui.domain.tasks import Lock
from genie_tui.errors import Refused
from genie_tui.services import checkout
from genie_tui.services.cards import LOCK_MS, LOCKED_AT, RANK, WAITS, clamped
from genie_tui.services.task_rows import hold

__all__ = ["AT_MOST", "Ready", "agents", "held", "ready", "release", "teams"]

AT_MOST = 500
"""Agents, locks and teams that are read; more are no crew that anybody leads."""

RECENT = 5_000
"""Newest audit rows in which one looks for what an agent did last: no index has them by actor
and time, and who is not among these has been quiet for long."""

# Who waits for a person comes first, so that it is among those that are read.
AGENTS = f"""
WITH recent AS MATERIALIZED (
    SELECT e.id, e.entity_type, e.entity_id, e.event_type, e.actor, e.created_at,
           CASE WHEN e.entity_type <> 'otel_api' AND pg_column_size(e.details) <= 16384
                THEN e.details END AS details
      FROM audit_events e
     ORDER BY e.id DESC
     LIMIT {RECENT}),
heard AS (SELECT actor, max(created_at) AS at FROM recent GROUP BY actor),
beats AS (
    SELECT DISTINCT ON (h.worker_id) h.worker_id, h.last_seen_at AS at, h.context
      FROM heartbeats h
     WHERE h.last_seen_at > now() - interval '1 hour'
     ORDER BY h.worker_id, h.last_seen_at DESC)
SELECT a.id, coalesce(nullif(a.custom_name, ''), a.id) AS name, a.state,
       {clamped("a.last_state_change")} AS since, {clamped("a.started_at")} AS started_at,
       {clamped("a.updated_at")} AS updated_at,
       (SELECT {clamped("max(h.at)")} FROM heard h
         WHERE h.actor IN (a.id, a.custom_name)) AS heard_at,
       {clamped("beat.at")} AS beat_at, beat.context, a.pane_id AS pane, a.session,
       coalesce(a.transport, '') AS transport, coalesce(a.provider, '') AS provider,
       coalesce(a.team, '') AS team, coalesce(a.role, '') AS role, coalesce(a.skill, '') AS skill,
       coalesce(a.wish_slug, '') AS wish, a.repo_path, coalesce(a.worktree, '') AS worktree,
       a.task_id, t.seq AS task_seq,
       left(coalesce(t.title, a.task_title, ''), 200) AS task_title,
       coalesce(a.resume_attempts, 0) AS resumes,
       coalesce(a.max_resume_attempts, 0) AS resumes_at_most,
       coalesce(a.auto_resume, false) AS auto_resume,
       coalesce(a.claude_session_id, '') AS session_id,
       coalesce(point.phase, '') AS phase, left(coalesce(point.context_summary, ''), 4000)
       AS summary, {clamped("point.last_checkpoint")} AS checkpoint_at,
       CASE WHEN a.state IN ('permission', 'question', 'error') THEN ARRAY(
           SELECT r.details FROM recent r
            WHERE r.details IS NOT NULL
              AND (r.actor IN (a.id, a.custom_name)
                   OR (r.entity_type = 'agent' AND r.entity_id IN (a.id, a.custom_name)))
              AND r.created_at >= a.last_state_change - interval '10 seconds'
            ORDER BY r.id DESC LIMIT 5) END AS told
  FROM agents a
  LEFT JOIN tasks t ON t.id = a.task_id
  LEFT JOIN LATERAL (
       SELECT b.at, b.context FROM beats b
        WHERE b.worker_id IN (a.id, a.custom_name) ORDER BY b.at DESC LIMIT 1) beat ON true
  LEFT JOIN LATERAL (
       SELECT c.phase, c.context_summary, c.last_checkpoint FROM agent_checkpoints c
        WHERE c.worker_id IN (a.id, a.custom_name)
        ORDER BY c.last_checkpoint DESC LIMIT 1) point ON true
 WHERE %(project)s::text IS NULL
    OR a.repo_path IN (SELECT p.repo_path FROM projects p WHERE p.id = %(project)s)
    OR t.project_id = %(project)s
    OR a.id = ANY(%(holders)s) OR a.custom_name = ANY(%(holders)s)
 ORDER BY a.state IN ('permission', 'question', 'error') DESC, a.state IN ('done', 'suspended'),
          a.last_state_change DESC, a.id
 LIMIT %(limit)s
"""

HELD = f"""
    SELECT t.id, t.seq, left(t.title, 200), t.checkout_run_id, {clamped(LOCKED_AT)},
           {LOCK_MS}
      FROM tasks t
     WHERE t.checkout_run_id IS NOT NULL AND t.status NOT IN ('done', 'cancelled')
       AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
     ORDER BY {LOCKED_AT}, t.id
     LIMIT %(limit)s
"""

TEAMS = f"""
    SELECT m.name, m.status, coalesce(m.leader, '') AS leader, m.members,
           m.worktree_path AS worktree,
           coalesce(m.wish_slug, '') AS wish, m.base_branch AS branch, m.repo,
           coalesce(m.tmux_session_name, '') AS session,
           {clamped("m.created_at")} AS created_at, {clamped("m.updated_at")} AS updated_at
      FROM teams m
     WHERE %(project)s::text IS NULL
        OR m.repo IN (SELECT p.repo_path FROM projects p WHERE p.id = %(project)s)
        OR m.name = ANY(%(names)s)
     ORDER BY m.status = 'done', m.name
     LIMIT %(limit)s
"""

READY = f"""
    SELECT t.id, t.seq, left(t.title, 200), t.stage,
           ARRAY(SELECT a.actor_id FROM task_actors a
                  WHERE a.task_id = t.id AND a.role = 'assignee' ORDER BY a.actor_id)
      FROM tasks t
     WHERE t.status = 'ready' AND t.checkout_run_id IS NULL AND NOT {{WAITS}}
       AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
     ORDER BY {RANK}, t.due_date, t.created_at, t.id
     LIMIT %(limit)s
""".format(WAITS=WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A task that can be given to somebody, and who has it."""

    id: str
    seq: int
    title: str
    stage: str
    assignees: tuple[str, ...]


async def held(conn: AsyncConnection, *, project_id: str | None = None) -> tuple[Held, ...]:
    """The tasks that somebody has locked: of a project, or of all."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(HELD, {"project": project_id, "limit": AT_MOST})
        return tuple(
            Held(
                task_id=id_,
                seq=seq,
                title=title,
                lock=Lock(run_id=run_id, since=since, timeout=timedelta(milliseconds=timeout)),
            )
            for id_, seq, title, run_id, since, timeout in await cursor.fetchall()
        )


async def agents(
    conn: AsyncConnection,
    *,
    project_id: str | None = None,
    locks: Sequence[Held] = (),
) -> tuple[Agent, ...]:
    """The agents of a project, or of all: by their repository, their task, or a lock they hold."""
    holders = {name for one in locks for name in (one.lock.run_id, one.lock.holder)}
    params = {"project": project_id, "holders": list(holders), "limit": AT_MOST}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(AGENTS, params)
        return tuple(_agent(row) for row in await cursor.fetchall())


def _agent(row: dict[str, Any]) -> Agent:
    context = decoded(row.pop("context"))
    told = map(words, map(decoded, row.pop("told") or ()))
    pid = context.get("pid") if isinstance(context, Mapping) else None
    return Agent(
        **row,
        pid=pid if type(pid) is int and 0 < pid < 2**31 else None,
        said=next(filter(None, told), ""),
    )


async def teams(
    conn: AsyncConnection, *, project_id: str | None = None, names: Iterable[str] = ()
) -> tuple[Team, ...]:
    """The teams of a project, or of all, and those that are named."""
    params = {"project": project_id, "names": list(names), "limit": AT_MOST}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(TEAMS, params)
        return tuple(
            Team(**{**row, "members": _members(decoded(row["members"]))})
            for row in await cursor.fetchall()
        )


def _members(value: Any) -> tuple[str, ...]:
    """Names, however the client that wrote them holds them."""
    items = value if isinstance(value, list) else ()
    named = (item.get("name") if isinstance(item, dict) else item for item in items)
    return tuple(name for name in named if isinstance(name, str) and name)


async def ready(
    conn: AsyncConnection, *, project_id: str | None = None, limit: int = 200
) -> tuple[Ready, ...]:
    """What can be given to somebody, what a claim would take first on top."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(READY, {"project": project_id, "limit": limit})
        return tuple(
            Ready(id=id_, seq=seq, title=title, stage=stage, assignees=tuple(assignees))
            for id_, seq, title, stage, assignees in await cursor.fetchall()
        )


async def release(conn: AsyncConnection, locks: Sequence[Held], actor: Actor) -> tuple[Held, ...]:
    """Take locks away that are still as they were seen; which those were.

    Raises:
        Refused: none is; another run has them, or they were renewed meanwhile.
    """
    freed = []
    for one in sorted(locks, key=lambda one: one.task_id):
        row = await hold(conn, one.task_id)
        as_seen = (one.lock.run_id, one.lock.since)
        if row.lock is not None and (row.lock.run_id, row.lock.since) == as_seen:
            await checkout.unlock_task(conn, one.task_id, actor)
            freed.append(one)
    if not freed:
        raise Refused("it has just done something with its lock; look again")
    return tuple(freed)
