"""The metrics: each chart with its figures, over as many days as one likes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg import AsyncConnection
from rich.cells import cell_len

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens.metrics import MetricsPage
from genie_tui.ui.widgets.metrics_charts import Chart
from tests.services.making import make
from tests.ui.running import Desk, Room, running

EVIL = "[red]r\x1b[31m\u202e漢字[/]"

STATEMENTS = (
    "UPDATE tasks SET created_at = now() - interval '20 days', release_id = %(evil)s,"
    " title = %(evil)s || repeat('x', 100000)",
    "INSERT INTO task_stage_log (task_id, from_stage, to_stage, created_at)"
    " SELECT id, 'draft', 'build', now() - interval '3 days' FROM tasks WHERE stage = 'build'",
    "UPDATE tasks SET status = 'done', started_at = now() - interval '2 days',"
    " ended_at = now() - interval '1 day' WHERE stage = 'build'",
    "INSERT INTO machine_snapshots (id, cpu_percent, memory_mb, active_workers, created_at)"
    " SELECT n::text, 40 + n, 2048, 3, now() - n * interval '1 hour' FROM generate_series(1, 50) n",
)


async def live(conn: AsyncConnection) -> None:
    for statement in STATEMENTS:
        await conn.execute(statement.encode(), {"evil": EVIL})
    await conn.commit()


def chart(desk: Desk) -> Chart:
    page = desk.app.page
    assert isinstance(page, MetricsPage)
    return page.chart


async def test_each_chart_is_a_key_away_and_tells_its_figures(room: Room, ada: Actor) -> None:
    await live(room.conn)
    async with running(room.settings, ada, size=(150, 44)) as desk:
        await desk.go_to("Metrics")
        await desk.sees("[Flow]", "[30d]", "cumulative flow", "done in all", "Draft")
        await desk.press("l")
        await desk.sees("[Cycle time]", "time in each column", "17d", "start to done", "1d")
        await desk.press("right")
        await desk.sees("[Throughput]", "done a day", "0.2 done a week", "week of")
        await desk.press("plus")
        await desk.sees("[90d]", "done a week")
        await desk.press("equals_sign", "minus", "minus", "minus")
        await desk.sees("[7d]")
        await desk.press("l", "w")
        await desk.until(lambda: desk.app.screen.is_modal)
        await desk.press("down", "enter")
        await desk.sees("open tasks of release [red]r�[31m", "2")
        await desk.press("l")
        await desk.sees("[Age]", "how long open tasks", "#1 [red]r", "20d")
        await desk.press("l")
        await desk.sees("[Machine]", "processor, %", "workers", "memory, GB", "2.0")
        await desk.press("j", "k", "ctrl+d", "G", "g", "h", "left")
        await desk.until(lambda: chart(desk) is Chart.BURNDOWN)
        for key, days in (("1", "[7d]"), ("2", "[30d]"), ("3", "[90d]"), ("4", "[365d]")):
            await desk.press(key)
            await desk.sees(days)
        assert "\x1b" not in desk.text
        assert "\u202e" not in desk.text
        await make(room.conn, room.board, "draft", title="one more")
        await room.conn.commit()
        await desk.press("r")
        await desk.press("escape")
        await desk.until(lambda: desk.app.current_mode == "board")


@pytest.mark.parametrize(("width", "plain"), [(60, True), (80, False)])
async def test_the_charts_fit_where_there_is_little_room(
    room: Room, ada: Actor, width: int, plain: bool
) -> None:
    await live(room.conn)
    async with running(replace(room.settings, ascii=plain), ada, size=(width, 30)) as desk:
        await desk.go_to("Metrics")
        for told in ("cumulative", "time in", "throughput", "burndown", "how long", "machine"):
            await desk.sees(told)
            lines = desk.text.splitlines()
            assert max(map(cell_len, lines)) <= width
            assert not plain or not set("─│┌└┤█▄⠉") & set(desk.text)
            await desk.press("l")


async def test_where_there_is_nothing_to_draw_it_is_said_what_would_be(
    room: Room, ada: Actor
) -> None:
    await room.conn.execute("DELETE FROM tasks")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.go_to("Metrics")
        await desk.sees("no task stood on this board")
        await desk.press("w")
        await desk.told("no task belongs to a release")
        await desk.press("h")
        await desk.sees("nobody noted the machine's load")
        await desk.press("h")
        await desk.sees("no task is open")
