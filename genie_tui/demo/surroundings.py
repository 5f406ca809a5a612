"""What is around the tasks of the demo: agents, their team, schedules with runs, and mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.demo import chatter
from genie_tui.demo.chatter import Agent
from genie_tui.demo.seeding import PROJECTS
from genie_tui.domain.schedules import parse

__all__ = ["SCHEDULES", "post", "seed_surroundings", "set_state"]

# There is no pane to jump to: a real pane id would lead to somebody else's.
ADD_AGENT = """
    INSERT INTO agents (
        id, pane_id, session, started_at, state, last_state_change, repo_path, role, custom_name,
        provider, transport, team)
    VALUES (
        %(name)s, 'inline', 'genie-demo', %(at)s, 'idle', %(at)s, %(repo)s, %(role)s, %(name)s,
        'demo', 'inline', 'acme')
"""

SET_STATE = """
    UPDATE agents
       SET state = %(state)s, task_id = %(task)s, task_title = %(title)s, last_state_change = now()
     WHERE id = %(name)s
"""

ADD_TEAM = """
    INSERT INTO teams (name, repo, base_branch, worktree_path, leader, members, created_at)
    VALUES ('acme', %(repo)s, 'main', %(worktree)s, %(leader)s, %(members)s, %(at)s)
"""

ADD_SCHEDULE = """
    INSERT INTO schedules (id, name, cron_expression, command, run_spec, created_at)
    VALUES (%(id)s, %(name)s, %(cron)s, %(command)s, %(spec)s, %(at)s)
"""

ADD_TRIGGER = """
    INSERT INTO triggers (id, schedule_id, due_at, status, started_at, completed_at, created_at)
    VALUES (%(id)s, %(schedule)s, %(due)s, %(status)s, %(started)s, %(ended)s, %(made)s)
"""

ADD_RUN = """
    INSERT INTO runs (
        id, trigger_id, worker_id, status, output, error, trace_id, exit_code, started_at,
        completed_at, created_at)
    VALUES (
        %(run)s, %(id)s, %(worker)s, %(result)s, %(output)s, %(error)s, %(trace)s, %(code)s,
        %(started)s, %(ended)s, %(started)s)
"""

ADD_MAIL = """
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, read, created_at)
    VALUES (%(id)s, %(source)s, %(target)s, %(body)s, %(repo)s, %(read)s, %(at)s)
"""

SUITE = """\
for part in domain services interface; do echo "$part: passed"; sleep 1; done
test $(($$ % 5)) -ne 0 || { echo '213 passed, 1 failed' >&2; exit 1; }
echo '214 passed, 0 failed'"""

# They do nothing but speak, and now and then one of them fails.
SCHEDULES = (
    ("nightly-qa", "0 2 * * *", SUITE, timedelta(days=1)),
    (
        "verify-backup",
        "30 * * * *",
        "echo 'restoring'; sleep 2; echo 'restored 48 tables, checksums equal'",
        timedelta(hours=1),
    ),
    ("audit-dependencies", "0 7 * * 1", "echo '0 known vulnerabilities'", timedelta(weeks=1)),
)
HISTORY = 5
"""Runs that each schedule has behind it."""

Row = tuple[str, dict[str, Any]]


async def seed_surroundings(
    conn: AsyncConnection, *, seed: int, agents: Sequence[Agent], now: datetime
) -> None:
    """Write what is around the tasks; the same for the same seed, but for the time."""
    rng = Random(f"{seed}:surroundings")
    rows = [*_people(agents, now), *_schedules(rng, now), *_mail(rng, agents, now)]
    async with conn.pipeline():
        for statement, values in rows:
            await conn.execute(statement, values)


async def set_state(
    conn: AsyncConnection, name: str, state: str, *, task: tuple[str, str] | None = None
) -> None:
    """Say what an agent is at: its state, and the id and title of its task."""
    task_id, title = task or (None, None)
    values = {"name": name, "state": state, "task": task_id, "title": title}
    await conn.execute(SET_STATE, values)


async def post(
    conn: AsyncConnection, rng: Random, source: str, target: str, seq: int, now: datetime
) -> None:
    """A mail from one agent to another, about a task."""
    body = rng.choice(chatter.MAIL).format(seq=seq)
    await conn.execute(ADD_MAIL, _letter(rng, source, target, body, now))


def _people(agents: Sequence[Agent], now: datetime) -> Iterator[Row]:
    for index, agent in enumerate(agents):
        at = now - timedelta(minutes=90 - index)
        repo = PROJECTS[0].repo_path
        yield ADD_AGENT, {"name": agent.name, "role": agent.role, "repo": repo, "at": at}
    yield (
        ADD_TEAM,
        {
            "repo": PROJECTS[0].repo_path,
            "worktree": f"{PROJECTS[0].repo_path}-worktrees",
            "leader": chatter.COLLEAGUE,
            "members": Jsonb([agent.name for agent in agents]),
            "at": now - timedelta(days=30),
        },
    )


def _schedules(rng: Random, now: datetime) -> Iterator[Row]:
    for schedule in SCHEDULES:
        name, cron, command, every = schedule
        spec = Jsonb({"command": command})
        values = {"id": f"sched-{name}", "name": name, "cron": cron, "command": command}
        yield ADD_SCHEDULE, values | {"spec": spec, "at": now - timedelta(days=60)}
        due = parse(cron).after(now)
        assert due is not None
        last = due - every
        for back in range(HISTORY - 1, -1, -1):
            result = "failed" if name == "nightly-qa" and back == 1 else "completed"
            yield from _run(rng, schedule, last - every * back, result)
        yield ADD_TRIGGER, _trigger(rng, name, due, made=last) | {"status": "pending"}


def _run(
    rng: Random, schedule: tuple[str, str, str, timedelta], due: datetime, result: str
) -> Iterator[Row]:
    name, _, command, _ = schedule
    started = due + timedelta(milliseconds=rng.randrange(20, 900))
    ended = started + timedelta(seconds=rng.randrange(1, 4))
    trigger = _trigger(rng, name, due, made=due)
    status = {"status": result, "started": started, "ended": ended}
    yield ADD_TRIGGER, trigger | status
    passed = result == "completed"
    yield (
        ADD_RUN,
        trigger
        | {
            "run": f"run-{rng.getrandbits(32):08x}",
            "worker": "demo",
            "result": result,
            "output": command.rpartition("echo ")[2].strip("'")
            if passed
            else "213 passed, 1 failed",
            "error": None if passed else "test_checkout_is_quick: 4.2 s is more than 2 s",
            "trace": f"{rng.getrandbits(64):016x}",
            "code": 0 if passed else 1,
            "started": started,
            "ended": ended,
        },
    )


def _trigger(rng: Random, name: str, due: datetime, *, made: datetime) -> dict[str, Any]:
    values = {"id": f"trig-{rng.getrandbits(32):08x}", "schedule": f"sched-{name}", "due": due}
    return values | {"started": None, "ended": None, "made": made}


def _mail(rng: Random, agents: Sequence[Agent], now: datetime) -> Iterator[Row]:
    names = [agent.name for agent in agents]
    for back in range(6, 0, -1):
        if len(names) < 2:
            return
        source, target = rng.sample(names, 2)
        body = rng.choice(chatter.MAIL).format(seq=rng.randrange(1, 30))
        at = now - timedelta(minutes=17 * back)
        yield ADD_MAIL, _letter(rng, source, target, body, at) | {"read": back > 2}


def _letter(rng: Random, source: str, target: str, body: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"mail-{rng.getrandbits(32):08x}",
        "source": source,
        "target": target,
        "body": body,
        "repo": PROJECTS[0].repo_path,
        "read": False,
        "at": at,
    }
