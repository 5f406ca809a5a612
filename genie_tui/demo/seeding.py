"""The demo's projects, boards, tasks and their past, written with the times they had.

The services know only the present, so this is the one place that writes history as rows.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.demo.chatter import Agent
from genie_tui.demo.planning import Edge, Move, Past, Remark, plan
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board, decoded, parse_columns, parse_wip
from genie_tui.domain.tasks import Status

__all__ = ["BOARDS", "PROJECTS", "Project", "seed_boards", "seed_tasks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of the demo; nothing is ever looked up at its path."""

    id: str
    name: str
    repo_path: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A board of the demo: whose it is, from which template, and its soft limits."""

    name: str
    project: int
    template: str
    wip: dict[str, int]


PROJECTS = (
    Project(
        id="proj-acme0001", name="acme", repo_path="/src/acme", description="Invoices and payments"
    ),
    Project(
        id="proj-orbit001", name="orbit", repo_path="/src/orbit", description="What acme runs on"
    ),
)
BOARDS = (
    Plan(name="Sprint 12", project=0, template="software", wip={"build": 4, "review": 4, "qa": 3}),
    Plan(name="Bugs", project=0, template="bug", wip={"build": 3}),
    Plan(name="Operations", project=1, template="ops", wip={"in-progress": 3}),
)

ADD_PROJECT = """
    INSERT INTO projects (id, name, repo_path, description)
    VALUES (%(id)s, %(name)s, %(repo_path)s, %(description)s)
"""

TEMPLATES = "SELECT name, columns FROM board_templates"

ADD_BOARD = """
    INSERT INTO boards (id, name, project_id, description, columns, config)
    VALUES (%(id)s, %(name)s, %(project)s, %(description)s, %(columns)s, %(config)s)
"""

ADD_TASK = """
    INSERT INTO tasks (
        id, repo_path, title, description, acceptance_criteria, stage, status, priority, due_date,
        started_at, ended_at, blocked_reason, checkout_run_id, execution_locked_at,
        checkout_timeout_ms, created_at, updated_at, project_id, board_id, column_id)
    VALUES (
        %(id)s, %(repo_path)s, %(title)s, %(description)s, %(criteria)s, %(stage)s, %(status)s,
        %(priority)s, %(due)s, %(started)s, %(ended)s, %(reason)s, %(run)s, %(locked)s,
        %(lock_time)s, %(made)s, %(updated)s, %(project)s, %(board)s, %(column)s)
"""

ADD_ACTOR = """
    INSERT INTO task_actors (task_id, actor_type, actor_id, role, created_at)
    VALUES (%(task)s, %(type)s, %(actor)s, %(role)s, %(at)s)
"""

ADD_TAG = """
    INSERT INTO task_tags (task_id, tag_id, added_by_type, added_by_id, created_at)
    VALUES (%(task)s, %(tag)s, %(type)s, %(actor)s, %(at)s)
"""

ADD_APPROVAL = """
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id, created_at)
    VALUES (%(task)s, %(stage)s, %(kind)s, %(type)s, %(actor)s, %(at)s)
"""

ADD_DEPENDENCY = """
    INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)
    VALUES (%(task)s, %(other)s, %(type)s)
"""

ADD_AUDIT = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    VALUES ('task', %(task)s, %(event)s, %(actor)s, %(details)s, %(at)s)
"""

ADD_MOVE = """
    INSERT INTO task_stage_log (
        task_id, from_stage, to_stage, actor_type, actor_id, run_id, gate_type, created_at)
    VALUES (
        %(task)s, %(source)s, %(target)s, %(type)s, %(actor)s, %(run)s, %(gate)s, %(at)s)
"""

ADD_CONVERSATION = """
    INSERT INTO conversations (
        id, name, linked_entity, linked_entity_id, created_by_type, created_by_id, created_at,
        updated_at)
    SELECT %(id)s, 'Task #' || t.seq, 'task', t.id, %(type)s, %(actor)s, %(at)s, %(at)s
      FROM tasks t
     WHERE t.id = %(task)s
"""

ADD_MEMBER = """
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id, joined_at)
    VALUES (%(id)s, %(type)s, %(actor)s, %(at)s)
    ON CONFLICT DO NOTHING
"""

ADD_REMARK = """
    INSERT INTO messages (
        conversation_id, reply_to_id, sender_type, sender_id, body, created_at, updated_at)
    SELECT %(id)s, (SELECT min(m.id) FROM messages m
                     WHERE m.conversation_id = %(id)s AND m.created_at = %(reply_to)s::timestamptz),
           %(type)s, %(actor)s, %(body)s, %(at)s, %(at)s
"""

Row = tuple[str, dict[str, Any]]


async def seed_boards(conn: AsyncConnection, seed: int) -> tuple[Board, ...]:
    """Make the projects and boards, from the built-in templates; their ids depend on the seed."""
    rng = random.Random(f"{seed}:boards")
    for project in PROJECTS:
        values = {name: getattr(project, name) for name in ("id", "name", "repo_path")}
        await conn.execute(ADD_PROJECT, values | {"description": project.description})
    found = await (await conn.execute(TEMPLATES)).fetchall()
    templates: dict[str, Any] = dict(found)
    return tuple([await _seed_board(conn, one, templates[one.template], rng) for one in BOARDS])


async def _seed_board(
    conn: AsyncConnection, plan: Plan, template: Any, rng: random.Random
) -> Board:
    project = PROJECTS[plan.project]
    columns = [
        {**column, "id": str(uuid.UUID(int=rng.getrandbits(128), version=4))}
        for column in decoded(template)
    ]
    board = Board(
        id=f"board-{rng.getrandbits(32):08x}",
        name=plan.name,
        project_id=project.id,
        project_name=project.name,
        columns=parse_columns(columns),
        wip=parse_wip({"wip": plan.wip}),
    )
    values = {
        "id": board.id,
        "name": board.name,
        "project": project.id,
        "description": project.description,
        "columns": Jsonb(columns),
        "config": Jsonb({"wip": plan.wip}),
    }
    await conn.execute(ADD_BOARD, values)
    return board


async def seed_tasks(
    conn: AsyncConnection,
    boards: Sequence[Board],
    *,
    seed: int,
    count: int,
    agents: Sequence[Agent],
    now: datetime,
) -> None:
    """Write `count` tasks with their past as `now` sees it."""
    pasts, edges = plan(seed, count, boards, agents)
    # The eldest first, so that its number is the lowest.
    pasts = tuple(sorted(pasts, key=lambda past: past.ago, reverse=True))
    rows = [row for past in pasts for row in _standing(past, boards[past.board], now)]
    rows += [_edge(edge) for edge in edges]
    told = sorted(
        (event for past in pasts for event in _told(past, now)), key=lambda event: event[0]
    )
    # Ids grow with time, as they did where it was lived.
    async with conn.pipeline():
        for statement, values in rows + [row for _, row in told]:
            await conn.execute(statement, values)


def _standing(past: Past, board: Board, now: datetime) -> Iterator[Row]:
    """The rows that say how a task stands."""
    project = PROJECTS[BOARDS[past.board].project]
    held = past.held
    yield (
        ADD_TASK,
        {
            "id": past.id,
            "repo_path": project.repo_path,
            "title": past.story.title,
            "description": past.story.description,
            "criteria": past.story.acceptance_criteria,
            "stage": past.column.name,
            "status": Status.IN_PROGRESS if held else past.status,
            "priority": past.priority,
            "due": now + past.due if past.due is not None else None,
            "started": now - past.moves[0].ago if past.moves else None,
            "ended": now - past.staged if past.status is Status.DONE else None,
            "reason": past.blocked_reason,
            "run": held[1].run_id if held else None,
            "locked": now - held[0] if held else None,
            "lock_time": int(past.lock_time.total_seconds() * 1000),
            "made": now - past.ago,
            "updated": now - min([past.staged, *(remark.ago for remark in past.remarks)]),
            "project": project.id,
            "board": board.id,
            "column": past.column.id,
        },
    )
    yield ADD_ACTOR, _by(past.creator, past, now - past.ago) | {"role": "creator"}
    if past.assignee:
        yield ADD_ACTOR, _by(past.assignee, past, now - past.ago) | {"role": "assignee"}
    for tag in past.story.tags:
        yield ADD_TAG, _by(past.creator, past, now - past.ago) | {"tag": tag}
    if past.asked:
        ago, actor = past.asked
        values = {"stage": past.column.name, "kind": actor.kind}
        yield ADD_APPROVAL, _by(actor, past, now - ago) | values


def _edge(edge: Edge) -> Row:
    values = {"task": edge.task_id, "other": edge.depends_on_id, "type": edge.type}
    return ADD_DEPENDENCY, values


def _told(past: Past, now: datetime) -> Iterator[tuple[datetime, Row]]:
    """The rows that tell what happened to a task, and when."""
    made = now - past.ago
    first = (past.moves[0].source if past.moves else past.column).name
    details = {"title": past.story.title, "stage": first}
    yield made, _audit(past, "created", past.creator, made, details)
    for move in past.moves:
        yield from _moved(past, move, now - move.ago)
    if past.held:
        at = now - past.held[0]
        run = past.held[1].run_id
        holder = {"before": {"checkout_run_id": None}, "after": {"checkout_run_id": run}}
        yield at, _audit(past, "checkout", past.held[1], at, {"run": run, **holder})
    if past.asked:
        at = now - past.asked[0]
        word = {"kind": past.asked[1].kind, "stage": past.column.name}
        yield at, _audit(past, "approval", past.asked[1], at, word)
    yield from _ended(past, now - past.staged)
    yield from _discussed(past, now)


def _ended(past: Past, at: datetime) -> Iterator[tuple[datetime, Row]]:
    """What keeps a task from going on, or that it need not go on."""
    actor = past.moves[-1].actor if past.moves else past.creator
    match past.status:
        case Status.DONE:
            yield at, _audit(past, "done", actor, at, {})
        case Status.BLOCKED | Status.FAILED:
            yield at, _audit(past, past.status, actor, at, {"reason": past.blocked_reason})


def _moved(past: Past, move: Move, at: datetime) -> Iterator[tuple[datetime, Row]]:
    names = {"source": move.source.name, "target": move.target.name}
    run = {"run": move.actor.run_id, "gate": move.source.gate}
    yield at, (ADD_MOVE, _by(move.actor, past, at) | names | run)
    details = {"from": move.source.name, "to": move.target.name}
    yield at, _audit(past, "stage_change", move.actor, at, details)


def _discussed(past: Past, now: datetime) -> Iterator[tuple[datetime, Row]]:
    if not past.remarks:
        return
    conversation = {"id": past.id.replace("task-", "conv-")}
    first = past.remarks[0]
    opened = now - first.ago
    yield opened, (ADD_CONVERSATION, _by(first.actor, past, opened) | conversation)
    for index, remark in enumerate(past.remarks):
        at = _time(remark, index, now)
        said = _by(remark.actor, past, at) | conversation
        answered = remark.reply_to
        reply = None if answered is None else _time(past.remarks[answered], answered, now)
        yield at, (ADD_MEMBER, said)
        yield at, (ADD_REMARK, said | {"body": remark.body, "reply_to": reply})


def _time(remark: Remark, index: int, now: datetime) -> datetime:
    # No two comments of a task at the same time, so that a reply finds what it answers by it.
    return now - remark.ago + timedelta(milliseconds=index)


def _by(actor: Actor, past: Past, at: datetime) -> dict[str, Any]:
    return {"task": past.id, "type": actor.type, "actor": actor.id, "at": at}


def _audit(past: Past, event: str, actor: Actor, at: datetime, details: dict[str, Any]) -> Row:
    values = {"task": past.id, "event": event, "actor": actor.id, "at": at}
    return ADD_AUDIT, values | {"details": Jsonb(details)}
