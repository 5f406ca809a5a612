"""Filters as SQL and in memory agree on any rows, also on what only other clients would write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import Field, Filter, Fuzzy, OneOf, Term, Title, fold, parse
from genie_tui.domain.fuzzy import LETTERS_AT_MOST
from genie_tui.services import filters
from genie_tui.services.cards import cards
from tests.domain.test_filters import filters as any_filters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ME = Actor.human("ada", "desk")

ADD_TASK = """
    INSERT INTO tasks (
        id, repo_path, title, type_id, stage, status, priority, due_date, checkout_run_id,
        execution_locked_at, checkout_timeout_ms, created_at, updated_at)
    VALUES (
        %(id)s, %(repo)s, %(title)s, 'odd', %(stage)s, %(status)s, %(priority)s, %(due)s, %(run)s,
        %(locked)s, %(timeout)s, coalesce(%(made)s, now()),
        coalesce(%(made)s, now()))
"""

ADD_TAG = """
    INSERT INTO task_tags (task_id, tag_id) SELECT %s, id FROM tags WHERE id = %s
        ON CONFLICT DO NOTHING
"""

ADD_ACTOR = """
    INSERT INTO task_actors (task_id, actor_type, actor_id, role) VALUES (%s, %s, %s, %s)
        ON CONFLICT DO NOTHING
"""

ADD_LINK = """
    INSERT INTO task_dependencies (task_id, depends_on_id, dep_type) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING
"""

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
titles = st.one_of(
    st.text(letters),
    st.lists(st.sampled_from(["İ", "ß", "ẞ", "Σ", "ς", "ﬁ", "K", "%", "_", "\\", '"', "e\u0301",
                              "ready", " ", "-", "\n", "Ǆ", "ŉ", "ა", "Ა"])).map("".join),
)  # fmt: skip
names = st.one_of(
    st.sampled_from(["ada", "Ada", "eng-1", "@", "", "Ünal", "a@b", "a,b", "İ"]), titles
)
runs = st.one_of(
    st.none(),
    st.sampled_from(["", "agent-", "agent-eng-1", "tui-", "tui-@", "tui-ada@desk", "tui-@desk",
                     "tui-a@b@c", "tui-ada", "AGENT-x", "agent-tui-a@b", "tui-\n@x"]),
    titles,
)  # fmt: skip
hours = st.sampled_from([-1000, -49, -48, -1, 0, 1, 48, 72, 73, 10_000])
times = st.one_of(
    st.none(),
    st.sampled_from(["infinity", "-infinity", "0044-03-15 BC", "294276-12-31", "0001-01-01"]),
    hours.map(lambda number: (NOW + timedelta(hours=number)).isoformat()),
)
tag_ids = st.sampled_from(["bug", "odd", "Ünique", "bug,chore", ""])

task_rows = st.fixed_dictionaries(
    {
        "repo": st.sampled_from(["/src/acme", "/src/else"]),
        "title": titles,
        "stage": st.sampled_from(["build", "QA", "in review", "Grüße", "İstanbul"]),
        "status": st.sampled_from(
            ["ready", "in_progress", "blocked", "done", "failed", "cancelled"]
        ),
        "priority": st.sampled_from(["urgent", "high", "normal", "low"]),
        "due": times,
        "run": runs,
        "locked": times,
        "timeout": st.sampled_from([None, 0, -1, 600_000, 2**31 - 1, -(2**31)]),
        "made": times,
        "tags": st.lists(tag_ids, max_size=3),
        "actors": st.lists(
            st.tuples(
                st.sampled_from(["local", "genie_os_user", "omni_agent"]),
                names,
                st.sampled_from(["assignee", "creator", "Assignee"]),
            ),
            max_size=3,
        ),
    }
)

AT_THE_END = dict[str, Any](
    repo="/src/acme",
    title="",
    stage="build",
    status="ready",
    priority="low",
    due=None,
    run="",
    locked=None,
    timeout=2**31 - 1,
    made="294276-12-31",
    tags=[],
    actors=[],
)
"""A lock that would end when no calendar goes on."""

links = st.tuples(
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from(["depends_on", "blocks", "relates_to"]),
)


@pytest.fixture
def runner(dsn: str) -> Iterator[tuple[asyncio.Runner, AsyncConnection]]:
    """A connection that is used from within examples, with a task type of odd stages."""
    with asyncio.Runner() as runner:
        conn = runner.run(AsyncConnection.connect(dsn))
        runner.run(prepare(conn))
        yield runner, conn
        runner.run(conn.close())


async def prepare(conn: AsyncConnection) -> None:
    await conn.execute(
        """INSERT INTO task_types (id, name, stages) VALUES ('odd', 'Odd', '[
            {"name": "build"}, {"name": "QA"}, {"name": "in review"}, {"name": "Grüße"},
            {"name": "İstanbul"}]')"""
    )
    for tag, name in (("odd", "ODD Ones"), ("Ünique", "bug"), ("bug,chore", "ß"), ("", "none")):
        await conn.execute("INSERT INTO tags (id, name) VALUES (%s, %s)", (tag, name))
    await conn.commit()


async def fill(
    conn: AsyncConnection, tasks: list[dict[str, Any]], links: list[tuple[int, int, str]]
) -> list[str]:
    ids = []
    for number, task in enumerate(tasks):
        ids.append(f"task-{number:08x}")
        await conn.execute(ADD_TASK, task | {"id": ids[-1]})
        for tag in task["tags"]:
            await conn.execute(ADD_TAG, (ids[-1], tag))
        for actor in task["actors"]:
            await conn.execute(ADD_ACTOR, (ids[-1], *actor))
    for first, second, kind in links:
        if first != second and max(first, second) < len(ids):
            await conn.execute(ADD_LINK, (ids[first], ids[second], kind))
    return ids


async def disagreement(
    conn: AsyncConnection,
    tasks: list[dict[str, Any]],
    links: list[tuple[int, int, str]],
    filters_: list[Filter],
) -> list[str]:
    """The filters on which the two do not agree, with the rows."""
    try:
        everything = await cards(conn, await fill(conn, tasks, links))
        assert len(everything) == len(tasks)
        found = []
        for filter_ in filters_:
            condition, parameters = filters.compile(filter_, now=NOW, me=ME)
            rows = await conn.execute(f"SELECT t.id, {condition} FROM tasks t".encode(), parameters)
            shown: dict[str, bool] = dict(await rows.fetchall())
            assert None not in shown.values()
            for card in everything:
                if shown[card.id] != filter_.matches(card, NOW, ME):
                    found.append(f"{filter_}: {shown[card.id]} in SQL of {card}")  # noqa: PERF401
        return found
    finally:
        await conn.rollback()


STRIDES = ((0, 2), (1, 3), (0, 4), (2, 1))
"""Where letters of a title are taken from: so far apart as they may be, and farther."""


def about(tasks: list[dict[str, Any]]) -> list[Filter]:
    """What these tasks are likely to be found by: their own words."""
    found: list[Filter] = [
        parse(text)
        for text in (
            "locked", "stale", "mine", "ready", "blocked", "due:none", "due:overdue", "due:<3d",
            "due:>3d", "due:<0h", "age:<2d", "age:>2d", "tag:bug", "tag:odd", "@ada", "stage:qa",
            "stage:grüße,İstanbul", "#1", "#2 !#1",
        )
    ]  # fmt: skip
    for task in tasks:
        words = [(Field.STAGE, task["stage"]), (Field.PERSON, task["run"] or "")]
        words += [(Field.TAG, tag) for tag in task["tags"]]
        words += [(Field.PERSON, who) for _, who, _ in task["actors"]]
        tests = [OneOf(field=field, values=(fold(word),)) for field, word in words if word]
        found += [Filter(terms=(Term(test=test),)) for test in tests]
        found += [
            Filter(terms=(Term(test=Title(text=text)),))
            for text in (task["title"], task["title"].upper(), task["title"][1:3])
            if text
        ]
        found += [
            Filter(terms=(Term(test=Fuzzy(letters=text[:LETTERS_AT_MOST])),))
            for text in (*(task["title"][at::step] for at, step in STRIDES), task["title"].upper())
            if text
        ]
    return found + [Filter(terms=tuple(Term(test=t.test, negated=True) for t in f.terms))
                    for f in found]  # fmt: skip


def test_sql_and_memory_agree_on_whatever_a_row_can_hold(
    runner: tuple[asyncio.Runner, AsyncConnection],
) -> None:
    @example([AT_THE_END], [], [])
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(task_rows, min_size=1, max_size=5),
        st.lists(links, max_size=6),
        st.lists(any_filters, max_size=5),
    )
    def agree(
        tasks: list[dict[str, Any]], links: list[tuple[int, int, str]], more: list[Filter]
    ) -> None:
        found = runner[0].run(disagreement(runner[1], tasks, links, [*about(tasks), *more]))
        assert found == []

    agree()
