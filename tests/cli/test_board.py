"""`genie-tui board`: boards and templates, as a user or a script handles them."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.services import projects, tasks
from tests.cli.conftest import Cli
from tests.services.making import ADA, make, make_board


async def test_boards_are_made_listed_and_shown(cli: Cli, conn: AsyncConnection) -> None:
    made = cli("board", "create", "Sprint-12", "--description", "until June")
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith("made the board Sprint-12 in acme: triage, draft")
    shared = cli("board", "create", "Ours", "--columns", "todo, doing,done", "--global", "--json")
    assert (shared.json["project"], shared.json["project_id"]) == (None, None)
    assert [c["name"] for c in shared.json["columns"]] == ["todo", "doing", "done"]

    acme = await projects.of_repository(
        conn, (await projects.list_projects(conn))[0].repo_path or ""
    )
    assert acme is not None
    listed = cli("board", "list", "--json").json
    assert [(b["name"], b["project"], b["counts"]["all"]) for b in listed] == [
        ("Sprint-12", "acme", 0),
        ("Ours", None, 0),
        ("Software Development", None, 0),
    ]
    assert listed[0]["project_id"] == acme.id
    assert cli("board", "list").out.splitlines()[1].split()[:2] == ["Sprint-12", "acme"]
    shown = cli("board", "show")
    assert "Sprint-12" in shown.out.splitlines()[0]
    assert "build       Build       [A»]   /work" in shown.out
    assert "[A>]" in cli("board", "show", "sprint-12", "--ascii").out


async def test_a_board_is_shown_with_how_full_its_columns_are(
    cli: Cli, conn: AsyncConnection
) -> None:
    board = await make_board(conn)
    made = [await make(conn, board, "build") for _ in range(3)]
    await tasks.done_task(conn, made[0].id, ADA)
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage")
    await conn.execute(
        "UPDATE tasks SET stage = 'lost', column_id = NULL WHERE id = %s", (made[1].id,)
    )
    await conn.execute("""UPDATE boards SET config = '{"wip": {"build": 1}, "x": 1}'""")
    await conn.commit()
    found = cli("board", "show", "Flow", "--json").json
    assert found["config"] == {"wip": {"build": 1}, "x": 1}
    counts = found["counts"]
    assert (counts["open"], counts["all"], counts["orphaned"]) == (2, 3, 1)
    assert counts["columns"][1] | {"id": ""} == {"id": "", "name": "build", "open": 1, "all": 2}
    text = cli("board", "show", "Flow").out
    assert "1!" in text
    assert f"1 task stands in no column; 'genie-tui board reconcile {board.id}' lists them" in text


async def test_a_made_up_board_is_shown_and_its_columns_stay(
    cli: Cli, conn: AsyncConnection
) -> None:
    await make(conn)
    await conn.commit()
    found = cli("board", "show", "type:software", "--json").json
    assert (found["id"], found["type_id"], found["counts"]["all"]) == (None, "software", 1)
    assert "made up for tasks without a board" in cli("board", "show", "type:software").out
    for command in (
        ("edit", "type:software", "--name", "x"),
        ("delete", "type:software", "--yes"),
        ("reconcile", "type:software"),
        ("column", "add", "type:software", "x"),
    ):
        refused = cli("board", *command, "--json")
        assert refused.code == 4, command
        assert refused.error["code"] == "refused"


async def test_a_board_is_renamed_and_deleted(cli: Cli, conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await conn.commit()
    assert cli("board", "edit", "Flow").code == 2
    edited = cli("board", "edit", "flow", "--name", "Stream", "--description", "x")
    assert edited.out == "changed the name and description of Flow, now Stream\n"
    again = cli("board", "edit", "Stream", "--name", "Stream")
    assert (again.code, again.out) == (0, "nothing changed\n")

    unasked = cli("board", "delete", "Stream")
    assert unasked.code == 4
    assert (
        "This deletes the board Stream with its 5 columns. Nothing was done; --yes" in unasked.err
    )
    task = await make(conn, board)
    await conn.commit()
    held = cli("board", "delete", "Stream", "--yes")
    assert (held.code, held.err[:36]) == (4, "error: Stream holds 1 task (1 open),")
    await conn.execute("DELETE FROM tasks WHERE id = %s", (task.id,))
    await conn.commit()
    deleted = cli("board", "delete", "Stream", "--yes", "--json")
    assert deleted.json["id"] == board.id
    assert cli("board", "show", "Stream").code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["create", ""], 2, "a board's name is empty"),
        (["create", "X", "--columns", "a,,b"], 2, "a column's name is empty"),
        (["create", "X", "--columns", "a,A"], 4, "there is a column 'a' already"),
        (["create", "X", "--columns", "a", "--template", "ops"], 2, "give one of them"),
        (["create", "X", "--template", "none"], 3, "no template 'none'"),
        (["create", "X", "--global", "--project", "acme"], 2, "leave out one"),
        (["create", "X", "--all-projects"], 2, "with --global, of all"),
        (["create", "Software Development", "--global"], 4, "choose another name"),
        (["show", "nowhere"], 3, "'genie-tui board list' shows them"),
        (["template", "show", "nowhere"], 3, "'genie-tui board template list' shows them"),
        (["template", "create", "x"], 2, "of which columns?"),
        (["template", "edit", "software", "--columns", "a"], 4, "Genie's own"),
        (["template", "delete", "software"], 4, "Genie's own"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    refused = cli("board", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert refused.err.startswith("error: ")


async def test_column_ids_are_repaired_and_orphans_named(cli: Cli, conn: AsyncConnection) -> None:
    board = await make_board(conn)
    wrong, lost = await make(conn, board, "build"), await make(conn, board, "build")
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage")
    await conn.execute("UPDATE tasks SET column_id = 'x'")
    await conn.execute("UPDATE tasks SET stage = 'lost\x1b[2J' WHERE id = %s", (lost.id,))
    await conn.commit()
    orphaned = f"orphaned 1 task: #{lost.seq} (lost�[2J)"
    dry = cli("board", "reconcile", "Flow", "--dry-run", "--read-only")
    assert dry.out == f"Flow: to repair 1 task: #{wrong.seq} (build); {orphaned}\n"
    assert cli("board", "reconcile", "Flow", "--read-only").code != 0
    done = cli("board", "reconcile", "--json").json
    flow = next(each for each in done if each["name"] == "Flow")
    assert [task["id"] for task in flow["repaired"]] == [wrong.id]
    assert [task["id"] for task in flow["orphaned"]] == [lost.id]
    lines = cli("board", "reconcile").out.splitlines()
    assert lines == [
        "Flow: " + orphaned,
        "Software Development: every task stands in its column",
    ] or lines == [
        "Software Development: every task stands in its column",
        "Flow: " + orphaned,
    ]


def test_templates_are_made_of_boards_and_boards_of_templates(cli: Cli) -> None:
    cli("board", "create", "Sprint", "--columns", "todo,doing")
    made = cli("board", "template", "create", "ours", "--from-board", "Sprint", "--icon", "code")
    assert made.out == "made the template ours: todo, doing\n"
    board = cli("board", "create", "Next", "--template", "OURS", "--json").json
    assert [column["name"] for column in board["columns"]] == ["todo", "doing"]
    cli("board", "template", "create", "fixes", "--from-template", "bug")
    edited = cli("board", "template", "edit", "fixes", "--columns", "triage,check,ship", "--json")
    actions = [(column["name"], column["action"]) for column in edited.json["columns"]]
    assert actions == [("triage", "/trace"), ("check", None), ("ship", None)]
    listed = cli("board", "template", "list", "--json").json
    assert [t["name"] for t in listed if not t["is_builtin"]] == ["fixes", "ours"]
    assert "todo" in cli("board", "template", "show", "ours").out
    assert cli("board", "template", "delete", "ours").code == 4
    assert cli("board", "template", "delete", "ours", "--yes").out == "deleted the template ours\n"
    assert cli("board", "template", "show", "ours").code == 3


def test_text_of_others_does_not_steer_the_terminal(cli: Cli) -> None:
    name = "\x1b[31mred\u202e \u0634 🎉 " + "long " * 400 + "."
    cli("board", "create", name, "--columns", "a\x1b]0;x\x07,b")
    for command in (["list"], ["show"], ["column", "list", name]):
        shown = cli("board", *command)
        assert shown.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(shown.out)
    assert cli("board", "show", "--json").json["name"] == name
