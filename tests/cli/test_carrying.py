"""`genie-tui export` and `import`, of projects and of boards, as a user calls them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def project(cli: Cli) -> None:
    """A project `acme` with a task on everybody's board."""
    made = cli("task", "create", "a \x1b[31mtask\x9b", "--board", "Software Development")
    assert made.code == 0, made.err


@pytest.mark.usefixtures("project")
def test_a_project_goes_into_a_file_and_comes_back_as_a_copy(cli: Cli, repo: Path) -> None:
    done = cli("export", "acme.json")
    assert (done.code, done.out) == (0, "acme → acme.json: 1 task, 1 board\n")
    file = repo / "acme.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["project"]["name"] == "acme"
    assert {path.name for path in repo.iterdir()} == {".git", "acme.json"}
    twice = cli("import", "acme.json", "--json")
    assert (twice.code, twice.error["code"]) == (4, "conflict")
    checked = cli("import", "acme.json", "--name", "copy", "--check")
    assert checked.out.startswith("would import project copy (proj-")
    assert checked.out.endswith(f" in {repo.parent / 'copy'}: 1 task\n")
    done = cli("import", "acme.json", "--name", "copy", "--json")
    assert (done.code, done.json["name"], done.json["tasks"]) == (0, "copy", 1)
    assert done.json["repo_path"] == str(repo.parent / "copy")
    copied = cli("export", "--project", "copy")
    assert copied.json["project"]["id"] == done.json["id"]
    empty = cli("import", "acme.json", "--into", "copy")
    assert (empty.code, "has tasks or boards already" in empty.err) == (4, True)


@pytest.mark.usefixtures("project")
def test_standard_output_is_the_file_and_holds_no_control_characters(cli: Cli, repo: Path) -> None:
    assert cli("export", "acme.json").code == 0
    piped = cli("export")
    assert piped.out == (repo / "acme.json").read_text()
    assert cli("export", "-", "--json", "--read-only").out == piped.out
    assert piped.json["tasks"][0]["title"] == "a \x1b[31mtask\x9b"
    assert not any(sign in piped.out for sign in "\x1b\x9b")


@pytest.mark.usefixtures("project")
def test_a_file_that_is_there_is_not_written_over(cli: Cli, repo: Path) -> None:
    file = repo / "acme.json"
    file.write_text("mine")
    file.chmod(0o640)
    refused = cli("export", "acme.json")
    assert (refused.code, "--force" in refused.err, file.read_text()) == (4, True, "mine")
    assert cli("export", "acme.json", "--force").code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_text().startswith('{\n"genie"')
    (repo / "link.json").symlink_to(file)
    assert cli("export", "link.json", "--force").code == 0
    assert (repo / "link.json").is_symlink()


@pytest.mark.parametrize(
    ("file", "message"),
    [(".", ". is a directory; name a file in it"), ("no/x", "there is no directory no;")],
)
@pytest.mark.usefixtures("project")
def test_a_place_where_no_file_can_be_is_told(cli: Cli, file: str, message: str) -> None:
    done = cli("export", file)
    assert done.code == 2
    assert done.err.startswith(f"error: {message}")


@pytest.mark.usefixtures("project")
def test_an_export_that_fails_leaves_no_file(cli: Cli, repo: Path) -> None:
    done = cli("export", "acme.json", "--project", "none")
    assert done.code == 3
    assert [path.name for path in repo.iterdir()] == [".git"]


def test_where_there_is_no_project_there_is_nothing_to_export(cli: Cli) -> None:
    done = cli("export")
    assert (done.code, done.out) == (3, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "standard input: it is not JSON at line 1, column 2: it ends in the middle;"),
        ("[1]", "standard input: it is not the file of a project,"),
        ('{"genie": {"format": "project", "version": 2}}', "standard input: a newer genie-tui"),
        (
            '{"genie": {"format": "project", "version": 1}, "tasks": [{"id": "a", "seq": "1"}]}',
            'standard input: tasks[0].seq: expected a whole number, found "1"; nothing was',
        ),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place(cli: Cli, text: str, message: str) -> None:
    done = cli("import", "-", stdin=text)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}")


def test_a_file_that_cannot_be_read_is_told(cli: Cli, repo: Path) -> None:
    assert cli("import", "none.json").err.startswith("error: none.json cannot be read: No such")
    assert cli("import", ".").code == 2
    (repo / "latin").write_bytes(b'{"a": "\xe9"}')
    assert "UTF-8" in cli("import", "latin").err
    (repo / "bom").write_bytes(b'\xef\xbb\xbf[{"name": "todo"}]')
    assert cli("board", "import", "bom", "--name", "Chores").code == 0


@pytest.mark.parametrize(
    "options", [("--project", "x"), ("--into", "x", "--name", "y"), ("--on-conflict", "burn")]
)
def test_what_makes_no_sense_together_is_refused(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("import", "acme.json", *options).code == 2


@pytest.mark.usefixtures("project")
def test_a_board_goes_into_a_file_and_comes_back(cli: Cli, repo: Path) -> None:
    done = cli("board", "import", "-", "--name", "Chores", stdin='[{"name": "todo"}]')
    assert (done.code, done.out.startswith("imported board Chores (board-")) == (0, True)
    made = cli("board", "export", "Chores", "chores.json", "--json")
    assert made.json["name"] == "Chores"
    twice = cli("board", "import", "chores.json")
    assert (twice.code, "--name" in twice.err) == (4, True)
    assert cli("board", "import", "chores.json", "--global").code == 0
    (repo / "row.json").write_text('{"name": "x", "columns": [{"name": "a", "gate": "robot"}]}')
    wrong = cli("board", "import", "row.json")
    assert wrong.code == 2
    assert wrong.err == (
        "error: row.json: columns[0].gate: expected human, agent or human+agent,"
        ' found "robot"; nothing was imported\n'
    )


@pytest.mark.usefixtures("project")
def test_tasks_go_with_a_board_if_asked(cli: Cli) -> None:
    bare = cli("board", "export", "Software Development")
    full = cli("board", "export", "Software Development", "--with-tasks", "--with-history")
    assert "tasks" not in bare.json
    assert [event["event_type"] for event in full.json["tasks"][0]["history"]] == ["created"]
    done = cli("board", "import", "-", "--name", "Other", stdin=full.out)
    assert done.out.endswith(": 1 task\n")


def test_a_made_up_board_is_none_to_export(cli: Cli) -> None:
    assert cli("task", "create", "without a board", "--json").code == 0
    done = cli("board", "export", "type:software")
    assert (done.code, "made up" in done.err) == (4, True)


def test_nothing_is_imported_where_nothing_may_be_written(cli: Cli) -> None:
    done = cli("--read-only", "import", "-", stdin="{}")
    assert (done.code, "--read-only" in done.err) == (4, True)


@pytest.mark.parametrize("command", [("export",), ("import",), ("board", "export")])
def test_help_has_an_example(cli: Cli, command: tuple[str, ...]) -> None:
    assert f"genie-tui {' '.join(command)} " in cli(*command, "--help").out
