"""Agents as the tables tell of them: their tasks and locks, what they ask for, what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.agents import Agent, Standing, crew_of
from genie_tui.errors import Refused
from genie_tui.services import agent_story, agents, checkout, costs, projects
from tests.services.making import ADA, ENG, REPO, an_agent, audited, expire, make, make_board

EVENTS = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    VALUES ('agent', 'eng-4', 'permission', NULL, '{"tool": "Bash", "input": {"command": "rm x"}}',
            now()),
           ('otel_api', 's-1', 'request', 'eng-4', '{"cost_usd": 1.10}', now()),
           ('otel_api', 's-1', 'request', 'eng-4', '{"cost_usd": "0.02"}', now()),
           ('otel_api', 's-1', 'request', 'eng-4', '{"cost_usd": 5}', now() - interval '2 days'),
           ('otel_api', 's-1', 'request', NULL, '{"cost_usd": "a lot"}', now()),
           ('otel_api', 's-2', 'request', 'stray', '[]', now()),
           ('otel_api', 's-3', 'request', 'stray', '{"cost_usd": 3}', now()),
           ('otel_api', 's-4', 'request', 'eng-5', '{"cost_usd": 2}', now())
"""

ROWS = (
    "INSERT INTO sessions (id, agent_id, project_path, total_turns) VALUES"
    " ('s-1', 'eng-4', '/src/acme', 41)",
    "UPDATE agents SET claude_session_id = 's-3' WHERE id = 'eng-1'",
    "INSERT INTO heartbeats (id, worker_id, context) VALUES ('h', 'eng-1', '{\"pid\": 77}')",
    "INSERT INTO agent_checkpoints (worker_id, phase, context_summary)"
    " VALUES ('eng-4', 'validating', 'half of it')",
    "INSERT INTO teams (name, repo, worktree_path, members) VALUES"
    " ('alpha', '/src/acme', '/wt', '\"[\\\"eng-1\\\", {\\\"name\\\": \\\"eng-4\\\"}, 3]\"'),"
    " ('other', '/src/else', '/wt', '{}')",
)


async def furnish(conn: AsyncConnection) -> str:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn, project_id=project.id)
    for name, state in (("eng-1", "working"), ("eng-4", "permission"), ("eng-5", "idle")):
        await an_agent(conn, name, state)
    await conn.execute("UPDATE agents SET repo_path = '/src/else' WHERE id = 'eng-5'")
    for stage in ("draft", "build"):
        task = await make(conn, board, stage, title=f"in {stage}")
        await checkout.checkout_task(conn, task.id, ENG)
    await make(conn, board, "draft", title="to be given")
    await conn.execute(EVENTS)
    for row in ROWS:
        await conn.execute(row.encode())
    return project.id


async def crew(conn: AsyncConnection, project: str | None) -> dict[str, Agent]:
    locks = await agents.held(conn, project_id=project)
    found = await agents.agents(conn, project_id=project, locks=locks)
    crew = crew_of(found, locks, await agents.teams(conn, project_id=project), None, {})
    return {agent.id: agent for agent in crew.agents}


async def test_a_project_s_agents_are_told_with_all_that_other_tables_say(
    conn: AsyncConnection,
) -> None:
    project = await furnish(conn)
    found = await crew(conn, project)
    assert list(found) == ["eng-4", "eng-1"]
    asks, works = found["eng-4"], found["eng-1"]
    assert (asks.standing, asks.said) == (Standing.PERMISSION, "Bash rm x")
    assert (asks.phase, asks.summary) == ("validating", "half of it")
    assert asks.heard_at is not None
    assert {one.title for one in works.locks} == {"in draft", "in build"}
    assert (works.pid, works.session_id, works.said) == (77, "s-3", "")
    assert set(await crew(conn, None)) == {"eng-1", "eng-4", "eng-5"}
    teams = await agents.teams(conn, project_id=project)
    assert [(team.name, team.members) for team in teams] == [("alpha", ("eng-1", "eng-4"))]
    assert [task.title for task in await agents.ready(conn, project_id=project)] == ["to be given"]


async def test_who_holds_a_lock_is_told_even_without_a_row_or_from_elsewhere(
    conn: AsyncConnection,
) -> None:
    project = await furnish(conn)
    await conn.execute("UPDATE agents SET repo_path = '/src/else' WHERE id = 'eng-1'")
    assert len((await crew(conn, project))["eng-1"].locks) == 2
    await conn.execute("DELETE FROM agents WHERE id = 'eng-1'")
    stranger = (await crew(conn, project))["agent-eng-1"]
    assert (stranger.name, stranger.row, len(stranger.locks)) == ("eng-1", False, 2)
    assert stranger.standing is Standing.HOLDING


async def test_costs_are_summed_up_by_agent_by_time_and_by_project(conn: AsyncConnection) -> None:
    project = await furnish(conn)
    day = datetime.now(UTC) - timedelta(days=1)
    recent = {"eng-4": Decimal("1.12"), "eng-1": Decimal(3), "eng-5": Decimal(2)}
    assert await costs.costs(conn, since=day) == recent
    assert await costs.costs(conn, until=day) == {"eng-4": Decimal(5)}
    assert await costs.cost_since(conn, None, day) == Decimal("6.12")
    assert await costs.cost_since(conn, project, day) == Decimal("4.12")
    assert await costs.cost_since(conn, None, datetime.now(UTC) + timedelta(1)) is None


async def test_an_agent_s_story_is_its_events_and_its_sessions(conn: AsyncConnection) -> None:
    await furnish(conn)
    asks = (await crew(conn, None))["eng-4"]
    events = await agent_story.events_of(conn, asks)
    assert ["permission" in event.text for event in events] == [True]
    (session,) = await agent_story.sessions_of(conn, asks)
    assert (session.id, session.turns, session.cost) == ("s-1", 41, Decimal("6.12"))


async def test_only_locks_that_are_still_as_they_were_seen_are_released(
    conn: AsyncConnection,
) -> None:
    project = await furnish(conn)
    seen = await agents.held(conn, project_id=project)
    await expire(conn, seen[0].task_id)
    await conn.execute(
        "UPDATE tasks SET execution_locked_at = now() + interval '1 second' WHERE id = %s",
        (seen[1].task_id,),
    )
    with pytest.raises(Refused, match="has just done something"):
        await agents.release(conn, seen, ADA)
    seen = await agents.held(conn, project_id=project)
    assert len(await agents.release(conn, seen, ADA)) == 2
    assert await agents.held(conn, project_id=project) == ()
    assert (await audited(conn, seen[0].task_id))[-1][:2] == ("unlocked", "ada")
