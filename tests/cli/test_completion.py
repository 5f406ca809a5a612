"""Completion: what shells offer, asked as they ask it, and what they then hand to the program."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.cli import main
from genie_tui.cli.shells import Bash, Line, escaped, split
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.programs import COMMAND, environment, genie
from tests.ports import free_port
from tests.terminal import Terminal

BREAKS = " \t\n\"'@><=;|&(:"
"""COMP_WORDBREAKS as bash has it."""

ROWS = """
    INSERT INTO projects (id, name, repo_path)
    VALUES ('p1', 'acme', %(repo)s), ('p2', 'it''s big #1', '/work/big');
    INSERT INTO boards (id, name, project_id, columns)
    VALUES ('board-1', 'Sprint 12: now', 'p1', '[{"name": "to do"}, {"name": "doing"}]'),
           ('board-2', 'Release', 'p2', '[{"name": "next", "label": "Next"}]');
    INSERT INTO tasks (id, repo_path, project_id, title, status, board_id, stage, checkout_run_id)
    VALUES ('task-aaaa0001', %(repo)s, 'p1', 'rate limits, please', 'ready', 'board-1', 'to do',
            'tui-lin@desk'),
           ('task-aaaa0002', %(repo)s, 'p1', E'odd \\x1b[31m title', 'done', NULL, 'draft', NULL),
           ('task-bbbb0003', '/work/big', 'p2', 'elsewhere', 'ready', 'board-2', 'next', NULL);
    INSERT INTO agents (id, pane_id, session, started_at, repo_path, custom_name)
    VALUES ('a1', '%%1', 's', now(), '/x', 'eng 1');
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    VALUES ('task-aaaa0001', 'local', 'erin', 'assignee'),
           ('task-aaaa0001', 'omni_agent', 'bot', 'assignee');
    INSERT INTO conversations (id, name)
    VALUES ('conv-1', 'standup'), ('conv-2', 'twice'), ('conv-3', 'Twice');
    INSERT INTO teams (name, repo, worktree_path) VALUES ('blue', '/x', '/x');
    UPDATE tasks SET release_id = 'v1.0' WHERE id = 'task-aaaa0001';
"""

Offers = Callable[..., list[str]]


def asked(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bash is to insert where a line stands."""
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_BREAKS", BREAKS)
    bash = Bash(main, {}, "genie-tui", "_GENIE_TUI_COMPLETE")
    args, incomplete = bash.get_completion_args()
    found = bash.get_completions(args, incomplete)
    return [bash.format_completion(item).partition(",")[2] for item in found]


@pytest.fixture
def rows(settings: Settings, repo: Path) -> None:
    """Things with names of every kind."""
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        psycopg.ClientCursor(conn).execute(ROWS, {"repo": str(repo)})


@pytest.fixture
def offers(
    settings: Settings,
    repo: Path,
    rows: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Offers:
    """What is offered on the test's database, in a repository."""
    assert settings.dsn is not None
    monkeypatch.chdir(repo)
    monkeypatch.setenv("GENIE_HOME", str(settings.home))
    monkeypatch.setenv("GENIE_DATABASE_URL", settings.dsn)
    return lambda line: asked(line, monkeypatch)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("genie-tui task sh", ["show"]),
        ("genie-tui task show --js", ["--json"]),
        ("genie-tui task list --status in", ["in_progress"]),
        ("A=1 genie-tui db st", ["start", "status", "stop"]),
        ("genie-tui --home=/t", ["/t"]),
        ("genie-tui completion z", ["zsh"]),
    ],
)
def test_commands_and_options_are_offered_without_a_database(
    line: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GENIE_HOME", str(tmp_path / "home"))
    assert asked(line, monkeypatch) == offered
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("task show ", ["1"]),
        ("task show 2", ["2"]),
        ("task show #", [r"\#1"]),
        ("task show '#", ["#1"]),
        ("task show acm", [r"acme\#1"]),
        ("task show acme#", [r"acme\#1"]),
        ("task show ACME#2", [r"ACME\#2"]),
        ("task show it", [r"it\'s\ big\ \#1\#1"]),
        ("task show \"it's b", ["it's big #1#1"]),
        ("task show task-b", ["task-bbbb0003"]),
        ("task show aaaa", ["task-aaaa0001", "task-aaaa0002"]),
        ("task show task-zz", []),
        ('--project "it\'s big #1" task show ', ["1"]),
        ("--all-projects board show Rel", ["Release"]),
    ],
)
def test_tasks_are_offered_in_the_form_in_which_they_are_begun(
    offers: Offers, line: str, offered: list[str]
) -> None:
    found = offers(f"genie-tui {line}")
    assert found == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("board show Sp", [r"Sprint\ 12:\ now"]),
        (r"board show Sprint\ 12:", [r"\ now"]),
        ("board show 'Sprint 12:", ["Sprint 12: now"]),
        ("--board=Sp", [r"Sprint\ 12:\ now"]),
        ("--project acme task list --board Sp", [r"Sprint\ 12:\ now"]),
        ("task list --project=AC", ["acme"]),
        ("project show it", [r"it\'s\ big\ \#1"]),
        ("task tag 1 bu", ["bug"]),
        ("task list --tag IMP", ["improvement"]),
        ("task assign 1 e", ["erin", r"eng\ 1"]),
        ("task list --as lin", ["lin"]),
        ("--as agent:er", ["erin"]),
        ("--as=human:er", ["erin"]),
        ("task list --assignee omni", ["omni_agent/bot"]),
        ("task create x --type so", ["software"]),
        ("board create x --template hi", ["hiring"]),
        ("task list --release v", ["v1.0"]),
        ("conversation show stand", ["standup"]),
        ("conversation show conv", ["conv-1", "conv-2", "conv-3"]),
        ("conversation show twi", ["conv-2", "conv-3"]),
        ("chat read bl", ["blue"]),
        ("team show bl", ["blue"]),
        ("agent show en", [r"eng\ 1"]),
        ("agent jump a", ["a1"]),
        ("agent list --team bl", ["blue"]),
    ],
)
def test_names_are_offered_as_bash_can_insert_them(
    offers: Offers, line: str, offered: list[str]
) -> None:
    assert sorted(offers(f"genie-tui {line}")) == sorted(offered)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("task move 1 to", [r"to\ do"]),
        ("task move acme#1 d", ["doing"]),
        ("task move 1 #", [r"\#1"]),
        ("task move --filter p:high d", ["doing", "draft"]),
        ("board column edit 'Sprint 12: now' d", ["doing"]),
        ("--board Release task list --stage ", ["next"]),
        ('--project "it\'s big #1" task move 1 n', ["next"]),
    ],
)
def test_stages_are_those_of_the_board_that_is_meant(
    offers: Offers, line: str, offered: list[str]
) -> None:
    assert sorted(set(offers(f"genie-tui {line}")) - {"1"}) == offered


def test_nothing_is_said_where_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GENIE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GENIE_PG_PORT", str(free_port()))
    before = set(tmp_path.iterdir())
    for line in ("genie-tui task show ", "genie-tui --dsn nonsense:// board show "):
        assert asked(line, monkeypatch) == []
    assert capfd.readouterr() == ("", "")
    assert set(tmp_path.iterdir()) == before


def test_nothing_is_said_where_tables_are_missing_and_none_is_made(
    offers: Offers, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENIE_TEST_SCHEMA", "nowhere")
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.commit()
        assert offers("genie-tui task show ") == []
        found = conn.execute("SELECT to_regclass('tasks'), to_regnamespace('nowhere')").fetchone()
    assert found == (None, None)


def test_a_filter_or_option_that_is_wrong_hurts_nothing(offers: Offers) -> None:
    assert offers("genie-tui task list --filter 'p:( ' --limit x --stage doi") == ["doing"]


def test_tasks_among_a_hundred_thousand_are_found_by_an_index(
    offers: Offers, settings: Settings, repo: Path
) -> None:
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        conn.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        conn.execute(
            """
            INSERT INTO tasks (id, seq, repo_path, project_id, title)
            SELECT 'task-' || lpad(to_hex(n), 8, '0'), n, %s, 'p1', 'task ' || n
              FROM generate_series(10, 100000) n
            """,
            [str(repo)],
        )
        conn.execute("ANALYZE tasks")
    assert offers("genie-tui task show 9999") == ["9999", *(f"9999{n}" for n in range(10))]
    assert offers("genie-tui task show ")[:2] == ["100000", "99999"]
    assert len(offers("genie-tui task show acme")) == 100
    assert len(offers("genie-tui task show task-0000")) == 100
    assert offers("genie-tui --project acme task show 9999")[0] == "9999"


def protocol(cli: Cli, shell: str, words: str, cword: str) -> list[str]:
    """What the program answers to the script of a shell."""
    asked = {"_GENIE_TUI_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": cword}
    done = cli(env=asked)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


@pytest.mark.usefixtures("rows")
def test_zsh_is_told_names_and_what_they_are(cli: Cli) -> None:
    told = protocol(cli, "zsh", "genie-tui task show #1", "3")
    assert told == ["plain", "#1", "rate limits, please"]
    told = protocol(cli, "zsh", r"genie-tui board show Sprint\ ", "3")
    assert told == ["plain", r"Sprint 12\: now", "acme"]


@pytest.mark.usefixtures("rows")
def test_fish_is_told_names_and_what_they_are(cli: Cli) -> None:
    assert protocol(cli, "fish", "genie-tui task show 2", "2") == [
        "plain,2\todd \N{REPLACEMENT CHARACTER}[31m title"
    ]
    told = protocol(cli, "fish", "genie-tui task list --project=ac", "--project=ac")
    assert told[0].startswith("plain,--project=acme\t")


def test_an_address_that_never_answers_is_not_waited_for(settings: Settings) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        dsn = f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/c"
        asked = {"_GENIE_TUI_COMPLETE": "zsh_complete", "COMP_WORDS": "genie-tui task show "}
        done = genie(replace(settings, dsn=dsn), GENIE_DATABASE_URL=dsn, COMP_CWORD="3", **asked)
    assert (done.code, done.out.strip(), done.err) == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_how_it_is_installed(shell: str, settings: Settings) -> None:
    done = genie(settings, "completion", shell)
    assert f"genie-tui completion {shell} >" in done.out
    assert done.out.startswith("#compdef genie-tui\n" if shell == "zsh" else "# Completion")
    assert genie(settings, "completion", shell, "--json").json["script"] == done.out


def test_a_shell_that_is_not_known_is_refused(settings: Settings) -> None:
    done = genie(settings, "completion", "tcsh")
    assert done.code == 2
    assert "bash" in done.err


def in_bash(settings: Settings, repo: Path, tmp_path: Path, lines: Sequence[str]) -> list[str]:
    """The words that the program is called with, by lines typed in bash; a tab is typed as such."""
    program = tmp_path / "bin" / "genie-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    assert settings.dsn is not None
    env = environment(
        settings, PATH=path, GENIE_DATABASE_URL=settings.dsn, PS1="$ ", HISTFILE="", TERM="dumb"
    )
    given = []
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env, columns=400, cwd=repo) as terminal:
        terminal.wait_for("$")
        terminal.send('bind "set bell-style none"; eval "$(genie-tui completion bash)"\r')
        # The program is what the completion asks, and this is what the finished line calls.
        terminal.send('genie-tui() { printf \'<%s>\' "$@"; echo " $((++calls))-th."; }\r')
        for number, line in enumerate(lines, start=1):
            terminal.send(line, "\r")
            text = terminal.wait_for(f" {number}-th.")
            (shown,) = [row for row in text.splitlines() if row.endswith(f" {number}-th.")]
            given.append(shown.removesuffix(f" {number}-th."))
    return given


@pytest.mark.usefixtures("rows")
def test_what_bash_completes_reaches_the_program_as_it_is(
    settings: Settings, repo: Path, tmp_path: Path
) -> None:
    typed = {
        "genie-tui task sh\t2\t": "<task><show><2>",
        "genie-tui task show #\t": "<task><show><#1>",
        "genie-tui task show acm\t": "<task><show><acme#1>",
        "genie-tui task show it\t": "<task><show><it's big #1#1>",
        "genie-tui task show \"it's\t": "<task><show><it's big #1#1>",
        "genie-tui board show Sp\t": "<board><show><Sprint 12: now>",
        r"genie-tui board show Sprint\ 12:" + "\t": "<board><show><Sprint 12: now>",
        "genie-tui board show 'Sprint 12:\t": "<board><show><Sprint 12: now>",
        "genie-tui --as agent:eri\t": "<--as><agent:erin>",
        "genie-tui --project=it\t": "<--project=it's big #1>",
        "genie-tui task move 1 to\t": "<task><move><1><to do>",
    }
    assert in_bash(settings, repo, tmp_path, list(typed)) == list(typed.values())


WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12)


@given(names=st.lists(WORDS, min_size=1, max_size=20))
def test_whatever_its_signs_an_escaped_name_is_one_word_for_bash(names: list[str]) -> None:
    line = " ".join(escaped(name, Line(words=(), word="")) for name in names)
    code = "printf '%s\\n' " + line
    told = subprocess.run(
        ["bash", "--norc", "-c", code], capture_output=True, text=True, check=True, cwd="/proc/self"
    )
    assert told.stdout.removesuffix("\n").split("\n") == names


@given(text=st.text(st.sampled_from(" ab'\"\\:=#é"), max_size=20))
def test_lines_are_parted_as_the_standard_library_parts_them(text: str) -> None:
    try:
        words = shlex.split(text)
    except ValueError:
        words = None
    line = split(text, BREAKS)
    assert line.kept <= len(line.word)
    if words is not None:
        assert [*line.words, *([line.word] if line.word else [])] == words or not line.word
