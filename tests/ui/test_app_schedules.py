"""The screen of the schedules."""

from __future__ import annotations

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens.schedules import SchedulesPage
from tests.ui.running import Desk, Room, running

SCHEDULES = """
    INSERT INTO schedules (id, name, cron_expression, command, run_spec, status)
    VALUES ('s-qa', 'nightly-qa', '0 2 * * *', 'make qa', '{"repo_path": "/src/acme"}', 'active'),
           ('s-tidy', 'tidy', '@every 10m', 'git gc', '{}', 'active'),
           ('s-sync', 'sync', '@every 1h', 'sync', '{}', 'active'),
           ('s-odd', '[red]odd[/] ' || chr(27) || '[31m漢字', 'whenever', NULL, '{}', 'paused')
"""
TRIGGERS = """
    INSERT INTO triggers (id, schedule_id, due_at, status)
    VALUES ('t-tidy', 's-tidy', now() + interval '9 minutes 55 seconds', 'pending'),
           ('t-qa', 's-qa', now() + interval '5 hours 30 minutes', 'pending'),
           ('t-qa-1', 's-qa', now() - interval '1 day', 'failed'),
           ('t-qa-2', 's-qa', now() - interval '2 days', 'completed'),
           ('t-sync-1', 's-sync', now() - interval '1 hour', 'failed')
"""
RUNS = """
    INSERT INTO runs (id, trigger_id, status, exit_code, output, error, worker_id, started_at,
                      completed_at, created_at)
    SELECT 'r-' || t, t, status, code, output, error, '4711', now() - age,
           now() - age + took, now() - age
      FROM (VALUES
        ('t-qa-1', 'failed', 1, E'one\\ntest_refresh failed\\n' || chr(27) || '[31mred',
         'exit code 1', interval '1 day', interval '90 seconds'),
        ('t-qa-2', 'completed', 0, 'all passed', NULL, interval '2 days', interval '60 seconds'),
        ('t-sync-1', 'timeout', NULL, '', 'it took longer than its lease and was ended',
         interval '1 hour', interval '300 seconds')) v (t, status, code, output, error, age, took)
"""


@pytest_asyncio.fixture
async def clockwork(room: Room, conn: AsyncConnection) -> Room:
    """The same room, with schedules and runs."""
    for statement in (SCHEDULES, TRIGGERS, RUNS):
        await conn.execute(statement)
    await conn.commit()
    return room


def names(desk: Desk) -> list[str]:
    page = desk.app.page
    assert isinstance(page, SchedulesPage)
    return [row.id for row in page.list.items]


async def pending(conn: AsyncConnection) -> list[str]:
    cursor = await conn.execute(
        "SELECT schedule_id FROM triggers WHERE status = 'pending' ORDER BY schedule_id, due_at"
    )
    found = [row[0] for row in await cursor.fetchall()]
    await conn.commit()
    return found


async def test_schedules_are_told_by_when_they_are_due_and_how_they_went(
    clockwork: Room, ada: Actor
) -> None:
    async with running(clockwork.settings, ada, size=(160, 44)) as desk:
        await desk.go_to("Schedules")
        await desk.sees("due", "all", "in 9m", "in 5h", "nightly-qa", "failed (1) ")
        assert names(desk) == ["s-tidy", "s-qa", "s-sync", "s-odd"]
        await desk.press("j")
        await desk.sees("/src/acme", "exit code 1", "test_refresh failed", "in the middle")
        assert "\x1b" not in desk.text
        await desk.press("enter", "j")
        await desk.sees("all passed")
        await desk.press("enter", "escape", "escape", "G")
        await desk.sees("odd", "whenever", "paused", "it has not run yet")
        await desk.press("minus")
        await desk.told("the next week")
        await desk.press("plus", "plus", "plus", "plus", "plus")
        await desk.told("the next hour")
        await desk.press("y")
        await desk.told("s-odd is in the clipboard")
        await desk.press("escape")
        await desk.until(lambda: desk.app.current_mode == "board")


async def test_they_are_narrowed_down_to_words_and_to_what_failed(
    clockwork: Room, ada: Actor
) -> None:
    async with running(clockwork.settings, ada, size=(120, 40)) as desk:
        await desk.go_to("Schedules")
        await desk.until(lambda: len(names(desk)) == 4)
        await desk.press("w")
        await desk.until(lambda: names(desk) == ["s-qa", "s-sync"])
        await desk.press("slash")
        await desk.type("time")
        await desk.until(lambda: names(desk) == ["s-sync"])
        await desk.press("escape", "w")
        await desk.until(lambda: len(names(desk)) == 4)


async def test_a_key_runs_pauses_and_calls_off(
    clockwork: Room, ada: Actor, conn: AsyncConnection
) -> None:
    async with running(clockwork.settings, ada, size=(120, 40)) as desk:
        await desk.go_to("Schedules")
        await desk.until(lambda: len(names(desk)) == 4)
        await desk.press("N")
        await desk.told("tidy is due now")
        assert await pending(conn) == ["s-qa", "s-tidy", "s-tidy"]
        await desk.press("P")
        await desk.told("tidy is paused")
        await desk.until(lambda: names(desk)[-1] != "s-qa" and names(desk)[0] == "s-qa")
        await desk.press("P")
        await desk.told("tidy fires again")
        await desk.press("X")
        await desk.sees("Call tidy off for good?")
        await desk.press("X", "enter")
        await desk.until(lambda: isinstance(desk.app.screen, SchedulesPage))
        assert await pending(conn) == ["s-qa", "s-tidy", "s-tidy"]
        await desk.press("X")
        await desk.sees("Call tidy off for good?")
        await desk.press("y")
        await desk.told("tidy is called off, 2 skipped")
        assert await pending(conn) == ["s-qa"]


async def test_what_failed_is_tried_again_one_by_one_or_all_that_is_marked(
    clockwork: Room, ada: Actor, conn: AsyncConnection
) -> None:
    async with running(clockwork.settings, ada, size=(120, 40)) as desk:
        await desk.go_to("Schedules")
        await desk.until(lambda: len(names(desk)) == 4)
        await desk.press("R")
        await desk.told("nothing failed here")
        await desk.press("asterisk")
        await desk.told("2 marked")
        await desk.press("R")
        await desk.sees("Try 2 runs again?", "nightly-qa: exit code 1: red", "sync: it took longer")
        await desk.press("y")
        await desk.told("tried again: nightly-qa, sync")
        assert await pending(conn) == ["s-qa", "s-qa", "s-sync", "s-tidy"]
        await desk.press("asterisk")
        await desk.told("2 marked")
        await desk.press("asterisk")
        await desk.told("none is marked")


async def test_a_run_is_followed_while_it_runs(
    clockwork: Room, ada: Actor, conn: AsyncConnection
) -> None:
    await conn.execute("UPDATE runs SET status = 'running', output = 'first' WHERE id = 'r-t-qa-1'")
    await conn.commit()
    async with running(clockwork.settings, ada, size=(160, 44)) as desk:
        await desk.go_to("Schedules")
        await desk.until(lambda: len(names(desk)) == 4)
        await desk.press("j")
        await desk.sees("running", "first")
        await conn.execute("UPDATE runs SET output = 'first and second' WHERE id = 'r-t-qa-1'")
        await conn.commit()
        await desk.sees("first and second")


async def test_where_there_are_none_one_is_told_how_to_make_one(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.go_to("Schedules")
        await desk.sees("genie-tui schedule create", "daemon start")


@pytest.mark.parametrize("size", [(80, 30), (60, 36), (60, 14)])
async def test_it_fits_where_there_is_little_room(
    clockwork: Room, ada: Actor, size: tuple[int, int]
) -> None:
    async with running(clockwork.settings, ada, size=size) as desk:
        await desk.go_to("Schedules")
        await desk.sees("nightly-qa", "tidy")
        assert all(len(line) <= size[0] for line in desk.text.splitlines())
