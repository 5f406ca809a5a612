"""What a demo begins with: believable, the same for the same seed, and sound."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.demo import chatter, running
from genie_tui.demo.content import more_stories, stories
from genie_tui.demo.overview import look
from genie_tui.demo.planning import plan
from genie_tui.demo.seeding import seed_boards
from genie_tui.demo.summary import summarize
from genie_tui.domain.tasks import DepType, Status
from genie_tui.services import conversations, stages, tasks
from genie_tui.settings import Settings
from tests.services.replaying import contradictions

AGENTS = chatter.crew(5)

CONTENT = """
    SELECT t.id, t.seq, t.title, t.description, t.stage, t.status, t.priority, t.board_id,
           t.column_id, t.checkout_run_id,
           (SELECT array_agg(tag_id ORDER BY tag_id) FROM task_tags WHERE task_id = t.id),
           (SELECT array_agg(actor_id || role ORDER BY role) FROM task_actors WHERE task_id = t.id),
           (SELECT array_agg(m.body ORDER BY m.id) FROM messages m
              JOIN conversations c ON c.id = m.conversation_id AND c.linked_entity_id = t.id),
           (SELECT array_agg(to_stage ORDER BY id) FROM task_stage_log WHERE task_id = t.id),
           (SELECT array_agg(depends_on_id ORDER BY depends_on_id) FROM task_dependencies d
             WHERE d.task_id = t.id)
      FROM tasks t
     ORDER BY t.id
"""

FORGET = (
    "TRUNCATE tasks, boards, projects, audit_events, conversations, agents, teams, mailbox CASCADE"
)


async def rows(conn: AsyncConnection, query: str) -> list[tuple[Any, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def content(settings: Settings, seed: int) -> list[tuple[Any, ...]]:
    """All that a seeding writes but for times, from an empty database."""
    async with Database(settings) as database, database.connection() as conn:
        await conn.execute(FORGET)
        await conn.execute(
            "TRUNCATE schedules, machine_snapshots, sessions, team_chat, app_store CASCADE"
        )
    await running.fill(settings, seed=seed, tasks=60, agents=AGENTS)
    async with Database(settings) as database, database.connection() as conn:
        return await rows(conn, CONTENT)


async def test_what_is_seeded_is_what_its_logs_lead_to(settings: Settings) -> None:
    await running.fill(settings, seed=1, tasks=60, agents=AGENTS)
    async with Database(settings) as database, database.connection() as conn:
        assert await contradictions(conn) == []
        assert await rows(conn, "SELECT FROM tasks WHERE checkout_run_id IS NOT NULL")


async def test_the_same_seed_writes_the_same_tasks_and_another_seed_others(
    settings: Settings,
) -> None:
    first, second, other = [await content(settings, seed) for seed in (1, 1, 2)]
    assert first == second
    assert len(first) == len(other) == 60
    assert not {row[0] for row in first} & {row[0] for row in other}


async def test_a_demo_begins_with_life_on_all_boards(settings: Settings) -> None:
    await running.fill(settings, seed=1, tasks=60, agents=AGENTS)
    async with Database(settings) as database, database.connection() as conn:
        seen = await look(conn, datetime.now(UTC))
    assert [board.name for board in seen.boards] == ["Bugs", "Sprint 12", "Operations"]
    assert len(seen.seen) == 60
    assert all(board.wip for board in seen.boards)
    assert len(seen.waiting) >= 3, "something for the viewer to decide"
    assert seen.stale
    assert seen.held_up
    assert seen.having(Status.BLOCKED)
    assert seen.having(Status.DONE)
    for board in seen.boards:
        stages_taken = {one.card.stage for one in seen.seen if one.board == board}
        assert stages_taken == {column.name for column in board.columns}
    titles = [one.card.title for one in seen.seen]
    assert len(set(titles)) == len(titles)


async def test_the_past_of_each_task_leads_to_where_it_stands(settings: Settings) -> None:
    await running.fill(settings, seed=3, tasks=60, agents=AGENTS)
    now = datetime.now(UTC)
    async with Database(settings) as database, database.connection() as conn:
        for one in (await look(conn, now)).seen:
            task = await tasks.get_task(conn, one.card.id)
            log = await stages.stage_log(conn, task.id)
            said = await conversations.comments(conn, task.id)
            times = [task.created_at, *(change.at for change in log), now]
            assert times == sorted(times)
            assert all(a.to_stage == b.from_stage for a, b in pairwise(log))
            assert not log or log[-1].to_stage == task.stage
            assert all(task.created_at <= message.created_at <= now for message in said)
            ids = {message.id for message in said}
            assert {message.reply_to_id for message in said} <= {None, *ids}
            assert task.description


async def test_replies_are_seeded_as_threads(settings: Settings) -> None:
    await running.fill(settings, seed=1, tasks=60, agents=AGENTS)
    async with Database(settings) as database, database.connection() as conn:
        replies = await rows(
            conn,
            "SELECT r.conversation_id = m.conversation_id, r.id > m.id FROM messages r "
            "JOIN messages m ON m.id = r.reply_to_id",
        )
    assert len(replies) > 5
    assert set(replies) == {(True, True)}


async def test_there_are_as_many_tasks_as_wanted_with_no_title_twice(conn: AsyncConnection) -> None:
    on = await seed_boards(conn, 1)
    for count in (1, 2, 7, 60, 500):
        pasts, _ = plan(1, count, on, AGENTS)
        assert len({past.story.title for past in pasts}) == count
        assert len({past.id for past in pasts}) == count


async def test_nothing_waits_in_a_circle(conn: AsyncConnection) -> None:
    on = await seed_boards(conn, 1)
    pasts, edges = plan(1, 300, on, AGENTS)
    waits = [
        (edge.depends_on_id, edge.task_id)
        if edge.type is DepType.BLOCKS
        else (edge.task_id, edge.depends_on_id)
        for edge in edges
        if edge.type is not DepType.RELATES_TO
    ]
    places = {past.id: place for place, past in enumerate(pasts)}
    assert len(waits) > 20
    assert all(places[waiter] > places[waited] for waiter, waited in waits)


async def test_what_is_seeded_counts_as_nothing_that_happened(settings: Settings) -> None:
    begun = await running.fill(settings, seed=1, tasks=20, agents=AGENTS)
    async with Database(settings) as database, database.connection() as conn:
        summary = await summarize(conn, begun, [])
    assert summary.disagreements == ()
    assert summary.moves == summary.claims == summary.comments == 0


def test_stories_have_tags_that_every_database_has() -> None:
    known = {"bug", "feature", "improvement", "chore", "urgent", "idea"}
    told = [story for theme in stories().values() for story in theme]
    assert {tag for story in told for tag in story.tags} <= known
    assert {tag for number in range(50) for tag in more_stories(number).tags} <= known
    assert len(told) >= 60
