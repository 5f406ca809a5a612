"""Filters as SQL: they show the rows that `Filter.matches` shows, and nothing typed is ever SQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import psycopg
import pytest_asyncio
from hypothesis import given
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import Filter, parse
from genie_tui.domain.tasks import Card
from genie_tui.services import filters
from genie_tui.services.cards import cards
from tests.domain.test_filters import filters as any_filters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ME = Actor.human("ada", "desk")
HOUR = timedelta(hours=1)

TITLES = [
    "Token refresh",
    "100 % of _all_ \\ refunds",
    "GRÜßE an İstanbul, ΣΊΣΥΦΟΣ",
    'a "quoted" word',
    "ready",
]
RUNS = [None, "agent-eng-1", "tui-ada@desk", "tui-@desk", "tui-ada", "tui-a@b@c", "daemon"]

ADD_TASK = """
    INSERT INTO tasks (
        id, repo_path, title, stage, status, priority, due_date, checkout_run_id,
        execution_locked_at, checkout_timeout_ms, created_at)
    VALUES (
        %(id)s, '/src/acme', %(title)s, %(stage)s, %(status)s, %(priority)s, %(due)s, %(run)s,
        %(locked)s, %(timeout)s, %(made)s)
"""


def task(number: int) -> dict[str, Any]:
    """One of many tasks that differ in all that a filter can ask for."""
    statuses = ["ready", "in_progress", "blocked", "done", "failed", "cancelled"]
    return {
        "id": f"task-{number:08x}",
        "title": TITLES[number % 5],
        "stage": ["build", "review", "qa"][number % 3],
        "status": statuses[number % 6],
        "priority": ["urgent", "high", "normal", "low"][number % 4],
        "due": [None, NOW - HOUR, NOW + HOUR, NOW + 100 * HOUR, "infinity"][number // 2 % 5],
        "run": RUNS[number // 3 % 7],
        "locked": [NOW - HOUR, NOW, None, "infinity"][number % 4],
        "timeout": [600_000, None, 7_200_000][number % 3],
        "made": [NOW - HOUR, NOW - 50 * HOUR, NOW][number % 3],
    }


async def seed(conn: AsyncConnection) -> None:
    for number in range(120):
        await conn.execute(ADD_TASK, task(number))
    tags = "INSERT INTO task_tags (task_id, tag_id) SELECT id, %s FROM tasks WHERE seq %% %s = 0"
    for tag, divisor in (("bug", 3), ("urgent", 5)):
        await conn.execute(tags, [tag, divisor])
    people = """
        INSERT INTO task_actors (task_id, actor_type, actor_id, role)
        SELECT id, 'local', %s, %s FROM tasks WHERE seq %% %s = 0"""
    for who, role, divisor in (("ada", "assignee", 4), ("Eng-1", "assignee", 7), ("ada", "x", 5)):
        await conn.execute(people, [who, role, divisor])
    waits = """
        INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)
        SELECT a.id, b.id, %s FROM tasks a JOIN tasks b ON b.seq = a.seq + %s
         WHERE a.seq > 60"""
    for kind, distance in (("depends_on", 7), ("blocks", 11), ("relates_to", 13)):
        await conn.execute(waits, [kind, distance])
    await conn.commit()


@pytest_asyncio.fixture
async def everything(conn: AsyncConnection) -> AsyncIterator[tuple[Card, ...]]:
    """Many rows, as cards."""
    await seed(conn)
    rows = await (await conn.execute("SELECT id FROM tasks")).fetchall()
    yield await cards(conn, [id_ for (id_,) in rows])


async def shown(conn: AsyncConnection, filter_: Filter) -> set[str]:
    """The ids that a query with the filter's condition gives; the condition is never null."""
    condition, parameters = filters.compile(filter_, now=NOW, me=ME)
    query = f"SELECT t.id, {condition} FROM tasks t"
    rows = await (await conn.execute(query.encode(), parameters)).fetchall()
    assert all(holds is not None for _, holds in rows)
    return {id_ for id_, holds in rows if holds}


def agreed(found: set[str], filter_: Filter, everything: tuple[Card, ...]) -> bool:
    return found == {card.id for card in everything if filter_.matches(card, NOW, ME)}


TERMS = r"""
token ÜßE grüße istanbul σίσυφοσ "%" _all_ "\\ refunds" "\"q" "ready"
#7 #999 p:high,urgent s:in_progress,done stage:QA,review tag:BUG tag:bug,urgent tag:none-such
@ada @eng-1 @tui-ada @a@b @tui-@desk @daemon due:<3d due:>3d due:<0h due:none due:overdue
age:>2d age:<1h locked stale mine ready blocked ~tkrf ~gßanis ~%arf ~"a w" ~"\\r"
"""
WORDS = re.findall(r'(?:[^\s"]|"(?:\\.|[^"])*")+', TERMS)


async def test_sql_and_memory_agree_on_each_term_and_its_opposite(
    conn: AsyncConnection, everything: tuple[Card, ...]
) -> None:
    for word in WORDS:
        for filter_ in (parse(word), parse(f"!{word}")):
            assert agreed(await shown(conn, filter_), filter_, everything), str(filter_)


async def test_sql_and_memory_agree_on_any_two_terms(
    conn: AsyncConnection, everything: tuple[Card, ...]
) -> None:
    for first, second in product(WORDS[::2], WORDS[1::2]):
        filter_ = parse(f"{first} !{second}")
        assert agreed(await shown(conn, filter_), filter_, everything), str(filter_)


async def test_no_term_is_without_effect_on_these_rows(
    conn: AsyncConnection, everything: tuple[Card, ...]
) -> None:
    pointless = {"#999", "tag:none-such", "due:<0h"}
    for text in set(WORDS) - pointless:
        assert 0 < len(await shown(conn, parse(text))) < len(everything), text


async def test_an_empty_filter_shows_everything(
    conn: AsyncConnection, everything: tuple[Card, ...]
) -> None:
    assert len(await shown(conn, parse(""))) == len(everything)


async def test_what_is_typed_is_only_ever_looked_for(
    conn: AsyncConnection, everything: tuple[Card, ...]
) -> None:
    for text in ("'; DROP TABLE tasks; --", "%s", "%(id)s", "%", "$1", "\\\\'", "{now}"):
        for term in (f'"{text}"', f'tag:"{text}"', f'@"{text}"', f'stage:"{text}"'):
            filter_ = parse(term)
            assert agreed(await shown(conn, filter_), filter_, everything)


async def test_sql_and_memory_agree_on_filters_that_nobody_would_think_of(
    dsn: str, everything: tuple[Card, ...]
) -> None:
    with psycopg.connect(dsn) as conn:

        @given(any_filters)
        def agrees(filter_: Filter) -> None:
            condition, parameters = filters.compile(filter_, now=NOW, me=ME)
            query = f"SELECT t.id FROM tasks t WHERE {condition}"
            found = {id_ for (id_,) in conn.execute(query.encode(), parameters).fetchall()}
            assert agreed(found, filter_, everything)

        agrees()
