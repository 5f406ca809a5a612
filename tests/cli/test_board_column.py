"""`genie-tui board column`: columns, as a user or a script changes them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from psycopg import AsyncConnection

from genie_tui.cli import main
from genie_tui.domain.boards import Board
from genie_tui.services import boards, stages
from tests.cli.conftest import Cli
from tests.services.making import make, make_board, row_of


async def flow(conn: AsyncConnection) -> Board:
    """The board Flow, committed."""
    board = await make_board(conn)
    await conn.commit()
    return board


async def test_columns_are_listed_with_their_limits_and_counts(
    cli: Cli, conn: AsyncConnection
) -> None:
    board = await flow(conn)
    await make(conn, board, "build")
    await conn.commit()
    cli("board", "column", "edit", "Flow", "build", "--limit", "4")
    listed = cli("board", "column", "list", "Flow", "--json").json
    assert [c["name"] for c in listed] == ["draft", "build", "review", "qa", "ship"]
    build = listed[1]
    assert (build["limit"], build["open"], build["all"], build["gate"]) == (4, 1, 1, "agent")
    line = cli("board", "column", "list", "Flow").out.splitlines()[2]
    assert line.split() == ["build", "Build", "[A»]", "/work", "4", "1", "1"]


async def test_a_column_is_added_with_all_that_can_be_said_of_it(
    cli: Cli, conn: AsyncConnection
) -> None:
    await flow(conn)
    added = cli(
        *("board", "column", "add", "Flow", "security", "--after", "review", "--gate", "human"),
        *("--label", "Security", "--action", "/audit", "--auto-advance", "--color", "#FF0000"),
        *("--role", "ops", "--role", "lead", "--parallel", "--on-fail", "build", "--limit", "2"),
        *("--transition", "advance=ship", "--transition", "skip=qa"),
    )
    assert added.err == ""
    assert added.out == "Flow: added security: draft → build → review → security → qa → ship\n"
    board = cli("board", "show", "Flow", "--json").json
    column = board["columns"][3]
    column.pop("id")
    assert column == {
        "name": "security",
        "label": "Security",
        "gate": "human",
        "action": "/audit",
        "auto_advance": True,
        "color": "#ff0000",
        "roles": ["ops", "lead"],
        "parallel": True,
        "on_fail": "build",
        "transitions": [
            {"event": "advance", "target": "ship"},
            {"event": "skip", "target": "qa"},
        ],
        "position": 3,
    }
    assert board["config"] == {"wip": {"security": 2}}


async def test_a_column_is_changed_and_what_is_not_said_stays(
    cli: Cli, conn: AsyncConnection
) -> None:
    board = await flow(conn)
    task = await make(conn, board, "review")
    await conn.commit()
    edit = ("board", "column", "edit", "Flow")
    said = cli(*edit, "Review", "--name", "check", "--limit", "3", "--no-auto-advance")
    assert said.out == "Flow: renamed review to check, changed label, limit; 1 task followed\n"
    assert (await row_of(conn, task.id))["stage"] == "check"
    assert cli(*edit, "check", "--limit", "3").out == "Flow: check is like that already\n"
    none = cli(*edit, "check", "--limit", "none", "--on-fail", "none", "--action", "none", "--json")
    check = none.json["columns"][2]
    assert (check["on_fail"], check["action"], check["gate"]) == (None, None, "human+agent")
    assert none.json["config"] == {"wip": {}}
    cli(*edit, "check", "--transition", "advance=ship")
    gone = cli(*edit, "check", "--transition", "advance=none", "--json")
    assert gone.json["columns"][2]["transitions"] == []


async def test_columns_are_moved_and_removed(cli: Cli, conn: AsyncConnection) -> None:
    board = await flow(conn)
    task = await make(conn, board, "qa")
    await conn.commit()
    moved = cli("board", "column", "move", "Flow", "qa", "--before", "review")
    assert moved.out == "Flow: moved qa: draft → build → qa → review → ship\n"
    assert cli("board", "column", "move", "Flow", "ship", "--last").out == (
        "Flow: ship is there already\n"
    )
    held = cli("board", "column", "remove", "Flow", "qa")
    assert (held.code, held.err) == (
        4,
        "error: 'qa' holds 1 task (1 open); say with --to where they are to go\n",
    )
    removed = cli("board", "column", "remove", "Flow", "qa", "--to", "Review")
    assert removed.out == "Flow: removed qa; 1 task moved to review\n"
    (log,) = await stages.stage_log(conn, task.id)
    assert (log.from_stage, log.to_stage, log.actor_id) == ("qa", "review", "ada")
    bare = cli("board", "column", "remove", "Flow", "ship", "--json").json
    assert [c["name"] for c in bare["columns"]] == ["draft", "build", "review"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "Flow", "build"], 4, "there is a column 'build' already"),
        (["add", "Flow", "a:b"], 2, "holds a colon"),
        (["add", "Flow", "x", "--color", "red"], 2, "write one as #rrggbb"),
        (["add", "Flow", "x", "--gate", "wizard"], 2, "'human', 'agent', 'human+agent'"),
        (["add", "Flow", "x", "--limit", "many"], 2, "no number of tasks"),
        (["add", "Flow", "x", "--limit", "0"], 2, "it is from 1 to"),
        (["add", "Flow", "x", "--on-fail", "y"], 3, "no column 'y'; there are draft"),
        (["add", "Flow", "x", "--transition", "y"], 2, "write EVENT=COLUMN"),
        (["add", "Flow", "x", "--first", "--last"], 2, "stands in one place"),
        (["add", "Nowhere", "x"], 3, "no board 'Nowhere'"),
        (["edit", "Flow", "build"], 2, "nothing to change"),
        (["edit", "Flow", "x", "--name", "y"], 3, "no column 'x'; there are draft"),
        (["move", "Flow", "build"], 2, "where to?"),
        (["move", "Flow", "build", "--after", "build"], 2, "beside itself"),
        (["remove", "Flow", "build", "--to", "build"], 2, "name another column"),
    ],
)
async def test_what_cannot_be_done_is_said(
    cli: Cli, conn: AsyncConnection, arguments: list[str], code: int, said: str
) -> None:
    board = await flow(conn)
    refused = cli("board", "column", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert await boards.find_board(conn, "Flow") == board


@pytest.mark.parametrize(
    "command",
    [
        (),
        *((name,) for name in ("list", "show", "create", "edit", "delete", "reconcile")),
        *(("column", name) for name in ("list", "add", "edit", "move", "remove")),
        *(("template", name) for name in ("list", "show", "create", "edit", "delete")),
    ],
)
def test_every_command_has_an_example(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, ["board", *command, "--help"], standalone_mode=False)
    assert shown.exception is None
    assert "genie-tui board " in shown.output.split("Options:")[0].split("\n", 1)[1]
