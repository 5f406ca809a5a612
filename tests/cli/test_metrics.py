"""How work flows, from the command line; that the figures are right is tests/services' matter."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make

AGED = b"""
    UPDATE tasks SET created_at = created_at - interval '3 days',
                     started_at = started_at - interval '2 days'
"""


async def test_each_chart_is_a_table_and_json(cli: Cli, conn: AsyncConnection, repo: Path) -> None:
    for number in range(4):
        await make(conn, repo=str(repo), title=f"task {number}")
    await conn.commit()
    cli("task", "done", "1")
    cli("task", "cancel", "2")
    await conn.execute(AGED)
    await conn.commit()
    days = cli("metrics", "flow", "--days", "7", "--json").json["days"]
    assert len(days) == 7
    last, first = days[-1], days[0]
    assert (sum(last["stages"].values()), last["done"], last["elsewhere"]) == (2, 1, 0)
    assert (sum(first["stages"].values()), first["done"]) == (0, 0)
    flow = cli("metrics", "flow", "--days", "7").out.splitlines()
    assert (len(flow), flow[0].split()[0], flow[0].split()[-1]) == (8, "day", "done")
    through = cli("metrics", "throughput", "--json").json["days"]
    assert [sum(day[what] for day in through) for what in ("created", "done", "cancelled")] == [
        4,
        1,
        1,
    ]
    assert cli("metrics", "throughput", "--days", "90").out.startswith("week of")
    whole = cli("metrics", "cycle", "--json").json["whole"]
    assert whole["tasks"] == 1
    assert abs(whole["p50_seconds"] - 3 * 86400) < 600
    assert "(whole)" in cli("metrics", "cycle").out
    left = cli("metrics", "burndown", "--json").json["days"]
    assert [day["left"] for day in left[-4:]] == [4, 4, 4, 2]
    (stage,) = cli("metrics", "age", "--json").json["stages"]
    assert (stage["tasks"], {old["seq"] for old in stage["oldest"]}) == (2, {3, 4})
    assert "#3 3d" in cli("metrics", "age").out


async def test_a_release_burns_down_and_what_is_not_there_is_said(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    assert "no task left a stage" in cli("metrics", "cycle").err
    assert "no open tasks" in cli("metrics", "age").err
    assert "'genie-tui daemon start'" in cli("metrics", "machine").err
    for number in range(3):
        await make(conn, repo=str(repo), title=f"task {number}")
    await conn.execute(
        b"INSERT INTO machine_snapshots (id, active_workers, cpu_percent) VALUES ('1', 3, 42.5)"
    )
    await conn.commit()
    cli("release", "add", "1", "2", "2.0")
    told = cli("metrics", "burndown", "--release", "2.0", "--json").json
    assert (told["release"], told["days"][-1]["left"]) == ("2.0", 2)
    assert cli("metrics", "burndown", "--release", "3.0").code == 3
    assert cli("metrics", "flow", "--board", "nowhere").code == 3
    assert cli("metrics", "flow", "--days", "0").code == 2
    assert "42.5" in cli("metrics", "machine").out
    noted = cli("metrics", "machine", "--days", "7", "--json").json
    assert datetime.fromisoformat(noted[-1]["end"]) > datetime.now(UTC)
    assert [each["workers"] for each in noted if each["workers"] is not None] == [3.0]
