"""What a migrated database holds from the start."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg import AsyncConnection

SOFTWARE = """
    draft        Draft        human         /brainstorm  false  *                     #64748b
    brainstorm   Brainstorm   human+agent   /brainstorm  false  business,engineering  #3b82f6
    wish         Wish         human         /wish        false  engineering           #8b5cf6
    build        Build        agent         /work        true   *                     #f97316
    review       Review       human         /review      false  *                     #eab308
    qa           QA           agent         /qa          true   engineering           #06b6d4
    ship         Ship         human         -            false  admin                 #10b981
"""
TEMPLATES = {
    "software": """
    triage       Triage       agent         /trace       false  *                     #94a3b8"""
    + SOFTWARE,
    "sales": """
    lead         Lead         human         -            false  *                     #94a3b8
    qualified    Qualified    human         -            false  *                     #3b82f6
    proposal     Proposal     human         -            false  *                     #8b5cf6
    negotiation  Negotiation  human         -            false  *                     #f97316
    closed-won   Closed_Won   human         -            false  *                     #10b981
    closed-lost  Closed_Lost  human         -            false  *                     #ef4444
    """,
    "hiring": """
    sourcing     Sourcing     human         -            false  *                     #94a3b8
    screening    Screening    human         -            false  *                     #3b82f6
    interview    Interview    human         -            false  *                     #8b5cf6
    offer        Offer        human         -            false  *                     #f97316
    hired        Hired        human         -            false  *                     #10b981
    """,
    "ops": """
    identified   Identified   human         -            false  *                     #94a3b8
    planning     Planning     human         -            false  *                     #3b82f6
    in-progress  In_Progress  human         -            false  *                     #f97316
    done         Done         human         -            false  *                     #10b981
    """,
    "bug": """
    triage       Triage       agent         /trace       false  *                     #94a3b8
    draft        Draft        agent         -            false  *                     #64748b
    build        Build        agent         /work        true   *                     #f97316
    review       Review       agent         /review      false  *                     #eab308
    qa           QA           agent         /qa          true   *                     #06b6d4
    ship         Ship         human         -            false  admin                 #10b981
    """,
}


def stages(table: str) -> list[dict[str, Any]]:
    """A table's lines as a task type stores them."""
    made = []
    for line in table.strip().splitlines():
        name, label, gate, action, auto_advance, roles, color = line.split()
        made.append(
            {
                "name": name,
                "label": label.replace("_", " "),
                "gate": gate,
                "action": None if action == "-" else action,
                "auto_advance": auto_advance == "true",
                "roles": roles.split(","),
                "color": color,
            }
        )
    return made


def columns(table: str, first: int) -> list[dict[str, Any]]:
    """The same as columns of a board, but for their ids; positions count from `first`."""
    more = {"transitions": [], "parallel": False, "on_fail": None}
    return [
        stage | more | {"position": position}
        for position, stage in enumerate(stages(table), start=first)
    ]


def take_ids(columns: list[dict[str, Any]]) -> set[uuid.UUID]:
    """Remove the columns' ids, which are uuids."""
    return {uuid.UUID(column.pop("id")) for column in columns}


async def rows(conn: AsyncConnection, query: str) -> list[tuple[Any, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def test_there_is_one_task_type_for_software(conn: AsyncConnection) -> None:
    assert await rows(
        conn, "SELECT id, name, description, icon, is_builtin, stages FROM task_types"
    ) == [
        (
            "software",
            "Software Development",
            "Full software delivery pipeline",
            "code",
            True,
            stages(SOFTWARE),
        )
    ]


async def test_there_are_six_tags_of_every_type(conn: AsyncConnection) -> None:
    assert set(await rows(conn, "SELECT id, name, color, type_id FROM tags")) == {
        ("bug", "Bug", "#ef4444", None),
        ("feature", "Feature", "#3b82f6", None),
        ("improvement", "Improvement", "#8b5cf6", None),
        ("chore", "Chore", "#9ca3af", None),
        ("urgent", "Urgent", "#f97316", None),
        ("idea", "Idea", "#eab308", None),
    }


async def test_the_built_in_templates_are_the_contracts(conn: AsyncConnection) -> None:
    query = "SELECT name, description, icon, is_builtin FROM board_templates"
    assert set(await rows(conn, query)) == {
        ("software", "Full software delivery pipeline with triage", "code", True),
        ("sales", "Sales pipeline from lead to close", "dollar-sign", True),
        ("hiring", "Hiring pipeline from sourcing to hire", "users", True),
        ("ops", "Operations workflow", "settings", True),
        ("bug", "Bug triage and fix pipeline", "bug", True),
    }


@pytest.mark.parametrize("name", TEMPLATES)
async def test_the_columns_of_a_template_count_from_0(conn: AsyncConnection, name: str) -> None:
    ((found,),) = await rows(conn, f"SELECT columns FROM board_templates WHERE name = '{name}'")
    expected = columns(TEMPLATES[name], first=0)
    assert len(take_ids(found)) == len(expected)
    assert found == expected


async def test_the_software_type_has_a_global_board_whose_columns_count_from_1(
    conn: AsyncConnection,
) -> None:
    ((name, project_id, found, config),) = await rows(
        conn, "SELECT name, project_id, columns, config FROM boards"
    )
    assert (name, project_id, config) == ("Software Development", None, {})
    assert len(take_ids(found)) == 7
    assert found == columns(SOFTWARE, first=1)


async def test_no_two_columns_have_one_id(conn: AsyncConnection) -> None:
    every = await rows(
        conn, "SELECT columns FROM board_templates UNION ALL SELECT columns FROM boards"
    )
    ids = [column["id"] for (found,) in every for column in found]
    assert len(set(ids)) == len(ids) == 8 + 6 + 5 + 4 + 6 + 7


async def test_there_is_nothing_else(conn: AsyncConnection) -> None:
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    filled = [
        table
        for (table,) in await rows(conn, tables)
        if (await rows(conn, f"SELECT count(*) FROM {table}"))[0][0]
    ]
    assert filled == ["_genie_migrations", "board_templates", "boards", "tags", "task_types"]
