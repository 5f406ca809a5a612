"""What other clients store, however odd, is read."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import ORPHANED
from genie_tui.domain.filters import parse
from genie_tui.domain.tasks import Status
from genie_tui.domain.windows import Span
from genie_tui.errors import BadInput
from genie_tui.services import boards, checkout, conversations, projects, stages, tasks
from tests.services.making import ADA, ENG, make, make_board, rows

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("when", ["infinity", "-infinity", "4000-01-01 BC", "294000-01-01"])
async def test_times_that_no_datetime_holds_are_read(conn: AsyncConnection, when: str) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    await checkout.checkout_task(conn, task.id, ENG)
    await stages.advance_task(conn, task.id, ENG)
    await stages.move_task(conn, task.id, "build", ADA)
    await conversations.comment(conn, task.id, "hello", ADA)
    for table, columns in {
        "tasks": "due_date start_date started_at ended_at created_at updated_at"
        " execution_locked_at",
        "task_stage_log": "created_at",
        "messages": "created_at updated_at",
        "conversations": "created_at",
        "projects": "created_at",
        "boards": "created_at",
        "tui_approvals": "created_at",
    }.items():
        changes = ", ".join(f"{name} = '{when}'" for name in columns.split())
        await conn.execute(f"UPDATE {table} SET {changes}")
    found = await tasks.get_task(conn, task.id)
    assert found.due is not None
    assert found.lock is not None
    assert (found.due < NOW) == ("-" in when[0] or "BC" in when)
    assert (found.lock.left(NOW) < timedelta(0)) == (found.due < NOW)
    assert isinstance(found.order, tuple)
    assert len(await stages.stage_log(conn, task.id)) == 1
    assert len(await conversations.comments(conn, task.id)) == 1
    spans = [Span(column_id=column.id, offset=0, limit=9) for column in board.columns]
    for text in ("", "due:<3d", "stale", "age:>2d", "due:overdue"):
        where = parse(text)
        window = await boards.window(conn, board, spans, where=where, me=ADA, now=NOW)
        shown = [card for page in window.pages for card in page.cards]
        assert bool(shown) == where.matches(found, NOW, ADA)


async def test_a_time_past_all_time_can_be_written_over(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conn.execute("UPDATE tasks SET started_at = 'infinity', ended_at = '-infinity'")
    await tasks.done_task(conn, task.id, ADA)
    await tasks.reopen_task(conn, task.id, ADA)
    await checkout.checkout_task(conn, task.id, ENG)
    await checkout.release_task(conn, task.id, ENG)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ('{"a": 1}', {"a": 1}),
        (json.dumps(json.dumps({"a": 1})), {"a": 1}),
        ('"no json"', "no json"),
        ("null", None),
        (None, None),
        ("[]", []),
    ],
)
async def test_metadata_is_read_in_any_shape(
    conn: AsyncConnection, stored: str | None, read: object
) -> None:
    task = await make(conn)
    await conn.execute("UPDATE tasks SET metadata = %s::jsonb", (stored,))
    assert (await tasks.get_task(conn, task.id)).metadata == read


@pytest.mark.parametrize("columns", ["[]", "null", "5", '"[]"', '"x"', "{}", '[{"id": "no name"}]'])
async def test_a_board_without_columns_shows_its_tasks_as_orphans(
    conn: AsyncConnection, columns: str
) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    await conn.execute("UPDATE boards SET columns = %s::jsonb WHERE name = 'Flow'", (columns,))
    board = await boards.find_board(conn, "Flow")
    assert board.columns == ()
    window = await boards.window(conn, board, [Span(column_id=ORPHANED, offset=0, limit=9)])
    assert [card.id for card in window.pages[0].cards] == [task.id]
    assert window.counts == {ORPHANED: 1}


async def test_tasks_move_on_a_board_whose_columns_are_stored_as_text(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    await conn.execute("UPDATE boards SET columns = to_jsonb(columns::text), config = '\"{}\"'")
    assert (await stages.advance_task(conn, task.id, ADA)).to_stage == "build"


async def test_a_task_without_project_or_with_a_number_taken_is_read(
    conn: AsyncConnection,
) -> None:
    first, second = await make(conn), await make(conn)
    await conn.execute("UPDATE tasks SET project_id = null, seq = 1, checkout_timeout_ms = null")
    for task in (first, second):
        found = await tasks.get_task(conn, task.id)
        assert (found.seq, found.project_id, found.project_name) == (1, None, None)
    lock = await checkout.checkout_task(conn, first.id, ENG)
    assert lock.timeout == timedelta(minutes=10)


async def test_a_tag_without_a_colour_has_one(conn: AsyncConnection) -> None:
    task = await make(conn, tags=["bug"])
    await conn.execute("UPDATE tags SET color = null")
    assert [tag.color for tag in (await tasks.get_task(conn, task.id)).tags] == ["#9ca3af"]


async def test_tasks_that_wait_for_each_other_are_shown_and_not_ready(
    conn: AsyncConnection,
) -> None:
    a, b = await make(conn), await make(conn)
    add = "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)"
    await conn.execute(add, (a.id, b.id))
    await conn.execute(add, (b.id, a.id))
    (card,) = await tasks.cards(conn, [a.id])
    assert [link.id for link in card.waits] == [link.id for link in card.holds] == [b.id]
    assert not parse("ready").matches(card, NOW, ADA)


TEXTS = ["'; DROP TABLE tasks; --", "100 % sure %s %(id)s", "\x1b[31mred\x07", "ünïcödé 🧞 \u202e"]


@pytest.mark.parametrize("text", TEXTS)
async def test_text_is_text(conn: AsyncConnection, text: str) -> None:
    board = await make_board(conn, name=text)
    task = await make(conn, board, title=text, description=text, repo=f"/src/{text}")
    assert (task.title, task.description) == (text, text)
    await tasks.block_task(conn, task.id, text, Actor(id=text, run_id=text))
    await conversations.comment(conn, task.id, text, ADA)
    found = await boards.find_board(conn, text)
    spans = [Span(column_id=column.id, offset=0, limit=9) for column in found.columns]
    window = await boards.window(conn, found, spans)
    assert window.pages[0].cards[0].blocked_reason == text
    assert (await conversations.comments(conn, task.id))[0].body == text


Read = Callable[[AsyncConnection], Awaitable[object]]


async def test_reading_writes_nothing(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    await conn.commit()
    await conn.set_read_only(True)
    reads: list[Read] = [
        lambda c: tasks.get_task(c, task.id),
        lambda c: tasks.cards(c, [task.id]),
        lambda c: tasks.resolve(c, "#1", repo_path="/src/acme"),
        lambda c: boards.list_boards(c),
        lambda c: boards.find_board(c, "Flow"),
        lambda c: boards.window(c, board, []),
        lambda c: conversations.comments(c, task.id),
        lambda c: stages.stage_log(c, task.id),
        lambda c: checkout.expired_locks(c),
    ]
    for read in reads:
        await read(conn)
        assert conn.info.transaction_status.name == "INTRANS"


async def test_unknown_kinds_in_a_row_do_not_hide_it(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conn.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_status_check")
    await conn.execute("UPDATE tasks SET status = 'archived'")
    assert (await tasks.get_task(conn, task.id)).status is Status.BLOCKED
    assert [row["status"] for row in await rows(conn, "SELECT status FROM tasks")] == ["archived"]


@pytest.mark.parametrize("text", ["a\0b", "\udcff"])
async def test_text_that_cannot_be_stored_is_refused_in_words(
    conn: AsyncConnection, text: str
) -> None:
    task = await make(conn)
    tries: list[Read] = [
        lambda c: make(c, repo=f"/src/{text}"),
        lambda c: make(c, wish_file=text),
        lambda c: make(c, description=text),
        lambda c: make(c, tags=[text]),
        lambda c: tasks.tag(c, task.id, text, ADA),
        lambda c: tasks.add_actor(c, task.id, ENG, text),
        lambda c: tasks.block_task(c, task.id, text, ADA),
        lambda c: tasks.resolve(c, "#1", repo_path=text),
        lambda c: boards.find_board(c, text),
        lambda c: boards.create_board(c, text),
        lambda c: boards.create_board(c, "x", description=text),
        lambda c: boards.create_board(c, "x", template=text),
        lambda c: projects.get_project(c, text),
        lambda c: checkout.claim_next(c, ENG, stage=text),
        lambda c: stages.send_back(c, task.id, ADA, text),
    ]
    await stages.move_task(conn, task.id, "build", ADA)
    await conn.commit()
    for attempt in tries:
        with pytest.raises(BadInput, match="that cannot be stored"):
            await attempt(conn)
        await conn.rollback()
