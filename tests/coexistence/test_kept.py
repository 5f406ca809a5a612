"""What we do not know is kept, to the letter, through what we write."""

from __future__ import annotations

import json
from typing import Any

from psycopg import AsyncConnection

from genie_tui.db import migrations
from tests import foreign
from tests.cli.conftest import Cli
from tests.scheduler.rows import rows

UNTOUCHED = {
    "tasks": "id seq repo_path wish_file group_name type_id checkout_timeout_ms session_id pane_id"
    " trace_id metadata points mood raw workspace_id",
    "boards": "id name owner raw config",
    "tags": "id name color raw",
    "task_actors": "task_id actor_type actor_id role permissions raw",
    "messages": "id conversation_id sender_type body metadata",
    "schedules": "id name cron_expression timezone run_spec metadata",
    "runs": "id status worker_id started_at",
    "triggers": "id leased_by leased_until",
    "agents": "id state transport sub_panes",
    "workspaces": "id name",
    "_genie_migrations": "id name",
}

WRITES = """
task move plain review | task edit plain --title ours --priority high --due 2030-01-01
task comment plain hello | task tag plain idea | task untag plain bug | task assign plain ada
task block plain --reason why | task unblock plain | task checkout plain | task renew plain
task release plain | task done plain | task reopen plain | board edit odd --description ours
board column edit odd doing --label Doing | board column add odd extra --after doing
board column edit odd todo --limit 3
"""


async def stored(conn: AsyncConnection) -> dict[str, set[str]]:
    """The columns of theirs, each value as PostgreSQL prints it."""
    found = {}
    for table, columns in UNTOUCHED.items():
        texts = ", ".join(f"{name}::text" for name in columns.split())
        read = await rows(conn, f"SELECT {texts} FROM {table}")
        found[table] = {repr(row) for row in read}
    return found


async def columns(conn: AsyncConnection) -> list[Any]:
    (row,) = await rows(conn, "SELECT columns FROM boards WHERE name = 'odd'")
    return list(row["columns"])


async def test_our_writes_keep_what_theirs_know_and_we_do_not(
    conn: AsyncConnection, cli: Cli
) -> None:
    await conn.set_autocommit(True)
    await migrations.migrate(conn)
    before, odd = await stored(conn), await columns(conn)
    for line in WRITES.replace("\n", "|").split("|"):
        if line.strip():
            found = cli(*line.split(), "--all-projects")
            assert found.code == 0, f"{line}: {found.err}"
    after = await stored(conn)
    for table, was in before.items():
        if table == "boards":
            continue  # The limit is a change of its config that was asked for.
        assert was <= after[table], f"{table}: {was - after[table]}"
    (config,) = await rows(conn, "SELECT config::text FROM boards WHERE name = 'odd'")
    assert json.loads(config["config"]) == {"wip": {"todo": 3}, "theirs": [1.5]}
    now = await columns(conn)
    assert now[1] == odd[1] == "between"
    assert {"id", "theirs", "gate", "roles"} <= set(now[0])
    assert [now[0][key] for key in odd[0] if key != "position"] == [
        odd[0][key] for key in odd[0] if key != "position"
    ]
    history = await rows(conn, "SELECT count(*) AS n FROM task_history WHERE task_id = 'plain'")
    assert history[0]["n"] > 5


async def test_a_lock_without_expiry_is_refused_to_us_and_never_swept(
    conn: AsyncConnection, cli: Cli
) -> None:
    await conn.set_autocommit(True)
    await migrations.migrate(conn)
    agent = {"GENIE_AGENT_NAME": "eng-1"}
    for id_ in foreign.HELD:
        refused = cli("task", "checkout", id_, "--all-projects", env=agent)
        assert refused.code == 4, refused
        assert "theirs has it locked" in refused.err
        assert cli("task", "delete", id_, "--yes", "--all-projects", env=agent).code == 4
    shown = cli("task", "list", "--all-projects", "--filter", "stale", "--json").json
    assert [task["id"] for task in shown if task["id"] in foreign.HELD] == []
    (count,) = await rows(conn, "SELECT count(*) AS n FROM tasks WHERE checkout_run_id = 'theirs'")
    assert count["n"] == len(foreign.HELD)
