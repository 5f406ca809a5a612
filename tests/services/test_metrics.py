"""What PostgreSQL aggregates is what a replay of the log gives, row by row, for any history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.metrics import DONE, ELSEWHERE, Days, Metrics, days_until, slots
from genie_tui.services import boards, columns, metrics
from tests.services.making import ADA, REPO, make, make_board

STAGES = ("draft", "build", "review", "qa", "ship")
TODAY = date(2026, 3, 10)
WEEK, YEAR = (
    days_until(TODAY, count, lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC))
    for count in (7, 365)
)
NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)

moments = st.integers(-10 * 24, 2 * 24).map(lambda hours: NOW + timedelta(hours=hours))
"""Some before the first day of a week, some after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A task, and the rows that its log has: when, from where, to where."""

    made: datetime
    stage: str
    status: str
    started: datetime | None
    ended: datetime | None
    rows: list[tuple[datetime, str | None, str]] = field(default_factory=list)


steps = st.lists(
    st.tuples(
        moments.map(lambda at: at - timedelta(days=1)),
        st.none() | st.sampled_from((*STAGES, "away")),
        st.sampled_from((*STAGES, "away")),
    ),
    max_size=5,
)
tasks = st.builds(
    Told,
    made=moments,
    stage=st.sampled_from(STAGES),
    status=st.sampled_from(("ready", "in_progress", "blocked", "done", "done", "cancelled")),
    started=st.none() | moments,
    ended=st.none() | moments,
    rows=steps,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What became of a task, step by step, as `services.flow` says it does."""

    task: Told
    made: datetime
    closed: datetime | None
    steps: tuple[tuple[datetime, str, str], ...]

    @classmethod
    def of(cls, task: Told) -> Life:
        closed = None
        if task.status in ("done", "cancelled"):
            closed = max(task.ended or NOW, task.made)
        found, was = [], None
        rows = sorted(task.rows, key=lambda row: row[0])
        for number, (at, from_stage, to_stage) in enumerate(rows):
            was = was or from_stage or to_stage
            becomes = task.stage if number == len(rows) - 1 else to_stage
            at = max(at, task.made)
            found.append((min(at, closed) if closed else at, was, becomes))
            was = to_stage
        return cls(task=task, made=task.made, closed=closed, steps=tuple(found))

    def at(self, moment: datetime) -> str | None:
        """Where it stood just before a moment; None where it did not stand anywhere."""
        if self.made >= moment:
            return None
        if self.closed is not None and self.closed < moment:
            return DONE if self.task.status == "done" else None
        stage = self.steps[0][1] if self.steps else self.task.stage
        for at, _, becomes in self.steps:
            if at < moment:
                stage = becomes
        return stage

    def visits(self) -> Iterator[tuple[str, datetime, datetime]]:
        """The columns that it left, and when it came and went."""
        since = self.made
        for at, was, _ in self.steps:
            yield was, since, at
            since = at
        if self.closed is not None:
            yield self.task.stage, since, self.closed


def part_of(lengths: Sequence[timedelta], part: float) -> timedelta:
    """What that part of them does not exceed, between two of them in proportion."""
    ordered = sorted(lengths)
    exact = part * (len(ordered) - 1)
    low = min(int(exact), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (exact - low)


async def write(conn: AsyncConnection, board: Board, history: Sequence[Told]) -> None:
    for number, task in enumerate(history):
        values: dict[str, Any] = {"id": f"t{number}", "board": board.id, "repo": REPO}
        values |= {"made": task.made, "stage": task.stage, "status": task.status}
        values |= {"started": task.started, "ended": task.ended, "now": NOW}
        await conn.execute(
            "INSERT INTO tasks (id, seq, repo_path, title, board_id, stage, status, created_at,"
            " updated_at, started_at, ended_at, release_id) VALUES (%(id)s, 1, %(repo)s, 'x',"
            " %(board)s, %(stage)s, %(status)s, %(made)s, %(now)s, %(started)s, %(ended)s, 'r')",
            values,
        )
        for at, from_stage, to_stage in task.rows:
            await conn.execute(
                "INSERT INTO task_stage_log (task_id, from_stage, to_stage, created_at)"
                " VALUES (%s, %s, %s, %s)",
                (f"t{number}", from_stage, to_stage, at),
            )


async def told(dsn: str, days: Days, history: Sequence[Told]) -> Metrics:
    async with await AsyncConnection.connect(dsn) as conn:
        board = await make_board(conn)
        await write(conn, board, history)
        found = await metrics.metrics(conn, board, days, slots(days), now=NOW)
        burned = await metrics.burndown(conn, days, "r")
        assert (burned.left, burned.closed) == (found.burndown.left, found.burndown.closed)
        await conn.rollback()
    return found


def on(days: Days, moments: Sequence[datetime]) -> tuple[int, ...]:
    found = [days.day(at) for at in moments]
    return tuple(found.count(day) for day in range(len(days)))


def longer(task: Told, by: int) -> Told:
    """The same task, with everything so many times as far from now."""

    def moved(at: datetime) -> datetime:
        return NOW + (at - NOW) * by

    return replace(
        task,
        made=moved(task.made),
        started=task.started and moved(task.started),
        ended=task.ended and moved(task.ended),
        rows=[(moved(at), was, becomes) for at, was, becomes in task.rows],
    )


@pytest.mark.parametrize(("days", "scale"), [(WEEK, 1), (YEAR, 52)], ids=["week", "year"])
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(tasks, min_size=1, max_size=6))
def test_for_any_history_the_figures_are_those_of_a_replay(
    dsn: str, days: Days, scale: int, history: list[Told]
) -> None:
    history = [longer(task, scale) for task in history]
    found = asyncio.run(told(dsn, days, history))
    lives = [Life.of(task) for task in history]
    for day, end in enumerate(days.edges[1:]):
        stands = [life.at(end) for life in lives]
        for place, numbers in found.flow.items():
            wanted = {"away"} if place == ELSEWHERE else {place}
            assert numbers[day] == sum(at in wanted for at in stands), (place, day)
        assert found.burndown.left[day] == sum(at not in (None, DONE) for at in stands)
    closed = {
        status: [life.closed for life in lives if life.closed and life.task.status == status]
        for status in ("done", "cancelled")
    }
    assert found.made == on(days, [life.made for life in lives])
    assert found.done == on(days, closed["done"])
    assert found.dropped == on(days, closed["cancelled"])
    check_lengths(found, lives, days)


def check_lengths(found: Metrics, lives: Sequence[Life], days: Days) -> None:
    first, last = days.edges[0], days.edges[-1]
    visits = [visit for life in lives for visit in life.visits() if first <= visit[2] < last]
    for spent in found.spent:
        lengths = [
            end - begin for place, begin, end in visits if place == spent.place and begin < end
        ]
        assert spent.count == len(lengths)
        assert abs(spent.half - part_of(lengths, 0.5)) < timedelta(milliseconds=1)
        assert abs(spent.most - part_of(lengths, 0.85)) < timedelta(milliseconds=1)
    gone = {place for place, begin, end in visits if begin < end and place in STAGES}
    assert {spent.place for spent in found.spent} == gone
    for aged in found.ages:
        here = [life for life in lives if life.closed is None and life.task.stage == aged.place]
        since = [life.steps[-1][0] if life.steps else life.made for life in here]
        assert aged.count == len(here)
        assert [old.since for old in aged.oldest] == sorted(since)[: len(aged.oldest)]
        assert abs(aged.half - (NOW - part_of([at - NOW for at in since], 0.5) - NOW)) < timedelta(
            1e-6
        )


async def test_a_renamed_column_has_its_history_and_the_machine_its_load(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    assert board.id is not None
    task = await make(conn, board, "build")
    await conn.execute(
        "INSERT INTO task_stage_log (task_id, from_stage, to_stage) VALUES (%s, 'draft', 'build')",
        (task.id,),
    )
    await columns.edit_column(conn, board, "build", actor=ADA, name="making")
    await conn.execute(
        "INSERT INTO machine_snapshots (id, cpu_percent, memory_mb, active_workers)"
        " VALUES ('1', 20, 2048, 2), ('2', 40, 4096, 4), ('3', NULL, NULL, 0)"
    )
    await conn.execute(
        "INSERT INTO schedules (id, name, cron_expression) VALUES ('s', 's', '@daily')"
    )
    await conn.execute("INSERT INTO triggers (id, schedule_id, due_at) VALUES ('t', 's', now())")
    await conn.execute(
        "INSERT INTO runs (id, trigger_id, status)"
        " VALUES ('1', 't', 'completed'), ('2', 't', 'failed'), ('3', 't', 'running')"
    )
    board = await boards.find_board(conn, board.id)
    now = datetime.now(UTC) + timedelta(seconds=1)
    days = days_until(now.date(), 7, lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC))
    found = await metrics.metrics(conn, board, days, slots(days), now=now)
    assert found.flow["making"][-1] == 1
    assert ELSEWHERE not in found.flow
    assert [spent.place for spent in found.spent] in ([], ["draft"])
    assert [value for value in found.load.cpu if value is not None] == [30.0]
    assert [value for value in found.load.cpu_peak if value is not None] == [40.0]
    assert [value for value in found.load.workers if value is not None] == [pytest.approx(2.0)]
    assert (found.runs[0][-1], found.runs[1][-1]) == (1, 1)
