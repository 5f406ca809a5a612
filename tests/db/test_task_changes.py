"""The channel tui_task_change, and approvals that end with their stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from tests.db.conftest import Hear, on

LIMIT = 7999
"""Bytes of the longest payload that PostgreSQL takes."""

SCENE = """
    INSERT INTO tasks (id, repo_path, title, parent_id)
    VALUES ('t-1', '/r', 'one', NULL), ('t-2', '/r', 'two', NULL), ('t-3', '/r', 'three', 't-2');
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    VALUES ('t-1', 'local', 'ada', 'creator'), ('t-2', 'local', 'ada', 'creator'),
           ('t-2', 'local', 'eng', 'assignee');
    INSERT INTO task_tags (task_id, tag_id) VALUES ('t-1', 'bug'), ('t-2', 'bug'), ('t-2', 'idea');
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
    VALUES ('t-1', 'draft', 'agent', 'local', 'eng'), ('t-2', 'draft', 'agent', 'local', 'eng'),
           ('t-2', 'draft', 'human', 'local', 'ada')
"""

NAMED = [
    ("INSERT INTO tasks (id, repo_path, title) VALUES ('t-4', '/r', 'four')", "t-4"),
    ("UPDATE tasks SET title = 'renamed'", "t-1,t-2,t-3"),
    ("UPDATE tasks SET title = title WHERE id = 't-3'", "t-3"),
    ("DELETE FROM tasks WHERE id = 't-1'", "t-1"),
    (
        "INSERT INTO tasks (id, repo_path, title) VALUES ('t-1', '/r', 'x'), ('t-4', '/r', 'x')"
        " ON CONFLICT (id) DO UPDATE SET title = 'twice'",
        "t-1,t-4",
    ),
    ("UPDATE tasks SET checkout_run_id = 'agent-eng' WHERE id = 't-1'", "t-1"),
    (
        "INSERT INTO task_actors (task_id, actor_type, actor_id, role)"
        " VALUES ('t-1', 'local', 'eng', 'assignee'), ('t-1', 'local', 'eng', 'reviewer')",
        "t-1",
    ),
    ("UPDATE task_actors SET role = 'reviewer' WHERE actor_id = 'eng'", "t-2"),
    ("UPDATE task_actors SET task_id = 't-3' WHERE actor_id = 'eng'", "t-2,t-3"),
    ("DELETE FROM task_actors WHERE actor_id = 'ada'", "t-1,t-2"),
    ("INSERT INTO task_tags (task_id, tag_id) VALUES ('t-3', 'bug')", "t-3"),
    ("UPDATE task_tags SET added_by_id = 'ada' WHERE task_id = 't-1'", "t-1"),
    ("UPDATE task_tags SET task_id = 't-3' WHERE tag_id = 'idea'", "t-2,t-3"),
    ("DELETE FROM task_tags WHERE tag_id = 'bug'", "t-1,t-2"),
    (
        "INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)"
        " VALUES ('t-3', 'draft', 'agent', 'local', 'eng')",
        "t-3",
    ),
    ("UPDATE tui_approvals SET actor_id = 'bob' WHERE kind = 'human'", "t-2"),
    ("DELETE FROM tui_approvals WHERE task_id = 't-2'", "t-2"),
    ("DELETE FROM tags WHERE id = 'bug'", "*"),
    ("UPDATE tags SET color = '#000000' WHERE id = 'bug'", "*"),
    ("TRUNCATE tasks CASCADE", "*"),
    ("TRUNCATE task_tags", "*"),
    ("TRUNCATE task_actors", "*"),
    ("UPDATE tags SET name = name", ""),
    ("UPDATE tasks SET title = 'renamed' WHERE id = 'nobody'", ""),
    ("DELETE FROM tasks WHERE id = 'nobody'", ""),
    ("DELETE FROM task_tags WHERE task_id = 't-3'", ""),
    ("DELETE FROM task_actors WHERE task_id = 't-3'", ""),
    ("DELETE FROM tui_approvals WHERE task_id = 't-3'", ""),
    (
        "INSERT INTO task_tags (task_id, tag_id) VALUES ('t-1', 'bug') ON CONFLICT DO NOTHING",
        "",
    ),
]


@pytest.mark.parametrize(("statement", "expected"), NAMED, ids=[one for one, _ in NAMED])
async def test_a_statement_names_the_tasks_it_touched_and_no_others(
    hear: Hear, statement: str, expected: str
) -> None:
    await hear(SCENE)
    payloads = on("tui_task_change", await hear(statement))
    assert sorted(",".join(payloads).split(",")) == expected.split(",")


async def test_a_statement_says_all_it_has_to_say_in_one_payload(hear: Hear) -> None:
    await hear(SCENE)
    heard = await hear("UPDATE tasks SET priority = 'high'")
    assert heard == [("tui_task_change", "t-1,t-2,t-3")]


async def test_what_goes_with_a_deleted_task_is_not_told_besides(hear: Hear) -> None:
    await hear(SCENE)
    deleted = "DELETE FROM tasks WHERE id IN ('t-1', 't-2')"
    assert await hear(deleted) == [("tui_task_change", "t-1,t-2,t-3")]


async def test_a_task_changed_again_and_again_in_one_transaction_is_told_once(hear: Hear) -> None:
    await hear(SCENE)
    heard = await hear("; ".join(["UPDATE tasks SET title = 'x' WHERE id = 't-1'"] * 5))
    assert heard == [("tui_task_change", "t-1")]


async def test_what_is_rolled_back_is_not_told(hear: Hear) -> None:
    await hear(SCENE)
    assert await hear("SAVEPOINT s; UPDATE tasks SET title = 'x'; ROLLBACK TO s") == []


async def test_five_thousand_tasks_take_nine_payloads_and_six_thousand_are_too_many(
    hear: Hear,
) -> None:
    insert = (
        "INSERT INTO tasks (id, repo_path, title)"
        " SELECT 'task-' || lpad(to_hex(n), 8, '0'), '/r', 'x' FROM generate_series({}, {}) AS n"
    )
    payloads = on("tui_task_change", await hear(insert.format(1, 5000)))
    assert len(payloads) == 9
    assert ",".join(payloads).split(",") == [f"task-{n:08x}" for n in range(1, 5001)]
    await hear(insert.format(5001, 6000))
    assert await hear("UPDATE tasks SET title = 'y'") == [("tui_task_change", "*")]


def packed(ids: Sequence[str]) -> list[str]:
    """What is to be sent: as many ids in a payload as fit, in ten payloads, or else `*`."""
    payloads: list[str] = []
    for one in ids:
        if payloads and len(f"{payloads[-1]},{one}".encode()) <= LIMIT:
            payloads[-1] += f",{one}"
        else:
            payloads.append(one)
    told = all(one and "," not in one and len(one.encode()) <= LIMIT for one in ids)
    return payloads if told and len(payloads) <= 10 else ["*"]


@pytest.fixture
def packing(dsn: str) -> Iterator[psycopg.Connection]:
    """A listener beside a table of ids without keys, so that they may be of any length."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("""
            CREATE SCHEMA elsewhere;
            CREATE TABLE elsewhere.tasks (id text);
            CREATE TABLE elsewhere.parts (task_id text);
            CREATE TRIGGER one AFTER INSERT ON elsewhere.tasks REFERENCING NEW TABLE AS tui_touched
                FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
            CREATE TRIGGER one AFTER INSERT ON elsewhere.parts REFERENCING NEW TABLE AS tui_touched
                FOR EACH STATEMENT EXECUTE FUNCTION tui_announce_tasks();
            LISTEN tui_task_change;
        """)
        yield conn


def announced(conn: psycopg.Connection, insert: str, ids: Sequence[str]) -> list[str]:
    """What is heard of ids that one statement inserts."""
    conn.execute(insert.encode(), [list(ids)])
    return [one.payload for one in conn.notifies(timeout=0)]


IDS = st.lists(
    st.builds(
        lambda text, times: text * times,
        st.text("ab:é漢🙂-", min_size=1, max_size=9),
        st.sampled_from([1, 1, 1, 2, 10, 100, 250, 800]),
    ),
    min_size=1,
    max_size=80,
)
for_each_id_list = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@for_each_id_list
@given(ids=IDS)
@example(ids=["x" * LIMIT])
@example(ids=["x" * (LIMIT + 1)])
@example(ids=["x", "x" * LIMIT])
@example(ids=["x" * (LIMIT - 2), "y", "z"])
@example(ids=["x" * (LIMIT - 1), "y"])
@example(ids=["é" * 3999, "y", "z"])
@example(ids=["x" * LIMIT] * 10)
@example(ids=["x" * LIMIT] * 10 + ["y"])
@example(ids=["x" * LIMIT] * 11)
@example(ids=["x"] * 40_000)
@example(ids=["x"] * 40_001)
@example(ids=["task-00000000"] * 5710)
@example(ids=["task-00000000"] * 5711)
@example(ids=[f"{number:x}" for number in range(5999)])
@example(ids=[f"{number:x}" for number in range(6000)])
@example(ids=[f"{number:x}" for number in range(12_000)])
@example(ids=[f"{number:x}" for number in range(25_000)])
@example(ids=["a,b"])
@example(ids=["a", "b,c", "d"])
@example(ids=[","])
@example(ids=[""])
def test_ids_are_packed_as_tightly_as_they_fit_and_none_is_lost(
    packing: psycopg.Connection, ids: list[str]
) -> None:
    insert = "INSERT INTO elsewhere.tasks SELECT unnest(%s::text[])"
    # Of equal payloads in one transaction PostgreSQL sends one.
    assert announced(packing, insert, ids) == list(dict.fromkeys(packed(ids)))


@for_each_id_list
@given(ids=IDS)
def test_the_tasks_of_many_parts_are_told_once_each(
    packing: psycopg.Connection, ids: list[str]
) -> None:
    insert = "INSERT INTO elsewhere.parts SELECT unnest(%s::text[])"
    payloads = announced(packing, insert, ids + ids)
    if payloads == ["*"]:
        # In the worst order two neighbouring payloads still fill more than one.
        assert max(map(len, ids)) > 1000 or len(",".join(set(ids)).encode()) > 5 * LIMIT
        return
    assert len(payloads) <= 10
    assert all(len(payload.encode()) <= LIMIT for payload in payloads)
    told = ",".join(payloads).split(",")
    assert len(told) == len(set(told))
    assert set(told) == set(ids)


async def approvals(conn: AsyncConnection) -> list[tuple[str, str]]:
    """Task and kind of each."""
    query = "SELECT task_id, kind FROM tui_approvals ORDER BY task_id, kind"
    return await (await conn.execute(query)).fetchall()


async def test_a_task_that_leaves_its_stage_loses_its_approvals_and_others_keep_theirs(
    conn: AsyncConnection, hear: Hear
) -> None:
    await hear(SCENE)
    all_of_them = await approvals(conn)
    await conn.commit()
    await hear("UPDATE tasks SET title = 'renamed', stage = stage, status = 'in_progress'")
    assert await approvals(conn) == all_of_them
    await conn.commit()
    heard = await hear("UPDATE tasks SET stage = 'wish' WHERE id IN ('t-2', 't-3')")
    assert await approvals(conn) == [("t-1", "agent")]
    assert on("tui_task_change", heard) == ["t-2,t-3"]


async def test_many_tasks_that_leave_their_stage_at_once_lose_their_approvals(
    conn: AsyncConnection, hear: Hear
) -> None:
    await hear(f"""{SCENE};
        INSERT INTO tasks (id, repo_path, title)
        SELECT 'm-' || n, '/many', 'x' FROM generate_series(1, 300) AS n;
        INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
        SELECT id, 'draft', 'human', 'local', 'ada' FROM tasks WHERE repo_path = '/many';
    """)
    await hear("UPDATE tasks SET title = 'renamed'")
    assert len(await approvals(conn)) == 303
    await conn.commit()
    await hear("UPDATE tasks SET stage = 'wish' WHERE repo_path = '/many' AND seq <> 7")
    assert await approvals(conn) == [
        ("m-7", "human"),
        ("t-1", "agent"),
        ("t-2", "agent"),
        ("t-2", "human"),
    ]


async def test_approvals_do_not_come_back_with_the_stage(conn: AsyncConnection, hear: Hear) -> None:
    await hear(SCENE)
    await hear("UPDATE tasks SET stage = 'wish'; UPDATE tasks SET stage = 'draft'")
    assert await approvals(conn) == []


async def test_an_approval_goes_with_its_task(conn: AsyncConnection, hear: Hear) -> None:
    await hear(SCENE)
    await hear("DELETE FROM tasks WHERE id = 't-2'")
    assert await approvals(conn) == [("t-1", "agent")]


@pytest.mark.parametrize(
    "values",
    [
        "('t-3', 'draft', 'robot', 'local', 'eng')",
        "('t-3', 'draft', 'agent', 'system', 'eng')",
        "('t-9', 'draft', 'agent', 'local', 'eng')",
        "('t-1', 'draft', 'agent', 'local', 'another')",
        "('t-3', NULL, 'agent', 'local', 'eng')",
    ],
    ids=["kind", "actor type", "task", "twice", "no stage"],
)
async def test_an_approval_that_cannot_be_is_refused(
    conn: AsyncConnection, hear: Hear, values: str
) -> None:
    await hear(SCENE)
    insert = "INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id) VALUES "
    with pytest.raises(psycopg.IntegrityError):
        await conn.execute((insert + values).encode())
