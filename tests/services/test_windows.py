"""The part of a board that is on screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.boards import ORPHANED, Board
from genie_tui.domain.filters import parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Sort
from genie_tui.domain.windows import Span, Window
from genie_tui.services import boards, checkout, lanes, stages, tasks, windows
from tests.conftest import Connect
from tests.domain.laning import laned
from tests.services.making import ADA, ENG, QA, column, expire, make, make_board

ADD = """
    INSERT INTO tasks (repo_path, title, project_id, board_id, column_id, stage, status, priority,
                       due_date, created_at)
    VALUES ('/src/acme', 'one of many', %(project)s, %(board)s, %(column)s, %(stage)s, %(status)s,
            %(priority)s, %(due)s, %(made)s)
"""


def everything(board: Board, limit: int = 1000) -> list[Span]:
    """All rows of all columns."""
    ids = [*(column.id for column in board.columns), ORPHANED]
    return [Span(column_id=id_, offset=0, limit=limit) for id_ in ids]


def shown(window: Window) -> dict[str, list[str]]:
    """The ids of the cards in each column that has any."""
    return {page.column_id: [c.id for c in page.cards] for page in window.pages if page.cards}


def by_name(board: Board, window: Window) -> dict[str, list[str]]:
    names = {column.id: column.name for column in board.columns}
    return {names.get(key, key): ids for key, ids in shown(window).items()}


class TestPlacing:
    async def test_goes_by_the_columns_id_then_by_the_stage_else_it_is_orphaned(
        self, conn: AsyncConnection
    ) -> None:
        board = await make_board(conn, column("a"), column("b"), column("c"))
        other = await make_board(conn, column("a"), name="Other")
        by_id, by_stage, stale, foreign, gone = [await make(conn, board, "a") for _ in range(5)]
        a, b, c = (column.id for column in board.columns)
        place = "UPDATE tasks SET column_id = %s WHERE id = %s"
        await conn.execute(place, (b, by_id.id))
        await conn.execute(place, (None, by_stage.id))
        await conn.execute(place, ("a column of long ago", stale.id))
        await conn.execute(place, (other.columns[0].id, foreign.id))
        await conn.execute(place, (c, gone.id))
        await conn.execute("UPDATE boards SET columns = columns - 2 WHERE name = 'Flow'")
        await stages.move_task(conn, gone.id, "b", ADA)
        await conn.execute(place, (c, gone.id))
        await conn.execute(
            "UPDATE boards SET columns = jsonb_set(columns, '{1,name}', '\"z\"')"
            " WHERE name = 'Flow'"
        )
        board = await boards.find_board(conn, board.key)
        window = await boards.window(conn, board, everything(board))
        assert {place: set(ids) for place, ids in shown(window).items()} == {
            a: {by_stage.id, stale.id, foreign.id},
            b: {by_id.id},
            ORPHANED: {gone.id},
        }
        assert window.counts == {a: 3, b: 1, ORPHANED: 1}

    async def test_has_no_orphans_where_there_are_none(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        window = await boards.window(conn, board, everything(board))
        assert window.counts == {column.id: 0 for column in board.columns}
        assert all(page.cards == () for page in window.pages)

    async def test_shows_tasks_without_a_board_on_that_of_their_type(
        self, conn: AsyncConnection
    ) -> None:
        await make(conn, await make_board(conn))
        task = await make(conn, stage="build")
        made_up = await boards.find_board(conn, "type:software")
        window = await boards.window(conn, made_up, everything(made_up))
        assert shown(window) == {"build": [task.id]}
        assert window.summary.total == 1

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.data())
    def test_is_the_rule_of_the_domain(self, dsn: str, data: st.DataObject) -> None:
        ids, names = ["i", "j", "k"], ["x", "y", "z"]
        columns = data.draw(
            st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(names)), max_size=4)
        )
        placed = data.draw(
            st.lists(
                st.tuples(st.sampled_from([None, "", *ids]), st.sampled_from(names)), max_size=8
            )
        )
        asyncio.run(_agrees(dsn, columns, placed))


async def _agrees(
    dsn: str, columns: Sequence[tuple[str, str]], placed: Sequence[tuple[str | None, str]]
) -> None:
    async with await AsyncConnection.connect(dsn) as conn:
        await conn.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        stored = [{"id": id_, "name": name, "position": 0} for id_, name in columns]
        await conn.execute(
            "INSERT INTO boards (id, name, columns) VALUES ('b', 'B', %s)", (Jsonb(stored),)
        )
        for number, (column_id, stage) in enumerate(placed):
            await conn.execute(
                "INSERT INTO tasks (id, seq, repo_path, title, board_id, column_id, stage)"
                " VALUES (%s, 1, '/', 't', 'b', %s, %s)",
                (f"task-{number}", column_id, stage),
            )
        board = await boards.find_board(conn, "b")
        expected: dict[str, list[str]] = {}
        for number, (column_id, stage) in enumerate(placed):
            stands = board.place(column_id, stage)
            expected.setdefault(stands.id if stands else ORPHANED, []).append(f"task-{number}")
        window = await boards.window(conn, board, everything(board))
        assert shown(window) == expected
        await conn.rollback()


class TestRows:
    @pytest.mark.parametrize("sort", Sort)
    async def test_stand_in_the_order_asked_for_whatever_their_slots(
        self, conn: AsyncConnection, sort: Sort
    ) -> None:
        board, _ = await many(conn)
        await conn.execute("UPDATE tasks SET updated_at = now() - seq * 7 % 100 * interval '1 m'")
        window = await boards.window(conn, board, everything(board), sort=sort)
        for page in window.pages:
            assert list(page.cards) == sorted(page.cards, key=sort.key)
            assert len(page.cards) == window.counts.get(page.column_id, 0)
        assert sum(window.counts.values()) == window.summary.total == 240

    async def test_are_those_of_the_span_even_across_slots(self, conn: AsyncConnection) -> None:
        board, _ = await many(conn)
        whole = await boards.window(conn, board, everything(board))
        first = board.columns[0].id
        for offset, limit in ((0, 5), (17, 20), (75, 50), (5000, 5), (3, 0)):
            span = Span(column_id=first, offset=offset, limit=limit)
            (page,) = (await boards.window(conn, board, [span])).pages
            assert (page.column_id, page.offset) == (first, offset)
            assert page.cards == whole.pages[0].cards[offset : offset + limit]

    async def test_can_be_asked_for_in_several_spans_of_a_column(
        self, conn: AsyncConnection
    ) -> None:
        board, _ = await many(conn)
        first = board.columns[0].id
        whole = (await boards.window(conn, board, everything(board))).pages[0].cards
        spans = [Span(column_id=first, offset=at, limit=3) for at in (40, 0, 40)]
        pages = (await boards.window(conn, board, spans)).pages
        assert [page.cards for page in pages] == [whole[40:43], whole[0:3], whole[40:43]]

    async def test_of_a_column_that_is_not_there_are_none(self, conn: AsyncConnection) -> None:
        board, _ = await many(conn)
        (page,) = (await boards.window(conn, board, [Span(column_id="x", offset=0, limit=9)])).pages
        assert page.cards == ()

    async def test_are_the_same_as_cards(self, conn: AsyncConnection) -> None:
        board = await make_board(conn)
        task, other = await make(conn, board, tags=["bug"]), await make(conn, board)
        await checkout.checkout_task(conn, task.id, ENG)
        await stages.advance_task(conn, task.id, ENG)
        window = await boards.window(conn, board, everything(board))
        found = {card.id: card for card in await tasks.cards(conn, [task.id, other.id])}
        assert {card.id: card for page in window.pages for card in page.cards} == found


class TestLanes:
    @pytest.mark.parametrize("most", [3, 200])
    async def test_are_those_of_the_domain_with_their_rows_in_order(
        self, conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(lanes, "COUNTED", lanes.COUNTED.replace("200", str(most)))
        monkeypatch.setattr(windows, "FEW", most)
        board, projects = await many(conn)
        await in_lanes(conn)
        sort = Sort.DUE
        for group in list(Group)[1:]:
            for where, project in ((None, None), (parse("!p:low"), None), (None, projects[0])):
                window = await boards.window(
                    conn, board, everything(board), sort=sort, group=group, where=where,
                    project_id=project, me=ADA,
                )  # fmt: skip
                found = {page.column_id: page.cards for page in window.pages}
                for cards in found.values():
                    assert list(cards) == sorted(cards, key=group.ordering(sort))
                whole = {key: cards for key, cards in found.items() if cards}
                expected = laned(whole, group, most)
                assert window.group is group
                assert set(window.lanes) == set(expected["lanes"])
                assert window.laned == expected["laned"]
                assert {key: len(cards) for key, cards in whole.items()} == {
                    key: count for key, count in window.counts.items() if count
                }

    async def test_let_spans_be_read_across_them(self, conn: AsyncConnection) -> None:
        board, _ = await many(conn)
        await in_lanes(conn)
        first = board.columns[0].id
        for group in list(Group)[1:]:
            whole = (await boards.window(conn, board, everything(board), group=group)).pages[0]
            spans = [
                Span(column_id=first, offset=at, limit=n) for at, n in ((0, 5), (17, 30), (80, 99))
            ]
            window = await boards.window(conn, board, spans, group=group)
            assert [page.cards for page in window.pages] == [
                whole.cards[span.offset : span.offset + span.limit] for span in spans
            ]
        counts = await boards.window(conn, board, [], group=Group.TAG)
        assert sum(sum(lanes.values()) for lanes in counts.laned.values()) == 240


class TestNarrowing:
    async def test_to_a_project_counts_that_alone(self, conn: AsyncConnection) -> None:
        board, projects = await many(conn)
        project = projects[1]
        window = await boards.window(conn, board, everything(board), project_id=project)
        cards = [card for page in window.pages for card in page.cards]
        assert {card.project_id for card in cards} == {project}
        assert len(cards) == window.summary.total == 80

    async def test_to_a_project_says_nothing_on_a_projects_own_board(
        self, conn: AsyncConnection
    ) -> None:
        task = await make(conn)
        board = await make_board(conn, project_id=task.project_id)
        await make(conn, board, repo="/src/other")
        window = await boards.window(conn, board, everything(board), project_id=task.project_id)
        assert window.summary.total == 1

    @pytest.mark.parametrize(
        "text", ["p:high,urgent", "!s:done", "due:<3d", "many", "nothing", "#7", "age:>1h !p:low"]
    )
    @pytest.mark.parametrize("few", [2, 500])
    async def test_to_a_filter_shows_what_matches_in_order(
        self, conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch, text: str, few: int
    ) -> None:
        monkeypatch.setattr(windows, "FEW", few)
        board, projects = await many(conn)
        where, now = parse(text), datetime.now(UTC)
        whole = await boards.window(conn, board, everything(board))
        for project in (None, projects[0]):
            window = await boards.window(
                conn, board, everything(board), project_id=project, where=where, me=ADA, now=now
            )
            expected = [
                [
                    card
                    for card in page.cards
                    if where.matches(card, now, ADA) and project in (None, card.project_id)
                ]
                for page in whole.pages
            ]
            assert [list(page.cards) for page in window.pages] == expected
            assert window.summary.shown == sum(map(len, expected))
            assert window.summary.total == (240 if project is None else 80)


class TestSummary:
    async def test_counts_locks_stale_ones_and_who_waits_for_a_person(
        self, conn: AsyncConnection
    ) -> None:
        board = await make_board(conn)
        await make(conn, await make_board(conn, name="Other"))
        live, stale, waiting, answered, closed = [await make(conn, board) for _ in range(5)]
        for task, actor in ((live, ENG), (stale, QA)):
            await checkout.checkout_task(conn, task.id, actor)
        await expire(conn, stale.id)
        for task in (waiting, closed):
            await stages.advance_task(conn, task.id, ENG)
        await tasks.cancel_task(conn, closed.id, ADA)
        await stages.move_task(conn, answered.id, "review", ADA)
        await stages.advance_task(conn, answered.id, ADA)
        summary = (await boards.window(conn, board, [])).summary
        assert (summary.shown, summary.total) == (5, 5)
        assert (summary.locked, summary.stale, summary.waiting) == (2, 1, 1)
        narrowed = await boards.window(conn, board, [], where=parse(f"!#{stale.seq}"), me=ADA)
        assert (narrowed.summary.shown, narrowed.summary.total) == (4, 5)
        assert (narrowed.summary.locked, narrowed.summary.stale) == (1, 0)

    async def test_is_of_one_moment_with_the_rows(
        self, conn: AsyncConnection, connect: Connect
    ) -> None:
        board = await make_board(conn)
        task = await make(conn, board)
        await conn.commit()
        other = await connect()
        await stages.move_task(other, task.id, "qa", ADA)
        before = await boards.window(conn, board, everything(board))
        await other.commit()
        after = await boards.window(conn, board, everything(board))
        assert by_name(board, before) == {"draft": [task.id]}
        assert by_name(board, after) == {"qa": [task.id]}


async def in_lanes(conn: AsyncConnection) -> None:
    """Give tasks people, tags and parents: none, one or two of each; names in hostile order."""
    await conn.execute(
        """INSERT INTO tags (id, name, color) VALUES
           ('z', 'Äther', '#111111'), ('a', '[red]', NULL), ('m', 'zebra', '#222222')"""
    )
    for each in (
        """INSERT INTO task_tags (task_id, tag_id)
           SELECT t.id, (ARRAY['z', 'a', 'm', 'bug'])[1 + t.seq % 4] FROM tasks t
            WHERE t.seq % 5 > 0""",
        """INSERT INTO task_tags (task_id, tag_id)
           SELECT t.id, (ARRAY['m', 'z', 'bug'])[1 + t.seq % 3] FROM tasks t
            WHERE t.seq % 7 = 0 ON CONFLICT DO NOTHING""",
        """INSERT INTO task_actors (task_id, actor_type, actor_id, role)
           SELECT t.id, 'local', (ARRAY['eng-1', 'Zoe', 'éva', '', '@x'])[1 + t.seq % 5],
                  'assignee' FROM tasks t WHERE t.seq % 3 > 0""",
        """INSERT INTO task_actors (task_id, actor_type, actor_id, role)
           SELECT t.id, 'omni_agent', 'B', (ARRAY['assignee', 'watcher'])[1 + t.seq % 2]
             FROM tasks t WHERE t.seq % 11 = 0""",
        """UPDATE tasks t SET parent_id = p.id FROM tasks p
            WHERE p.seq = t.seq % 9 + 1 AND p.repo_path = t.repo_path AND t.seq > 20""",
    ):
        await conn.execute(each)


async def many(conn: AsyncConnection) -> tuple[Board, list[str]]:
    """A global board with 240 tasks of two projects and of none, that differ in all that orders."""
    board = await make_board(conn, column("a"), column("b"))
    projects = [(await make(conn, repo=path)).project_id for path in ("/src/acme", "/src/other")]
    owners: list[Any] = [*projects, None]
    now = datetime.now(UTC)
    for number in range(240):
        at = board.columns[number % 2]
        params = {
            "project": owners[number % 3],
            "board": board.id,
            "column": [at.id, None, "gone"][number // 5 % 3],
            "stage": at.name,
            "status": ["ready", "done", "blocked", "cancelled", "failed"][number // 7 % 5],
            "priority": ["urgent", "high", "normal", "low"][number // 3 % 4],
            "due": [None, now + timedelta(days=number % 9), "infinity", "-infinity"][number % 4],
            "made": now - timedelta(hours=number // 8),
        }
        await conn.execute(ADD, params)
    return board, [str(project) for project in projects]
