"""The dashboard from outside: a real pseudo-terminal, a real server, rows changed beside it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from genie_tui.db import server
from tests.acceptance.conftest import Home
from tests.terminal import Terminal
from tests.waiting import wait_until


def add_task(home: Home, title: str, stage: str = "draft") -> str:
    """A task of the repository's project, on the board of its type, as another client makes it."""
    ((task_id,),) = home.rows(
        """
        WITH project AS (
            INSERT INTO projects (name, repo_path) VALUES ('acme', %s)
            ON CONFLICT (name) DO UPDATE SET repo_path = excluded.repo_path RETURNING id
        )
        INSERT INTO tasks (repo_path, project_id, board_id, column_id, title, stage)
        SELECT %s, project.id, boards.id, one ->> 'id', %s, %s
          FROM project, boards, jsonb_array_elements(boards.columns) AS one
         WHERE boards.name = 'Software Development' AND boards.project_id IS NULL
           AND one ->> 'name' = %s
        RETURNING id
        """,
        str(home.repo), str(home.repo), title, stage, stage,
    )  # fmt: skip
    return str(task_id)


def stage_of(home: Home, task_id: str) -> str:
    """Where a task stands."""
    return str(home.rows("SELECT stage FROM tasks WHERE id = %s", task_id)[0][0])


def column_at(screen: str, text: str) -> int:
    """In which screen column a text starts, on the first line that has it; -1 where none has."""
    return next((line.index(text) for line in screen.splitlines() if text in line), -1)


def test_an_empty_home_becomes_a_board_and_a_key_advances_a_task(home: Home) -> None:
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        task_id = add_task(home, "Write the parser")
        terminal.wait_for("Write the parser")
        terminal.send("g", "L")
        wait_until(lambda: stage_of(home, task_id) == "brainstorm")
        logged = home.rows("SELECT from_stage, to_stage, gate_type FROM task_stage_log")
        assert logged == [("draft", "brainstorm", "human")]
        terminal.send("q")
        assert terminal.wait_for_end() == 0
    assert server.find(home.settings) is not None, "the server outlives the program"


def test_a_row_that_psql_changes_moves_its_card(home: Home) -> None:
    server.ensure(home.settings)
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        task_id = add_task(home, "Write the parser")
        before = column_at(terminal.wait_for("Write the parser"), "Write the parser")
        home.write("UPDATE tasks SET stage = 'wish', column_id = NULL WHERE id = %s", task_id)
        terminal.wait_for(lambda text: column_at(text, "Write the parser") > before)


def test_a_title_with_escape_sequences_reaches_the_terminal_as_text(home: Home) -> None:
    server.ensure(home.settings)
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        add_task(home, "evil \x1b]0;owned\x07\x1b[31m[red]bold[/red] \u202eright to left")
        terminal.wait_for("evil")
        terminal.wait_for("[red]")
        assert b"\x1b]0;owned" not in terminal.raw
        assert "\u202e".encode() not in terminal.raw


def test_the_board_survives_a_killed_server_and_shows_what_happened_meanwhile(home: Home) -> None:
    server.ensure(home.settings)
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        task_id = add_task(home, "Write the parser")
        before = column_at(terminal.wait_for("Write the parser"), "Write the parser")
        found = server.find(home.settings)
        assert found is not None
        assert found.pid is not None
        os.kill(found.pid, signal.SIGKILL)
        server.ensure(home.settings)
        home.write("UPDATE tasks SET stage = 'wish', column_id = NULL WHERE id = %s", task_id)
        terminal.wait_for(
            lambda text: "live" in text and column_at(text, "Write the parser") > before
        )
        terminal.send("q")
        assert terminal.wait_for_end() == 0


def test_every_width_shows_the_task_and_the_way_to_help(home: Home) -> None:
    server.ensure(home.settings)
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        add_task(home, "Write the parser")
        terminal.wait_for("Write the parser")
        for columns, rows in ((120, 40), (80, 24), (60, 30), (160, 48)):
            terminal.resize(columns, rows)
            terminal.wait_for(lambda text: "Write the parser" in text and "? help" in text)


def test_the_program_killed_with_its_terminal_leaves_no_process_but_the_server(home: Home) -> None:
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for(lambda text: "Draft" in text and "live" in text)
        program = psutil.Process(terminal.process.pid)
        family = [program, *program.children(recursive=True)]
    wait_until(lambda: not any(one.is_running() for one in family))
    assert server.find(home.settings) is not None


def test_a_home_that_cannot_be_made_is_said_in_words(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    env = {**home.env, "GENIE_HOME": str(tmp_path / "file" / "genie")}
    with Terminal([*home.command, "db", "start"], env) as terminal:
        assert terminal.wait_for_end() == 5
        assert "error: " in terminal.text()
        assert "Traceback" not in terminal.text()
