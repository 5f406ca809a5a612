"""What needs a person: everything that does is in the queue, nothing else, each once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from genie_tui.domain.triage import Need
from genie_tui.services import checkout, conversations, dependencies, stages, tasks
from genie_tui.services.triage import AT_MOST, triage
from tests.services.making import ADA, ENG, REPO, expire, make, make_board, rows

AGENT = """
    INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name, task_id)
    VALUES (%(id)s, '%%7', 's', now(), %(state)s, %(repo)s, %(name)s, %(task)s)
"""

SCHEDULE = "INSERT INTO schedules (id, name, cron_expression) VALUES (%(id)s, %(id)s, '@daily')"

RUN = """
    WITH trigger AS (
        INSERT INTO triggers (id, schedule_id, due_at) VALUES (%(id)s, %(schedule)s, now())
     RETURNING id)
    INSERT INTO runs (id, trigger_id, status, exit_code, output, created_at, completed_at)
    SELECT %(id)s, id, %(status)s, 1, 'no space left', now(), now() - %(ago)s * interval '1 min'
      FROM trigger
"""

MAIL = """
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, read)
    VALUES (%(id)s, 'eng-1', %(to)s, 'look at this', '/src/acme', %(read)s)
"""


async def agent(conn: AsyncConnection, name: str, state: str, **more: Any) -> None:
    params = {"id": name, "name": None, "repo": REPO, "task": None, "state": state}
    await conn.execute(AGENT, params | more)


async def run(conn: AsyncConnection, name: str, schedule: str, status: str, ago: int) -> None:
    params = {"id": name, "schedule": schedule, "status": status, "ago": ago}
    await conn.execute(RUN, params)


async def test_nothing_to_decide_is_an_empty_queue(conn: AsyncConnection) -> None:
    queue = await triage(conn, ADA)
    assert (queue.items, queue.total, queue.changes_at) == ((), 0, None)


async def test_each_need_is_told_with_the_most_pressing_first(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    named = {}
    for name in ("approval", "stale", "overdue", "blocked", "unassigned", "fine"):
        named[name] = (await make(conn, board, "review", title=name, assignees=[ADA])).id
    await stages.advance_task(conn, named["approval"], ENG)
    await checkout.checkout_task(conn, named["stale"], ENG)
    await expire(conn, named["stale"])
    past = datetime(2020, 1, 1, tzinfo=UTC)
    query = "UPDATE tasks SET due_date = %(past)s WHERE id = %(id)s"
    await conn.execute(query, {"past": past, "id": named["overdue"]})
    await tasks.block_task(conn, named["blocked"], "no key", ADA)
    await tasks.unassign(conn, named["unassigned"], ADA, by=ADA)
    await agent(conn, "eng-4", "permission")
    await conn.execute(SCHEDULE, {"id": "nightly"})
    await run(conn, "run-1", "nightly", "failed", ago=5)
    await conn.execute(MAIL, {"id": "mail-1", "to": "ada", "read": False})

    queue = await triage(conn, ADA)
    told = [(item.need, item.card.title if item.card else item.title) for item in queue.items]
    assert told == [
        (Need.APPROVAL, "approval"),
        (Need.AGENT, "eng-4"),
        (Need.STALE, "stale"),
        (Need.RUN, "nightly"),
        (Need.OVERDUE, "overdue"),
        (Need.BLOCKED, "blocked"),
        (Need.UNASSIGNED, "unassigned"),
        (Need.MAIL, "eng-1"),
    ]
    assert queue.total == 8
    assert list(queue.counts) == list(Need)


async def test_a_task_with_several_needs_stands_once_with_all_its_reasons(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, title="much", due=datetime(2020, 1, 1, tzinfo=UTC))
    await tasks.block_task(conn, task.id, "no key", ADA)
    (item,) = (await triage(conn, ADA)).items
    assert item.needs == (Need.OVERDUE, Need.BLOCKED)
    assert (await triage(conn, ADA)).counts == {Need.OVERDUE: 1}


async def test_a_schedule_that_ran_well_since_needs_nobody(conn: AsyncConnection) -> None:
    await conn.execute(SCHEDULE, {"id": "nightly"})
    await run(conn, "run-1", "nightly", "failed", ago=5)
    assert (await triage(conn, ADA)).counts == {Need.RUN: 1}
    await run(conn, "run-2", "nightly", "completed", ago=1)
    assert (await triage(conn, ADA)).total == 0
    await run(conn, "run-3", "nightly", "timeout", ago=0)
    (item,) = (await triage(conn, ADA)).items
    assert item.text == "timed out (exit 1): no space left"


async def test_only_ones_own_unread_mail_counts(conn: AsyncConnection) -> None:
    for number, (to, read) in enumerate([("ada", False), ("ada", True), ("bob", False)]):
        await conn.execute(MAIL, {"id": f"mail-{number}", "to": to, "read": read})
    assert [item.ref for item in (await triage(conn, ADA)).items] == ["mail-0"]


async def test_another_projects_tasks_and_agents_are_left_to_it(conn: AsyncConnection) -> None:
    mine = await make(conn, title="mine")
    theirs = await make(conn, title="theirs", repo="/src/other")
    await agent(conn, "eng-1", "question")
    await agent(conn, "eng-2", "question", repo="/src/other")
    await agent(conn, "eng-3", "question", repo="/src/tree", task=mine.id)
    queue = await triage(conn, ADA, project_id=mine.project_id)
    assert {item.key for item in queue.items} == {mine.id, "agent eng-1", "agent eng-3"}
    everything = await triage(conn, ADA)
    assert {item.key for item in everything.items} >= {theirs.id, "agent eng-2"}


async def test_it_tells_when_time_alone_will_change_it(conn: AsyncConnection) -> None:
    task = await make(conn, title="held", assignees=[ADA])
    lock = await checkout.checkout_task(conn, task.id, ENG)
    assert (await triage(conn, ADA)).changes_at == lock.since + lock.timeout


async def test_times_beyond_all_calendars_are_shown(conn: AsyncConnection) -> None:
    await agent(conn, "eng-1", "question")
    await conn.execute("UPDATE agents SET last_state_change = 'infinity'")
    await make(conn, title="old", assignees=[ADA])
    await conn.execute("UPDATE tasks SET due_date = '-infinity'")
    needs = [item.need for item in (await triage(conn, ADA)).items]
    assert needs == [Need.AGENT, Need.OVERDUE]


async def test_more_than_anybody_works_through_are_counted_and_not_read(
    conn: AsyncConnection,
) -> None:
    await make(conn)
    await conn.execute(
        "INSERT INTO tasks (seq, repo_path, title)"
        " SELECT 0, '/src/acme', 'one of many' FROM generate_series(1, 300)"
    )
    queue = await triage(conn, ADA)
    assert len(queue.items) == AT_MOST
    assert queue.total == 301


STATES = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(
                ["ready", "in_progress", "blocked", "done", "failed", "cancelled"]
            ),
            "run": st.sampled_from([None, "agent-eng-1"]),
            "locked": st.sampled_from([None, -30, 30, 10_000]),
            "due": st.sampled_from([None, -60, 60]),
            "approved": st.sets(st.sampled_from(["human", "agent"])),
            "stage_approved": st.sampled_from(["build", "review"]),
            "assigned": st.booleans(),
            "waits": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)

PUT = """
    UPDATE tasks
       SET status = %(status)s, checkout_run_id = %(run)s,
           execution_locked_at = now() - 600 * interval '1 s' + %(locked)s * interval '1 s',
           due_date = now() + %(due)s * interval '1 s'
     WHERE id = %(id)s
"""


def expected(state: dict[str, Any], others_open: bool) -> set[Need]:
    """The rules of the design once more, on plain data."""
    if state["status"] in ("done", "cancelled"):
        return set()
    found = set()
    if state["approved"] == {"agent"} and state["stage_approved"] == "review":
        found.add(Need.APPROVAL)
    if state["run"] and state["locked"] is not None and state["locked"] < 0:
        found.add(Need.STALE)
    if state["due"] == -60:
        found.add(Need.OVERDUE)
    if state["status"] in ("blocked", "failed"):
        found.add(Need.BLOCKED)
    waits = state["waits"] and others_open
    if state["status"] == "ready" and not state["run"] and not waits and not state["assigned"]:
        found.add(Need.UNASSIGNED)
    return found


def test_all_that_needs_a_person_is_in_the_queue_and_nothing_else(dsn: str) -> None:
    async def check(states: list[dict[str, Any]]) -> None:
        async with await AsyncConnection.connect(dsn) as conn:
            board = await make_board(conn)
            waited = await make(conn, board, "review", assignees=[ADA])
            wanted = {}
            for state in states:
                people = [ENG] if state["assigned"] else []
                task = await make(conn, board, "review", assignees=people)
                if state["waits"]:
                    await dependencies.add_dependency(conn, task.id, waited.id, actor=ADA)
                await conn.execute(PUT, state | {"id": task.id})
                for kind in state["approved"]:
                    await conn.execute(
                        "INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)"
                        " VALUES (%s, %s, %s, 'local', 'x')",
                        (task.id, state["stage_approved"], kind),
                    )
                if found := expected(state, others_open=True):
                    wanted[task.id] = found
            queue = await triage(conn, ADA)
            assert {item.key: set(item.needs) for item in queue.items} == wanted
            assert queue.total == len(wanted)
            await conn.rollback()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(states=STATES)
    def holds(states: list[dict[str, Any]]) -> None:
        asyncio.run(check(states))

    holds()


async def test_reading_the_queue_writes_nothing(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conversations.comment(conn, task.id, "hello", ADA)
    await conn.commit()
    await conn.execute("SET TRANSACTION READ ONLY")
    await triage(conn, ADA)
    assert await rows(conn, "SELECT count(*) AS n FROM audit_events") == [{"n": 2}]
