"""`task list`, `show` and `log`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection
from rich.cells import cell_len

from genie_tui.services import checkout, conversations, dependencies, stages
from genie_tui.services.projects import of_repository
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.programs import COMMAND, environment
from tests.services.making import ADA, BOB, ENG, expire, make, make_board
from tests.terminal import Terminal

HEADINGS = [
    "task",
    "priority",
    "stage",
    "status",
    "lock",
    "waits",
    "assignees",
    "due",
    "tags",
    "title",
]

NASTY = "\x1b[2J\x07 evil \u202e title\nof 🚀 日本語 שלום " + "x" * 10_000


async def fill(conn: AsyncConnection, repo: Path) -> None:
    """Four tasks of a repository, and one of another."""
    board = await make_board(conn)
    more: dict[str, Any] = {"tags": ["bug", "idea"], "assignees": [ENG, BOB], "priority": "urgent"}
    first = await make(conn, board, "build", repo=str(repo), title="token refresh", **more)
    second = await make(conn, board, "review", repo=str(repo), title="rate limits")
    third = await make(conn, repo=str(repo), title=NASTY, priority="low", release_id="1.2")
    fourth = await make(conn, repo=str(repo), title="over")
    await make(conn, repo="/src/other", title="elsewhere")
    await checkout.checkout_task(conn, first.id, ENG)
    await dependencies.add_dependency(conn, second.id, first.id, actor=ADA)
    await checkout.checkout_task(conn, third.id, BOB)
    await expire(conn, third.id)
    await conn.execute("UPDATE tasks SET status = 'done' WHERE id = %s", (fourth.id,))
    await conn.commit()


async def test_a_list_is_a_table_of_what_is_open_here(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await fill(conn, repo)
    listed = cli("task", "list")
    assert (listed.code, listed.err) == (0, "")
    heading, first, second, third = listed.out.splitlines()
    assert heading.split() == HEADINGS
    assert [line.split()[0] for line in (first, second, third)] == ["#1", "#2", "#3"]
    assert "urgent    build" in first
    assert "eng-1 9:" in first
    assert "bob, eng-1" in first
    assert "bug, idea" in first
    assert second.split()[1:] == ["review", "ready", "#1", "rate", "limits"]
    assert "bob STALE +1d" in third
    assert third.endswith("x" * 10_000)
    assert "\x1b" not in third
    assert "\u202e" not in third


async def test_what_is_asked_for_is_listed(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    await fill(conn, repo)

    def seqs(*asked: str) -> list[int]:
        return [task["seq"] for task in cli("task", "list", "--json", *asked).json]

    assert seqs("--all", "--sort", "number") == [1, 2, 3, 4]
    assert seqs("--all", "--sort", "number", "--reverse", "--limit", "2") == [4, 3]
    assert seqs("--filter", "p:urgent,low !stale") == [1]
    assert seqs("--stage", "BUILD", "--stage", "review", "--priority", "normal") == [2]
    assert seqs("--tag", "Bug", "--assignee", "eng-1", "--status", "in_progress") == [1]
    assert seqs("--status", "done") == seqs("--filter", "#4") == [4]
    assert seqs("--release", "1.2", "--board", "software") == [3]
    assert seqs("--board", "flow", "--project", "acme") == [1, 2]
    assert seqs("--assignee", "@me", "--as", "bob") == [1]
    assert len(seqs("--all-projects")) == 4
    assert "acme#1" in cli("task", "list", "--all-projects").out


async def test_json_is_a_list_of_task_objects(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    await fill(conn, repo)
    first = cli("task", "list", "--json").json[0]
    assert (first["stage"], first["checkout_run_id"], first["tags"]) == (
        "build",
        "agent-eng-1",
        ["bug", "idea"],
    )
    assert first["created_at"].endswith("Z")
    shown = cli("task", "show", "1", "--json").json
    assert shown.items() >= first.items()


async def test_reading_where_nothing_is_makes_nothing(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    listed = cli("task", "list")
    assert (listed.out, listed.code) == ("", 0)
    assert "task create" in listed.err
    as_json = cli("task", "list", "--json", "--read-only")
    assert (as_json.json, as_json.err) == ([], "")
    assert await of_repository(conn, str(repo)) is None


def test_a_list_imports_nothing_that_draws(settings: Settings, repo: Path) -> None:
    env = environment(settings, GENIE_DATABASE_URL=settings.dsn or "", PYTHONPROFILEIMPORTTIME="1")
    command = [*COMMAND, "task", "list", "--json"]
    done = subprocess.run(command, env=env, cwd=repo, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "psycopg" in imported
    assert not imported & {"textual", "rich", "croniter", "psycopg_pool"}


async def test_tasks_of_a_repository_without_a_project_are_listed(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await make(conn, repo=str(repo))
    await conn.execute("UPDATE tasks SET project_id = NULL")
    await conn.execute("DELETE FROM projects")
    await conn.commit()
    (task,) = cli("task", "list", "--json").json
    assert (task["seq"], task["project"]) == (1, None)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("p:hig build", "  p:hig build\n    ^^^\n"),
        ('日本 "open', '  日本 "open\n       ^^^^^\n'),
        ("x" * 99 + " foo:1", f"  …{'x' * 29} foo:1\n{' ' * 33}^^^^^\n"),
    ],
)
def test_a_mistake_in_a_filter_is_pointed_at(cli: Cli, text: str, pointer: str) -> None:
    refused = cli("task", "list", "--filter", text)
    assert (refused.out, refused.code) == ("", 2)
    assert refused.err.startswith("error: ")
    assert refused.err.endswith(pointer)


def test_nonsense_is_refused_with_the_right_exit_code(cli: Cli) -> None:
    assert cli("task", "list", "--status", "asleep").code == 2
    assert cli("task", "list", "--limit", "0").code == 2
    assert cli("task", "list", "--board", "none such").code == 3
    assert cli("task", "list", "--project", "none such").code == 3
    missing = cli("task", "show", "99", "--json")
    assert (missing.code, missing.error["code"]) == (3, "not_found")
    assert cli("task", "log", "a\0b"[0] + "#").code == 3


@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_on_a_terminal_every_task_is_one_line_that_fits(
    conn: AsyncConnection, settings: Settings, repo: Path, columns: int
) -> None:
    await fill(conn, repo)
    env = environment(settings, GENIE_DATABASE_URL=settings.dsn or "", LOGNAME="ada")
    command = [*COMMAND, "task", "list", "--all"]
    with Terminal(command, env, columns=columns, rows=12, cwd=repo) as terminal:
        assert terminal.wait_for_end() == 0
        while terminal.read():
            pass
        lines = [line for line in terminal.text().splitlines() if line]
    assert len(lines) == 5
    assert all(cell_len(line) <= columns for line in lines)
    assert [line.split()[0] for line in lines] == ["task", "#1", "#2", "#3", "#4"]
    assert "eng-1 9:" in lines[1]
    assert "STALE" in lines[3]
    assert "rate limits" in lines[2]


async def test_show_tells_all_of_a_task(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    await fill(conn, repo)
    (one,) = cli("task", "list", "--json", "--filter", "#1").json
    question = await conversations.comment(conn, one["id"], "why?\nreally", ADA)
    await conversations.comment(conn, one["id"], "unrelated \x1b[31m", BOB)
    await conversations.comment(conn, one["id"], "because", ENG, reply_to=question.id)
    await make(conn, repo=str(repo), parent_id=one["id"], title="a part")
    await stages.move_task(conn, one["id"], "review", BOB)
    await conn.execute("INSERT INTO task_dependencies SELECT %s, id FROM tasks WHERE seq = 2"
                       " AND repo_path = %s", (one["id"], str(repo)))  # fmt: skip
    await conn.commit()
    shown = cli("task", "show", "1").out
    assert shown.startswith("#1 token refresh\n")
    for said in (
        "lock        eng-1 9:",
        "assignee    bob, eng-1",
        "waits for\n  #2 rate limits (review, ready; they wait for each other: a cycle)",
        "holds up\n  #2 rate limits",
        "children\n  #5 a part (draft, ready)",
        "  build → review by bob",
    ):
        assert said in shown, said
    talk = [line.strip() for line in shown.partition("\ncomments\n")[2].splitlines()]
    assert [talk.index(text) for text in ("why?", "because", "unrelated �[31m")] == [1, 4, 6]
    found = cli("task", "show", "1", "#2", "--json").json
    assert [task["seq"] for task in found] == [1, 2]
    assert [comment["body"] for comment in found[0]["comments"]][2] == "because"
    assert found[0]["dependencies"][0]["cycle"] is True
    assert {"log", "children", "dependents", "related", "parent"} <= found[0].keys()


async def test_comments_that_answer_each_other_in_a_circle_are_shown(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    task = await make(conn, repo=str(repo))
    one = await conversations.comment(conn, task.id, "first", ADA)
    two = await conversations.comment(conn, task.id, "second", ADA, reply_to=one.id)
    await conn.execute("UPDATE messages SET reply_to_id = %s WHERE id = %s", (two.id, one.id))
    await conn.commit()
    shown = cli("task", "show", task.id).out
    assert (shown.count("first"), shown.count("second")) == (1, 1)


async def test_odd_tasks_are_listed_and_shown(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    for number in range(2):
        task = await make(conn, await make_board(conn, name=f"b{number}"), repo=str(repo))
        await conversations.comment(conn, task.id, "hello", ADA)
        await stages.move_task(conn, task.id, "build", ADA)
    times = "start_date due_date started_at ended_at execution_locked_at created_at updated_at"
    changes = ", ".join(f"{name} = '-infinity'" for name in times.split())
    await conn.execute(
        f"UPDATE tasks SET {changes}, seq = 1, checkout_timeout_ms = NULL,"
        " checkout_run_id = 'run', metadata = to_jsonb('{\"a\": 1}'::text)"
    )
    await conn.execute("UPDATE boards SET columns = to_jsonb('nonsense'::text)")
    await conn.commit()
    assert len(cli("task", "list").out.splitlines()) == 3
    ids = [task["id"] for task in cli("task", "list", "--json").json]
    shown = cli("task", "show", *ids)
    assert (shown.code, shown.out.count('metadata    {"a": 1}')) == (0, 2)
    assert cli("task", "log", ids[0], "--events").code == 0
    ambiguous = cli("task", "show", "1")
    assert ambiguous.code == 4
    assert all(id_ in ambiguous.err for id_ in ids)


async def test_the_log_tells_how_long_a_task_was_in_each_stage(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    task = await make(conn, await make_board(conn), repo=str(repo))
    await stages.move_task(conn, task.id, "build", BOB)
    await conn.execute("UPDATE tasks SET created_at = created_at - interval '3 hours'")
    await conn.commit()
    lines = cli("task", "log", "1").out.splitlines()
    assert lines[0].split()[:3] == ["stage", "entered", "left"]
    assert lines[1].split()[-3:] == ["3h", "bob", "human"]
    assert lines[2].startswith("build")
    logged = cli("task", "log", "1", "--events", "--json").json
    assert [(stay["stage"], stay["left_at"]) for stay in logged["stages"]] == [
        ("draft", logged["log"][0]["created_at"]),
        ("build", None),
    ]
    assert logged["stages"][0]["seconds"] == 3 * 3600
    assert [row["event_type"] for row in logged["events"]] == ["created", "stage_change"]
    assert "#1 created by ada" in cli("task", "log", "1", "--events").out
