"""What the demo has behind it beside its tasks: talk, sessions, costs, machine load, a registry."""

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
from genie_tui.domain.actors import Actor
from genie_tui.services import groups, messages

__all__ = ["call", "seed_past"]

DAYS = 30
"""So far back the costs and the machine's load go."""

MODEL = "demo-large"

PRICES = (0.000003, 0.000015)
"""What a token costs that is read and one that is written, in dollars."""

TOOLS = ("Read", "Grep", "Edit", "Bash", "Read", "Edit", "Test")

SNAPSHOT = """
    INSERT INTO machine_snapshots (
        id, active_workers, active_teams, tmux_sessions, cpu_percent, memory_mb, created_at)
    VALUES (%(id)s, %(workers)s, 1, %(workers)s + 1, %(cpu)s, %(memory)s, %(at)s)
"""

COST = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    VALUES ('otel_api', %(session)s, 'request', %(agent)s, %(details)s,
            coalesce(%(at)s::timestamptz, now()))
"""

TOOL = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
    VALUES ('otel_tool', %(session)s, 'call', %(agent)s, %(details)s)
"""

SESSION = """
    INSERT INTO sessions (
        id, agent_id, team, task_id, role, project_path, status, started_at, ended_at, total_turns)
    VALUES (
        %(id)s, %(agent)s, 'acme',
        (SELECT t.id FROM tasks t WHERE t.repo_path = %(repo)s AND t.seq = %(nth)s LIMIT 1),
        %(role)s, %(repo)s, %(status)s, %(at)s, %(ended)s, %(turns)s)
"""

TURN = """
    INSERT INTO session_content (session_id, turn_index, role, content, tool_name, timestamp)
    VALUES (%(id)s, %(turn)s, %(role)s, %(content)s, %(tool)s, %(at)s)
"""

CHAT = """
    INSERT INTO team_chat (id, team, repo_path, sender, body, created_at)
    VALUES (%(id)s, 'acme', %(repo)s, %(sender)s, %(body)s, %(at)s)
"""

LETTER = """
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, created_at)
    VALUES (%(id)s, %(sender)s, %(reader)s, %(body)s, %(repo)s, %(at)s)
"""

ENTRY = """
    INSERT INTO app_store (
        id, name, item_type, version, description, author_name, approval_status, tags, category,
        license, dependencies, manifest, installed_at)
    VALUES (
        %(id)s, %(name)s, %(type)s, %(version)s, %(says)s, %(author)s, %(approval)s, %(tags)s,
        'engineering', 'MIT', %(needs)s, %(manifest)s, %(at)s)
"""

INSTALLED = """
    INSERT INTO installed_apps (app_store_id, install_path, is_active, installed_at)
    VALUES (%(id)s, %(path)s, %(active)s, %(at)s)
"""

VERSION = """
    INSERT INTO app_versions (id, app_store_id, version, git_tag, changelog, published_at)
    VALUES (%(key)s, %(id)s, %(version)s, %(tag)s, %(log)s, %(at)s)
"""

CHATTER = (
    ("eng-1", "Taking the cache key one, it is the same cause as last week."),
    ("mira", "Please leave the price import alone until Thursday."),
    ("qa-1", "Staging is back, rerunning the burst test."),
    ("eng-2", "Two of mine wait for a word at review, whenever you have a minute."),
)

TRANSCRIPT = (
    ("user", "The task is yours. Read the criteria first.", None),
    ("assistant", "I start with a failing test for the second criterion.", None),
    ("tool", "tests/test_totals.py: 41 lines", "Read"),
    ("tool", "FAILED tests/test_totals.py::test_rounding - assert 10.1 == 10.10", "Bash"),
    ("assistant", "It fails for the right reason: rounding happens before the sum.", None),
    ("tool", "billing/totals.py: 3 lines changed", "Edit"),
    ("tool", "214 passed in 12.04s", "Bash"),
    ("assistant", "Green. I tick the box and ask for review.", None),
)

SHELF: tuple[tuple[str, str, str, str, tuple[str, ...], bool | None], ...] = (
    (
        "review-bot",
        "agent",
        "1.4.2",
        "Reads every diff that reaches review",
        ("diff-reader",),
        True,
    ),
    ("diff-reader", "skill", "0.9.0", "Reads a diff hunk by hunk", (), True),
    ("bug-triage", "board", "1.0.0", "A board on which bugs find somebody", (), None),
    ("nightly-qa", "workflow", "2.1.0", "Runs the end-to-end tests at two", ("test-runner",), True),
    ("test-runner", "skill", "3.0.1", "Runs tests and says which matter", (), False),
    ("commit-check", "hook", "0.3.0", "Refuses commits that say nothing", (), None),
)

Row = tuple[str, dict[str, Any]]


async def seed_past(
    conn: AsyncConnection, *, seed: int, agents: Sequence[Agent], now: datetime
) -> None:
    """Write it; the same for the same seed, but for the time."""
    rng = Random(f"{seed}:past")
    rows = [*_load(rng, now), *_costs(rng, agents, now), *_sessions(rng, agents, now)]
    rows += [*_talk(rng, now), *_shelf(now)]
    async with conn.pipeline():
        for statement, values in rows:
            await conn.execute(statement, values)
    await _direct(conn)


async def call(conn: AsyncConnection, rng: Random, agent: str, task_id: str) -> None:
    """What an agent reports of itself: a tool that it used, and what the model's answer cost."""
    session = f"session-{agent}"
    tool = {"tool": rng.choice(TOOLS), "success": rng.random() < 0.95, "task_id": task_id}
    tool["duration_ms"] = rng.randrange(20, 4000)
    await conn.execute(TOOL, {"session": session, "agent": agent, "details": Jsonb(tool)})
    values = {"session": session, "agent": agent, "at": None}
    await conn.execute(COST, values | {"details": Jsonb(_tokens(rng) | {"task_id": task_id})})


def _tokens(rng: Random) -> dict[str, Any]:
    read, written = rng.randrange(4_000, 60_000), rng.randrange(200, 3_000)
    cost = read * PRICES[0] + written * PRICES[1]
    return {
        "model": MODEL,
        "input_tokens": read,
        "output_tokens": written,
        "cost_usd": round(cost, 4),
    }


def _load(rng: Random, now: datetime) -> Iterator[Row]:
    """A snapshot an hour, busier by day."""
    for hour in range(DAYS * 24, 0, -1):
        at = now - timedelta(hours=hour)
        busy = 1.0 if 8 <= at.hour < 19 and at.weekday() < 5 else 0.25
        yield (
            SNAPSHOT,
            {
                "id": f"snap-{hour:04}",
                "workers": round(5 * busy * rng.uniform(0.5, 1.0)),
                "cpu": min(8 + 70 * busy * rng.random(), 100),
                "memory": 2200 + 2600 * busy * rng.uniform(0.6, 1.0),
                "at": at,
            },
        )


def _costs(rng: Random, agents: Sequence[Agent], now: datetime) -> Iterator[Row]:
    """What each agent's model cost, some calls a day."""
    for day in range(DAYS, 0, -1):
        for agent in agents:
            for _ in range(rng.randrange(1, 5)):
                at = now - timedelta(days=day) + timedelta(hours=rng.uniform(0, 23))
                values = {"session": f"session-{agent.name}", "agent": agent.name, "at": at}
                yield COST, values | {"details": Jsonb(_tokens(rng))}


def _sessions(rng: Random, agents: Sequence[Agent], now: datetime) -> Iterator[Row]:
    """The session of each agent, with what was said in it."""
    for nth, agent in enumerate(agents):
        at = now - timedelta(hours=2 + nth)
        id_ = f"session-{agent.name}"
        values = {"id": id_, "agent": agent.name, "role": agent.role, "nth": 3 * nth + 2}
        values |= {"repo": PROJECTS[0].repo_path, "at": at, "turns": len(TRANSCRIPT)}
        yield SESSION, values | {"status": "active" if nth < 2 else "completed", "ended": None}
        for turn, (role, content, tool) in enumerate(TRANSCRIPT):
            said = {"id": id_, "turn": turn, "role": role, "content": content, "tool": tool}
            yield TURN, said | {"at": at + timedelta(seconds=40 * turn + rng.randrange(30))}


def _talk(rng: Random, now: datetime) -> Iterator[Row]:
    repo = PROJECTS[0].repo_path
    for nth, (sender, body) in enumerate(CHATTER):
        at = now - timedelta(minutes=55 - 12 * nth)
        yield CHAT, {"id": f"chat-{nth}", "repo": repo, "sender": sender, "body": body, "at": at}
    for nth, body in enumerate(rng.sample(chatter.MAIL, 2)):
        letter = {"id": f"mail-you-{nth}", "sender": "eng-1", "reader": "you", "repo": repo}
        body = body.format(seq=rng.randrange(1, 20))
        yield LETTER, letter | {"body": body, "at": now - timedelta(minutes=9 + 20 * nth)}


def _shelf(now: datetime) -> Iterator[Row]:
    for nth, (name, type_, version, says, needs, active) in enumerate(SHELF):
        at = now - timedelta(days=40 - 5 * nth)
        item = {"id": f"item-{name}", "name": name, "type": type_, "version": version, "at": at}
        item |= {"says": says, "author": chatter.COLLEAGUE, "needs": list(needs), "tags": []}
        approval = "approved" if active is not None else "local"
        yield ENTRY, item | {"approval": approval, "manifest": Jsonb({"name": name, "type": type_})}
        yield (
            VERSION,
            item | {"key": f"ver-{name}", "tag": f"v{version}", "log": f"The first {version[0]}."},
        )
        if active is not None:
            yield INSTALLED, item | {"path": f"/demo/items/{name}", "active": active}


async def _direct(conn: AsyncConnection) -> None:
    """A word between two people."""
    mira, you = (Actor.human(name, "demo") for name in (chatter.COLLEAGUE, "you"))
    talk = await groups.direct(conn, mira, you)
    await messages.post(conn, talk, "Could you go through triage before lunch?", mira)
