"""`genie-tui schedule`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import AsyncConnection

from genie_tui.services import leases
from genie_tui.services.leases import Ended
from tests.cli.conftest import Cli

DAILY = ("--cron", "0 2 * * *", "--command", "make qa")


async def test_a_schedule_is_made_with_its_first_trigger(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    made = cli(
        "schedule", "create", "nightly", *DAILY, "--timezone", "Europe/Berlin", "--json"
    ).json
    assert made["run_spec"] == {"command": "make qa", "repo_path": str(repo)}
    assert (made["cron_expression"], made["timezone"]) == ("0 2 * * *", "Europe/Berlin")
    row = await (await conn.execute("SELECT due_at, idempotency_key FROM triggers")).fetchone()
    assert row is not None
    assert (row[0].hour, row[0].minute) in {(0, 0), (1, 0)}
    assert row[1] == f"{made['id']}:{row[0].astimezone(UTC).isoformat()}"
    assert datetime.fromisoformat(made["next_due_at"]) == row[0]


def test_the_next_five_times_are_shown_before_anything_is_written(cli: Cli) -> None:
    result = cli("schedule", "create", "nightly", *DAILY)
    assert result.err.count(" 02:00:00 UTC") == 5
    assert result.out.startswith("made the schedule nightly, sched-")


def test_what_cannot_be_run_is_refused_in_words(cli: Cli) -> None:
    refused = {
        ("--cron", "61 * * * *", "--command", "x"): "out of range",
        ("--cron", "* * * *", "--command", "x"): "five fields",
        ("--cron", "0 0 31 2 *", "--command", "x"): "never due",
        ("--every", "0.1s", "--command", "x"): "a second or more",
        ("--every", "1m"): "--command",
        ("--command", "x"): "--cron, --every, --at and --after",
        ("--every", "1m", "--after", "2m", "--command", "x"): "do not go together",
        ("--at", "2020-01-01", "--command", "x"): "is over",
        ("--every", "1m", "--command", "  "): "a command",
        ("--every", "1m", "--timezone", "Mars", "--command", "x"): "no time zone 'Mars'",
    }
    for options, reason in refused.items():
        result = cli("schedule", "create", "wrong", *options)
        assert (result.code, reason in result.err) == (2, True), result.err
    assert cli("schedule", "list", "--json").json == []


def test_a_name_is_given_once(cli: Cli) -> None:
    assert cli("schedule", "create", "nightly", *DAILY).code == 0
    again = cli("schedule", "create", "Nightly", *DAILY)
    assert (again.code, "already" in again.err) == (4, True)
    assert cli("schedule", "cancel", "nightly", "--yes").code == 0
    assert cli("schedule", "create", "nightly", *DAILY).code == 0
    assert cli("schedule", "show", "nightly", "--json").json["status"] == "active"


def test_once_is_by_the_clocks_of_the_zone(cli: Cli) -> None:
    year = datetime.now(UTC).year + 1
    at = ("--at", f"{year}-07-01 12:00", "--timezone", "America/New_York", "--command", "x")
    made = cli("schedule", "create", "once", *at, "--json").json
    assert made["next_due_at"] == f"{year}-07-01T16:00:00Z"
    assert made["cron_expression"] == "@once"


async def test_an_edit_moves_the_next_trigger_and_leaves_the_rest(
    cli: Cli, conn: AsyncConnection
) -> None:
    cli("schedule", "create", "job", *DAILY, "--class", "heavy", "--catch-up")
    changed = cli("schedule", "edit", "job", "--every", "90m", "--timeout", "1h", "--json").json
    assert changed["interval_ms"] == 90 * 60 * 1000
    assert changed["metadata"] == {"catch_up": "all"}
    spec = changed["run_spec"]
    assert (spec["concurrency_class"], spec["lease_timeout_ms"]) == ("heavy", 3_600_000)
    rows = await (await conn.execute("SELECT due_at - now() FROM triggers")).fetchall()
    assert len(rows) == 1
    assert timedelta(minutes=89) < rows[0][0] <= timedelta(minutes=90)
    assert cli("schedule", "edit", "job").code == 2


async def test_pausing_keeps_what_is_pending_and_calling_off_skips_it(
    cli: Cli, conn: AsyncConnection
) -> None:
    async def statuses() -> list[str]:
        cursor = await conn.execute("SELECT status FROM triggers ORDER BY due_at")
        found = [row[0] for row in await cursor.fetchall()]
        await conn.commit()
        return found

    cli("schedule", "create", "job", *DAILY)
    assert cli("schedule", "pause", "job").out == "job is paused now\n"
    assert cli("schedule", "pause", "job").out == "job is paused already\n"
    assert cli("schedule", "run", "job").code == 4
    assert await statuses() == ["pending"]
    assert cli("schedule", "resume", "job").out == "job fires again\n"
    assert cli("schedule", "run", "job").code == 0
    assert await statuses() == ["pending", "pending"]
    asked = cli("schedule", "cancel", "job")
    assert (asked.code, "--yes" in asked.err) == (4, True)
    assert (
        cli("schedule", "cancel", "job", "--yes").out == "job is called off; 2 triggers skipped\n"
    )
    assert await statuses() == ["skipped", "skipped"]
    assert cli("schedule", "resume", "job").code == 4


async def test_a_retry_fires_the_newest_trigger_that_failed(
    cli: Cli, conn: AsyncConnection
) -> None:
    cli("schedule", "create", "job", *DAILY)
    assert cli("schedule", "retry", "job").code == 4
    await conn.execute("UPDATE triggers SET status = 'executing', due_at = now()")
    await conn.execute(
        "INSERT INTO runs (id, trigger_id, status) SELECT 'run-1', id, 'running' FROM triggers"
    )
    await leases.finish(conn, "run-1", Ended(status="failed", exit_code=9, output="why\n"), "job")
    await conn.commit()
    history = cli("schedule", "history", "--failed", "--json").json
    assert [(run["id"], run["exit_code"], run["output"]) for run in history] == [
        ("run-1", 9, "why\n")
    ]
    assert "failed (9)" in cli("schedule", "list").out
    assert "  | why" in cli("schedule", "history", "job", "--output").out
    assert cli("schedule", "retry", "job").code == 0
    row = await (await conn.execute("SELECT status, due_at <= now() FROM triggers")).fetchone()
    assert row == ("pending", True)


def test_a_schedule_is_found_by_name_id_and_the_beginning_of_it(cli: Cli) -> None:
    made = cli("schedule", "create", "job", *DAILY, "--json").json
    for reference in ("JOB", made["id"], made["id"][:9]):
        assert cli("schedule", "show", reference, "--json").json["id"] == made["id"]
    missing = cli("schedule", "show", "nothing")
    assert (missing.code, "schedule list" in missing.err) == (3, True)


async def test_what_others_wrote_is_shown_harmlessly(cli: Cli, conn: AsyncConnection) -> None:
    await conn.execute(
        """INSERT INTO schedules (id, name, cron_expression, command, run_spec, metadata)
           VALUES ('s', E'\\x1b[31m red', 'whenever', NULL, '"{\\"command\\": \\"ls\\"}"', '[]')"""
    )
    await conn.commit()
    for command in (("list",), ("show", "s")):
        result = cli("schedule", *command)
        assert (result.code, "\x1b" in result.out) == (0, False)
