"""Dependencies added at once, in every order in which two sessions' statements can follow.

What comes of it must be what one after the other would have led to: never a circle of waiting,
and never an error that is not meant to be shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import permutations, product
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from genie_tui.db.connection import Database
from genie_tui.domain.dependencies import Dependency, circles
from genie_tui.errors import Conflict, GenieError, NotFound, Refused
from genie_tui.services import dependencies
from tests.services.making import ADA, ENG, make, rows
from tests.services.sessions import Stepping, interleaved

TYPES = ("depends_on", "blocks", "relates_to")

Step = tuple[str, str, str, str]
"""A verb, two tasks by letter, and a type."""

Edges = dict[tuple[str, str], str]

EDGES = "SELECT task_id, depends_on_id, dep_type FROM task_dependencies"


@pytest_asyncio.fixture
async def stepping(dsn: str) -> AsyncIterator[tuple[Stepping, Stepping]]:
    """Two sessions that go on statement by statement."""
    async with await Stepping.connect(dsn) as first, await Stepping.connect(dsn) as second:
        yield first, second
        for conn in (first, second):
            conn.may_go.set()


@pytest_asyncio.fixture
async def watcher(conn: AsyncConnection) -> AsyncConnection:
    """A session that looks on."""
    await conn.set_autocommit(True)
    return conn


def waits_in_a_circle(edges: Edges) -> bool:
    links = [Dependency(task_id=a, depends_on_id=b, dep_type=t) for (a, b), t in edges.items()]
    return bool(circles([link.waits for link in links if link.waits is not None]))


def done_alone(edges: Edges, steps: Sequence[Step]) -> tuple[Edges, Any]:
    """What a transaction leads to when no other is under way: the rules once more."""
    after, came = dict(edges), None
    for verb, a, b, kind in steps:
        if verb == "remove":
            came = after.pop((a, b), None) is not None
        elif (a, b) in after:
            if after[a, b] != kind:
                return edges, Conflict
            came = False
        elif waits_in_a_circle({**after, (a, b): kind}):
            return edges, Refused
        else:
            after[a, b], came = kind, True
    return after, came


def one_after_the_other(
    edges: Edges, both: Sequence[Sequence[Step]]
) -> list[tuple[Edges, list[Any]]]:
    outcomes = []
    for order in permutations(range(len(both))):
        after, came = dict(edges), [None] * len(both)
        for number in order:
            after, came[number] = done_alone(after, both[number])
        outcomes.append((after, came))
    return outcomes


def doing(ids: dict[str, str], steps: Sequence[Step]) -> Callable[[Stepping], Awaitable[Any]]:
    async def work(conn: Stepping) -> Any:
        came: Any = None
        for verb, a, b, kind in steps:
            if verb == "remove":
                came = await dependencies.remove_dependency(conn, ids[a], ids[b], actor=ADA)
            else:
                came = await dependencies.add_dependency(conn, ids[a], ids[b], kind, actor=ENG)
        return came

    return work


async def is_as_if_in_turn(
    watcher: AsyncConnection,
    stepping: Sequence[Stepping],
    edges: Edges,
    both: Sequence[Sequence[Step]],
) -> int:
    """Check every order; how many there were."""
    ids: dict[str, str] = {}

    async def begin() -> list[Callable[[Stepping], Awaitable[Any]]]:
        ids.clear()
        await watcher.execute("DELETE FROM tasks")
        for letter in "abcd":
            ids[letter] = (await make(watcher)).id
        for (a, b), kind in edges.items():
            await watcher.execute(
                "INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)"
                " VALUES (%s, %s, %s)",
                (ids[a], ids[b], kind),
            )
        return [doing(ids, steps) for steps in both]

    expected = one_after_the_other(edges, both)
    count = 0
    async for came, order in interleaved(watcher, stepping, begin):
        count += 1
        letters = {task_id: letter for letter, task_id in ids.items()}
        found: Edges = {
            (letters[row["task_id"]], letters[row["depends_on_id"]]): row["dep_type"]
            for row in await rows(watcher, EDGES)
        }
        kinds = [type(one) if isinstance(one, Exception) else one for one in came]
        assert (found, kinds) in expected, (order, came)
        assert not waits_in_a_circle(found)
    return count


@pytest.mark.parametrize(("first", "second"), list(product(TYPES, TYPES)))
async def test_two_that_would_close_a_circle_of_two(
    watcher: AsyncConnection, stepping: tuple[Stepping, Stepping], first: str, second: str
) -> None:
    for back in (("b", "a"), ("a", "b")):
        both = [[("add", "a", "b", first)], [("add", *back, second)]]
        assert await is_as_if_in_turn(watcher, stepping, {}, both) > 5


@pytest.mark.parametrize("present", TYPES[:2])
@pytest.mark.parametrize(("first", "second"), list(product(TYPES[:2], TYPES[:2])))
async def test_two_that_would_close_a_circle_of_three(
    watcher: AsyncConnection,
    stepping: tuple[Stepping, Stepping],
    present: str,
    first: str,
    second: str,
) -> None:
    def edge(waiter: str, waited: str, kind: str) -> tuple[str, str, str]:
        return (waiter, waited, kind) if kind == "depends_on" else (waited, waiter, kind)

    a, b, kind = edge("c", "a", present)
    both = [[("add", *edge("a", "b", first))], [("add", *edge("b", "c", second))]]
    assert await is_as_if_in_turn(watcher, stepping, {(a, b): kind}, both) > 5


async def test_transactions_of_several_adds(
    watcher: AsyncConnection, stepping: tuple[Stepping, Stepping]
) -> None:
    both = [
        [("add", "a", "b", "depends_on"), ("add", "c", "d", "depends_on")],
        [("add", "d", "a", "depends_on"), ("add", "b", "c", "depends_on")],
    ]
    assert await is_as_if_in_turn(watcher, stepping, {}, both) > 10


async def test_an_add_while_what_stands_in_its_way_is_removed(
    watcher: AsyncConnection, stepping: tuple[Stepping, Stepping]
) -> None:
    both = [[("remove", "a", "b", "")], [("add", "b", "a", "depends_on")]]
    assert await is_as_if_in_turn(watcher, stepping, {("a", "b"): "depends_on"}, both) > 5
    turned = [[("remove", "a", "b", ""), ("add", "b", "a", "blocks")], both[1]]
    assert await is_as_if_in_turn(watcher, stepping, {("a", "b"): "depends_on"}, turned) > 5


@pytest.mark.parametrize("lost", ["a", "b"])
async def test_a_task_that_is_deleted_meanwhile_is_said_to_be_gone(
    watcher: AsyncConnection, stepping: tuple[Stepping, Stepping], lost: str
) -> None:
    ids: dict[str, str] = {}

    async def begin() -> list[Callable[[Stepping], Awaitable[Any]]]:
        await watcher.execute("DELETE FROM tasks")
        for letter in "ab":
            ids[letter] = (await make(watcher)).id

        async def delete(conn: Stepping) -> None:
            await conn.execute("DELETE FROM tasks WHERE id = %s", (ids[lost],))

        return [doing(ids, [("add", "a", "b", "depends_on")]), delete]

    async for came, order in interleaved(watcher, stepping, begin):
        assert came[0] is True or isinstance(came[0], NotFound), (order, came)
        if isinstance(came[0], NotFound):
            assert ids[lost] in str(came[0])
        assert came[1] is None
        assert await rows(watcher, EDGES) == []


async def test_another_client_that_links_the_same_two_meanwhile(
    watcher: AsyncConnection, stepping: tuple[Stepping, Stepping]
) -> None:
    ids: dict[str, str] = {}

    async def begin() -> list[Callable[[Stepping], Awaitable[Any]]]:
        await watcher.execute("DELETE FROM tasks")
        for letter in "ab":
            ids[letter] = (await make(watcher)).id

        async def link(conn: Stepping) -> None:
            await conn.execute(
                "INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)"
                " VALUES (%s, %s, 'relates_to')",
                (ids["a"], ids["b"]),
            )

        return [doing(ids, [("add", "a", "b", "depends_on")]), link]

    async for came, order in interleaved(watcher, stepping, begin):
        assert came[0] is True or isinstance(came[0], GenieError), (order, came)
        assert came[1] is None or isinstance(came[1], psycopg.errors.UniqueViolation)
        assert len(await rows(watcher, EDGES)) == 1


async def test_a_database_that_shows_old_rows_by_default_does_not_hide_the_circle(
    database: Database, watcher: AsyncConnection
) -> None:
    name = sql.Identifier(watcher.info.dbname)
    statement = sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'")
    await watcher.execute(statement.format(name))
    async with database.connection() as conn:
        (row,) = await rows(conn, "SHOW transaction_isolation")
    assert row == {"transaction_isolation": "read committed"}
