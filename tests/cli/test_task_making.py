"""`task create`, `edit` and `delete`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from genie_tui.services import checkout, conversations, dependencies, editing
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import terminal
from tests.services.making import ADA, BOB, ENG, audited, make, make_board, row_of, rows


async def task_of(conn: AsyncConnection, seq: int) -> Mapping[str, object]:
    """The row of a task by its number; what the program has committed is seen."""
    await conn.rollback()
    (row,) = await rows(conn, "SELECT id FROM tasks WHERE seq = %(seq)s", seq=seq)
    return await row_of(conn, row["id"])


def kept(tmp_path: Path) -> list[str]:
    """What is in the files that were left behind."""
    return [file.read_text() for file in tmp_path.glob("genie-tui-*.md")]


def script(tmp_path: Path, body: str) -> dict[str, str]:
    """An environment whose editor does this to the file, which is `$1`."""
    editor = tmp_path / "an editor"
    editor.write_text(f"#!/bin/sh\n{body}\n")
    editor.chmod(0o755)
    return {"VISUAL": f"'{editor}' --wait"}


async def test_a_task_is_made_with_all_that_is_said_of_it(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await make_board(conn)
    other = await make(conn, repo=str(repo))
    await conn.commit()
    (repo / "criteria.md").write_text("- one\n- two\n")
    made = cli(
        *("task", "create", "  token \n refresh ", "--board", "flow", "--stage", "Build"),
        *("--priority", "HIGH", "--description", "-", "--criteria", "@criteria.md"),
        *("--due", "2026-12-01T14:30Z", "--start", "2026-11-01T00:00+01:00", "--effort", "2d"),
        *("--parent", "1", "--wish", "w.md", "--group", "a", "--release", "1.2"),
        *("--tag", "bug", "--tag", "Idea", "--assign", "omni_agent/eng-1", "--assign", "@me"),
        *("--depends-on", "#1", "--depends-on", "acme#1", "--json"),
        stdin="of\nseveral lines",
    )
    assert made.code == 0, made.err
    task = made.json
    said = {
        "seq": 2,
        "title": "token refresh",
        "board": "Flow",
        "stage": "build",
        "status": "ready",
        "priority": "high",
        "description": "of\nseveral lines",
        "acceptance_criteria": "- one\n- two",
        "due_date": "2026-12-01T14:30:00Z",
        "start_date": "2026-10-31T23:00:00Z",
        "estimated_effort": "2d",
        "parent_id": other.id,
        "wish_file": "w.md",
        "group_name": "a",
        "release_id": "1.2",
        "tags": ["bug", "idea"],
    }
    assert {name: task[name] for name in said} == said
    assert [waited["id"] for waited in task["waits_for"]] == [other.id]
    people = [(a["actor_type"], a["actor_id"], a["role"]) for a in task["actors"]]
    assert ("omni_agent", "eng-1", "assignee") in people
    assert ("local", "ada", "assignee") in people


def test_a_title_alone_is_enough(cli: Cli) -> None:
    made = cli("task", "create", "none")
    assert (made.out, made.err, made.code) == ("#1 made in draft\n", "", 0)
    assert cli("task", "create", "@@home", "--description", "@@eng", "--json").json["description"] \
        == "@eng"  # fmt: skip


async def test_what_cannot_be_made_is_refused_and_nothing_is_left(
    conn: AsyncConnection, cli: Cli
) -> None:
    for arguments, code in (
        ((), 2),
        ((" ",), 2),
        (("x", "--editor"), 2),
        (("x", "--priority", "asap"), 2),
        (("x", "--due", "soon"), 2),
        (("x", "--due", "none"), 2),
        (("x", "--description", "@no-such-file"), 2),
        (("x", "--description", "-", "--criteria", "-"), 2),
        (("x", "--stage", "nowhere"), 3),
        (("x", "--board", "nowhere"), 3),
        (("x", "--type", "nonsense"), 3),
        (("x", "--tag", "nonsense"), 3),
        (("x", "--parent", "77"), 3),
        (("x", "--depends-on", "77"), 3),
        (("x", "--read-only"), 4),
    ):
        refused = cli("task", "create", *arguments)
        assert (refused.code, refused.out) == (code, ""), (arguments, refused)
        assert refused.err.startswith("error: ")
        assert "Traceback" not in refused.err
    assert await rows(conn, "SELECT id FROM tasks") == []


async def test_fields_tags_and_people_are_edited_together(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await make(conn, repo=str(repo), tags=["idea"], assignees=[ENG], description="old")
    await conn.commit()
    edited = cli(
        *("task", "edit", "1", "--title", "none", "--priority", "urgent", "--due", "2026-12-01"),
        *("--description", "none", "--tag", "bug", "--untag", "idea", "--assign", "bob"),
        *("--unassign", "eng-1"),
    )
    assert edited.out == (
        "#1 edited: title, description, priority, due date; tagged bug; untagged idea; "
        "assigned to bob; taken from eng-1\n"
    )
    task = await task_of(conn, 1)
    assert (task["title"], task["description"], task["priority"]) == ("none", None, "urgent")
    again = cli("task", "edit", "1", "--due", "2026-12-01", "--tag", "bug")
    assert again.out == "#1 is like that already\n"
    cleared = cli("task", "edit", "1", "--due", "none", "--json").json
    assert cleared["due_date"] is None
    assert cli("task", "edit", "1", "--title", "").code == 2


async def test_several_tasks_are_edited_alike_or_not_at_all(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    for _ in range(3):
        await make(conn, repo=str(repo))
    await conn.commit()
    assert cli("task", "edit", "1", "2", "--release", "1.2").out == (
        "#1 edited: release\n#2 edited: release\n"
    )
    asked = cli("task", "edit", "--filter", "", "--release", "1.3")
    assert (asked.code, "change release of 3 tasks" in asked.err) == (4, True)
    changed = cli("task", "edit", "--filter", "#2,", "--release", "1.3", "--yes")
    assert changed.code == 2
    done = cli("task", "edit", "--filter", "!#2", "--release", "1.3", "--yes", "--json").json
    assert [task["release_id"] for task in done] == ["1.3", "1.3"]
    assert cli("task", "edit", "2", "3", "--parent", "3").code == 4
    assert (await task_of(conn, 2))["parent_id"] is None
    assert cli("task", "edit", "1", "2", "--title", "same").code == 2
    assert cli("task", "edit", "1").code == 2


async def test_a_change_that_was_not_seen_is_a_conflict(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await make(conn, repo=str(repo), title="auth")
    await conn.commit()
    seen = cli("task", "show", "1", "--json").json["updated_at"]
    assert cli("task", "edit", "1", "--title", "login", "--as", "bob").code == 0
    merged = cli("task", "edit", "1", "--effort", "2d", "--seen", seen)
    assert merged.out == "#1 edited: estimated effort\n"
    refused = cli("task", "edit", "1", "--title", "mine", "--due", "3d", "--seen", seen, "--json")
    assert (refused.code, refused.error["code"]) == (4, "conflict")
    assert "title is 'login' now" in refused.error["message"]
    task = await task_of(conn, 1)
    assert (task["title"], task["due_date"]) == ("login", None)


async def test_a_task_is_edited_in_an_editor(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    await make(conn, repo=str(repo), title="auth", description="# why\n=== so ===\nwell")
    await conn.commit()
    env = script(tmp_path, "sed -i 's/^auth$/login/; s/^well$/very well/' \"$2\"")
    with terminal(settings, repo, "task", "edit", "1", env=env) as screen:
        screen.wait_for("#1 edited: title, description")
        assert screen.wait_for_end() == 0
    task = await task_of(conn, 1)
    assert (task["title"], task["description"]) == ("login", "# why\n=== so ===\nvery well")


async def test_what_was_written_is_kept_where_somebody_was_quicker(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    task = await make(conn, repo=str(repo), title="auth")
    await conn.commit()
    env = script(tmp_path, "sed -i 's/^auth$/mine/' \"$2\"; echo ready; read answer")
    env["TMPDIR"] = str(tmp_path)
    with terminal(settings, repo, "task", "edit", "1", env=env) as screen:
        screen.wait_for("ready")
        await editing.edit_task(conn, task.id, {"title": "theirs"}, BOB)
        await conn.commit()
        screen.send("enter")
        assert screen.wait_for_end() == 4
        while screen.read():
            pass
        said = screen.text().replace("\n", "")
    assert "title is 'theirs' now" in said
    assert ".md" in said
    (text,) = kept(tmp_path)
    assert "mine" in text
    assert (await task_of(conn, 1))["title"] == "theirs"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('echo more >> "$2"; exit 3', "ended with 3"),
        ('echo > "$2"', "'=== title ===' is missing"),
        ("sed -i 's/^auth$//' \"$2\"", "title is empty"),
    ],
)
async def test_what_an_editor_spoils_is_refused_and_kept(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path, body: str, said: str
) -> None:
    await make(conn, repo=str(repo), title="auth")
    await conn.commit()
    env = script(tmp_path, body) | {"TMPDIR": str(tmp_path)}
    with terminal(settings, repo, "task", "edit", "1", env=env) as screen:
        assert screen.wait_for_end() in (2, 4)
        while screen.read():
            pass
        assert said in screen.text()
        assert "what you wrote is in" in screen.text().replace("\n", "")
    assert len(kept(tmp_path)) == 1


async def test_an_editor_that_fails_on_a_text_as_it_was_leaves_nothing(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    await make(conn, repo=str(repo), title="auth")
    await conn.commit()
    env = script(tmp_path, "exit 3") | {"TMPDIR": str(tmp_path)}
    with terminal(settings, repo, "task", "edit", "1", env=env) as screen:
        assert screen.wait_for_end() == 4
        assert "ended with 3; nothing was changed" in screen.text()
    assert kept(tmp_path) == []


def test_an_editor_that_is_not_there_is_named(
    settings: Settings, repo: Path, tmp_path: Path
) -> None:
    env = {"VISUAL": "no-such-editor", "TMPDIR": str(tmp_path)}
    with terminal(settings, repo, "task", "create", "--editor", env=env) as screen:
        screen.wait_for("no-such-editor")
        assert screen.wait_for_end() == 4
    assert kept(tmp_path) == []


async def test_a_task_is_written_in_an_editor(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    env = script(tmp_path, "sed -i 's/^=== acceptance criteria ===$/&\\nit works/' \"$2\"")
    with terminal(settings, repo, "task", "create", "auth", "--editor", env=env) as screen:
        screen.wait_for("#1 made in draft")
        assert screen.wait_for_end() == 0
    task = await task_of(conn, 1)
    assert (task["title"], task["description"]) == ("auth", None)
    assert task["acceptance_criteria"] == "it works"


async def test_what_is_deleted_is_said_before_and_after(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    top = await make(conn, repo=str(repo), title="top")
    child = await make(conn, repo=str(repo), title="child", parent_id=top.id)
    other = await make(conn, repo=str(repo), title="other")
    await dependencies.add_dependency(conn, other.id, top.id, actor=ADA)
    await conversations.comment(conn, child.id, "hello", ADA)
    await checkout.checkout_task(conn, child.id, ENG)
    await conn.commit()
    refused = cli("task", "delete", "1")
    assert (refused.out, refused.code) == ("", 4)
    assert (
        "This deletes #1 top, #2 child and 1 comment; #3 would no longer wait for it; "
        "eng-1 works on #2. Nothing was done; --yes goes on"
    ) in refused.err
    with terminal(settings, repo, "task", "delete", "1") as screen:
        screen.wait_for("[y/N]")
        screen.send("enter")
        assert screen.wait_for_end() == 4
    as_agent = cli("task", "delete", "1", "--yes", "--as", "agent:qa-1", "--json")
    assert (as_agent.code, as_agent.error["code"]) == (4, "lock_lost")
    deleted = cli("task", "delete", "1", "--yes", "--json").json
    assert (deleted["seq"], deleted["deleted"]) == (1, sorted([top.id, child.id]))
    assert cli("task", "delete", "1", "--yes").code == 3
    await conn.rollback()
    assert [event for event, _, _ in await audited(conn, top.id)] == ["created", "deleted"]


async def test_several_tasks_are_deleted_or_none(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    for number in range(3):
        await make(conn, repo=str(repo), title=f"t{number}")
    await conn.commit()
    assert cli("task", "delete", "1", "77", "--yes").code == 3
    assert cli("task", "delete", "1", "3", "--yes").out == "deleted #1 t0, #3 t2\n"
    assert cli("task", "delete", "--filter", "t1", "--yes", "--json").json[0]["seq"] == 2
    assert cli("task", "delete").code == 2
