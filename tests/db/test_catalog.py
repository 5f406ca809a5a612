"""A migrated database is the contract's, to the last default, index and constraint."""

from __future__ import annotations

import re

import pytest
from psycopg import AsyncConnection

from tests.db.contract import contract, migrated

TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, proname
      FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
     WHERE NOT tgisinternal
"""

EXPECTED_TRIGGERS = {
    ("triggers", "trg_notify_due", "notify_trigger_due"),
    ("audit_events", "trg_notify_audit", "notify_audit_event"),
    ("tasks", "trg_notify_stage", "notify_task_stage_change"),
    ("messages", "trg_notify_message", "notify_new_message"),
    ("task_dependencies", "trg_notify_dep", "notify_task_dep_change"),
    ("agents", "trg_notify_agent_state", "notify_agent_state_change"),
    ("mailbox", "trg_notify_mailbox", "notify_mailbox_insert"),
    ("tasks", "trg_validate_stage", "validate_task_stage"),
    ("tasks", "trg_assign_seq", "assign_task_seq"),
    ("agents", "trg_agents_updated_at", "update_agents_timestamp"),
    ("agent_templates", "trg_agent_templates_updated_at", "update_agents_timestamp"),
    ("teams", "trg_teams_updated_at", "update_agents_timestamp"),
}


async def test_tables_columns_constraints_and_indexes_are_exactly_the_contracts(
    conn: AsyncConnection,
) -> None:
    found, expected = await migrated(conn), await contract(conn)
    assert len(expected) > 400
    assert found - expected == set(), "not in the contract"
    assert expected - found == set(), "missing"


async def test_the_triggers_and_their_functions_have_the_contracts_names(
    conn: AsyncConnection,
) -> None:
    found = await (await conn.execute(TRIGGERS)).fetchall()
    assert {row for row in found if not row[1].startswith("tui_")} == EXPECTED_TRIGGERS


async def test_there_is_no_other_function_view_or_type(conn: AsyncConnection) -> None:
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    found = {name for (name,) in await (await conn.execute(functions)).fetchall()}
    contract = {function for _, _, function in EXPECTED_TRIGGERS}
    assert {name for name in found if not name.startswith("tui_")} == contract
    others = """
        SELECT relname FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind NOT IN ('r', 'i', 'S')
         UNION ALL
        SELECT typname FROM pg_type
         WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('d', 'e', 'r')
    """
    assert await (await conn.execute(others)).fetchall() == []


@pytest.mark.parametrize(
    ("statement", "prefix"),
    [
        ("INSERT INTO tasks (repo_path, title) VALUES ('/r', 't') RETURNING id", "task"),
        ("INSERT INTO conversations DEFAULT VALUES RETURNING id", "conv"),
        ("INSERT INTO projects (name) VALUES ('p') RETURNING id", "proj"),
        ("INSERT INTO boards (name) VALUES ('b') RETURNING id", "board"),
        ("INSERT INTO board_templates (name) VALUES ('b') RETURNING id", "tmpl"),
        ("INSERT INTO app_store (name, item_type) VALUES ('a', 'app') RETURNING id", "item"),
    ],
    ids=lambda text: text if len(text) < 6 else "",
)
async def test_ids_are_made_of_a_prefix_and_eight_hex_digits(
    conn: AsyncConnection, statement: str, prefix: str
) -> None:
    row = await (await conn.execute(statement.encode())).fetchone()
    assert row is not None
    assert re.fullmatch(rf"{prefix}-[0-9a-f]{{8}}", row[0])
