"""The command line itself: its options, its errors, and what it does not do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest

from genie_tui import __version__
from genie_tui.cli import failures, main, options
from genie_tui.errors import GenieError, NoDatabase
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.cli.programs import started as genie
from tests.ports import free_port


@pytest.fixture
def nowhere(tmp_path: Path) -> Settings:
    """A home that nothing should make."""
    return Settings(home=tmp_path / "home", port=free_port())


def test_version_is_the_packages(nowhere: Settings) -> None:
    assert genie(nowhere, "--version").out == f"genie-tui {__version__}\n"


def test_help_lists_every_command_and_starts_nothing(nowhere: Settings) -> None:
    shown = genie(nowhere, "--help").out
    for words in ("--home", "--dsn", "--json", "--as", "--no-migrate", "db ", "demo "):
        assert words in shown
    assert not nowhere.home.exists()


@pytest.mark.parametrize("arguments", [["nonsense"], ["db", "nonsense"], ["--nonsense"]])
def test_a_mistake_is_one_line_that_says_where_help_is(
    nowhere: Settings, arguments: list[str]
) -> None:
    failed = genie(nowhere, *arguments)
    assert failed.code == 2
    assert failed.out == ""
    assert failed.err.startswith("error: ")
    assert failed.err.count("\n") == 1
    assert "--help'" in failed.err
    assert genie(nowhere, *arguments, "--json").error["code"] == "usage"


def test_a_noun_alone_shows_its_help_as_a_mistake(nowhere: Settings) -> None:
    failed = genie(nowhere, "db")
    assert (failed.code, failed.out) == (2, "")
    assert failed.err.startswith("Usage: genie-tui db ")
    said = "a command is missing; see 'genie-tui db --help'"
    assert genie(nowhere, "--json", "db").error == {"code": "usage", "message": said}
    assert not nowhere.home.exists()


def test_options_are_taken_before_and_after_the_command_and_the_last_one_counts(
    nowhere: Settings, tmp_path: Path
) -> None:
    first, second = str(tmp_path / "one"), str(tmp_path / "two")
    for arguments in (["--home", second, "db", "status"], ["db", "--home", second, "status"]):
        status = genie(nowhere, "--json", *arguments).json
        assert status["data_directory"] == f"{second}/data/pgserve"
    both = genie(nowhere, "--home", first, "db", "status", "--home", second, "--json").json
    assert both["data_directory"] == f"{second}/data/pgserve"


def test_options_become_settings() -> None:
    seen: list[Settings] = []

    @click.command(cls=options.Command)
    @options.pass_settings
    def command(settings: Settings) -> None:
        seen.append(settings)

    arguments = ["--home", "/h", "--dsn", "postgresql://h/d", "--project", "p", "--board", "b"]
    flags = ["--all-projects", "--no-migrate", "--read-only", "--ascii", "--json"]
    command.main([*arguments, "--as", "agent:eng-1", *flags], standalone_mode=False)
    (settings,) = seen
    assert (settings.home, settings.dsn) == (Path("/h"), "postgresql://h/d")
    assert (settings.project, settings.board, settings.actor) == ("p", "b", "agent:eng-1")
    assert settings.all_projects
    assert settings.read_only
    assert settings.ascii
    assert not settings.migrate


def test_a_command_may_have_an_option_of_its_own_by_the_same_name() -> None:
    given: list[str] = []

    @click.command(cls=options.Command)
    @click.option("--board")
    def edit(board: str) -> None:
        given.append(board)

    edit.main(["--board", "other"], standalone_mode=False)
    assert given == ["other"]


def test_a_shells_completion_knows_the_commands_and_starts_nothing(nowhere: Settings) -> None:
    words = {"COMP_WORDS": "genie-tui db st", "COMP_CWORD": "2"}
    completed = genie(nowhere, _GENIE_TUI_COMPLETE="bash_complete", **words)
    names = {line.rpartition(",")[2] for line in completed.out.splitlines()}
    assert names == {"start", "status", "stop"}
    assert "complete" in genie(nowhere, _GENIE_TUI_COMPLETE="bash_source").out
    assert not nowhere.home.exists()


def test_the_dashboard_without_a_terminal_says_what_else_there_is(nowhere: Settings) -> None:
    failed = genie(nowhere)
    assert failed.code == 2
    assert "needs a terminal" in failed.err


@pytest.mark.parametrize("variable", ["GENIE_PG_PORT", "GENIE_DATABASE_URL"])
def test_an_environment_that_makes_no_sense_is_a_mistake_too(
    nowhere: Settings, variable: str
) -> None:
    failed = genie(nowhere, "db", "status", **{variable: "no\x1b[31m port ="})
    assert failed.code == 2
    assert failed.err.startswith("error: ")
    assert "\x1b" not in failed.err


def test_a_reader_that_goes_away_is_no_failure_worth_a_word(nowhere: Settings) -> None:
    with subprocess.Popen(
        [*COMMAND, "--help"],
        env=environment(nowhere),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""


def test_a_full_disk_is_reported_in_one_line(nowhere: Settings) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "db", "status"],
            env=environment(nowhere),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: [Errno 28] No space left on device\n"


def test_a_fault_of_ours_is_written_down_and_not_thrown_at_the_user(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert failures.report(ZeroDivisionError("secret"), as_json=False) == 1
    said = capsys.readouterr().err
    (log,) = tmp_path.iterdir()
    assert str(log) in said
    assert "Traceback" not in said
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_needs_no_words(
    capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    assert failures.report(error, as_json=True) == 130
    assert capsys.readouterr().err == ""


def test_each_kind_of_error_has_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert failures.report(NoDatabase("gone; start it"), as_json=False) == 5
    assert capsys.readouterr().err == "error: gone; start it\n"
    assert failures.report(GenieError("no"), as_json=True) == 1
    assert capsys.readouterr().err == '{"error": {"code": "failed", "message": "no"}}\n'


def test_an_error_from_inside_reaches_callers_who_ask_for_it() -> None:
    with pytest.raises(click.UsageError):
        main.main(["nonsense"], standalone_mode=False)
