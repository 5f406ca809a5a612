"""The agents: who needs somebody on top, whether they are there, and what keys do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from rich.cells import cell_len

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens.agents import AgentsPage
from tests.services.making import REPO, rows
from tests.services.tmux import own_server
from tests.ui.running import Desk, Room, running

ADD = """
    INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name, role, team,
                        task_id, last_state_change)
    VALUES (%(id)s, %(pane)s, 'work', now(), %(state)s, %(repo)s, %(name)s, 'engineer', %(team)s,
            %(task)s, now() - interval '4 minutes')
"""

LOCK = """
    UPDATE tasks SET checkout_run_id = %(run)s, execution_locked_at = now(), status = 'in_progress'
     WHERE id = %(id)s
"""

MORE = (
    "INSERT INTO teams (name, repo, worktree_path, leader, members, status, wish_slug)"
    " VALUES ('alpha', '/src/acme', '/wt/alpha', 'mira', '[\"eng-1\", \"eng-4\"]', 'in_progress',"
    " 'tokens'), ('gamma', '/src/acme', '/wt/gamma', NULL, '[]', 'done', NULL)",
    "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
    " VALUES ('agent', 'a-4', 'permission', 'eng-4', '{\"tool\": \"Bash\","
    ' "input": {"command": "rm -r build"}}\'),'
    " ('otel_api', 's-1', 'request', 'eng-4', '{\"cost_usd\": 1.12}')",
    "INSERT INTO sessions (id, agent_id, project_path, total_turns, status)"
    " VALUES ('s-1', 'a-4', '/src/acme', 41, 'active')",
)


async def crew(room: Room, panes: dict[str, str]) -> None:
    """eng-4 asks, eng-1 works on the first task, eng-6 left a lock on the second behind."""
    conn, tasks = room.conn, [task.id for task in room.tasks]
    for id_, name, state, team, task in (
        ("a-4", "eng-4", "permission", "alpha", None),
        ("a-1", "eng-1", "working", "alpha", tasks[0]),
        ("a-6", "eng-6", "working", None, tasks[1]),
        ("a-9", "[red]x\x1b[31m\u202e漢字[/]" * 9, "idle", "[b]t", None),
    ):
        values = {"id": id_, "name": name, "state": state, "team": team, "task": task}
        await conn.execute(ADD, values | {"pane": panes.get(name, "inline"), "repo": REPO})
    await conn.execute(LOCK, {"run": "agent-eng-1", "id": tasks[0]})
    await conn.execute(LOCK, {"run": "agent-eng-6", "id": tasks[1]})
    await conn.execute(LOCK, {"run": "agent-stranger", "id": tasks[2]})
    for statement in MORE:
        await conn.execute(statement.encode())
    await conn.commit()


def listed(desk: Desk) -> list[str]:
    page = desk.app.page
    assert isinstance(page, AgentsPage)
    return [agent.id for agent in page.list.items]


async def locked(conn: AsyncConnection) -> set[str]:
    found = await rows(conn, "SELECT checkout_run_id FROM tasks WHERE checkout_run_id IS NOT NULL")
    await conn.commit()
    return {row["checkout_run_id"] for row in found}


async def test_agents_are_looked_at_and_dealt_with_by_keys(
    room: Room, ada: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server(tmp_path, monkeypatch) as server:
        first = server.panes[0]
        second = first.split(shell="sleep 600")
        assert first.pane_id is not None
        assert second.pane_id is not None
        panes = {"eng-1": first.pane_id, "eng-4": second.pane_id, "eng-6": "%99"}
        await crew(room, panes)
        async with running(room.settings, ada, size=(160, 44)) as desk:
            await desk.sees("$1.12/24h")
            await desk.go_to("Agents")
            await desk.sees("Bash rm -r build", "gone", "no row", f"{second.pane_id} is there")
            await desk.until(lambda: listed(desk)[:3] == ["a-4", "a-6", "a-1"])
            assert set(listed(desk)[3:]) == {"a-9", "agent-stranger"}
            await desk.sees("$1.12 in 24 h", "41 turns", "team alpha", "what it did last")
            await desk.press("o")
            await desk.told(f"{second.pane_id} is selected")
            first.kill()
            await room.conn.execute("UPDATE agents SET state = 'idle' WHERE id = 'a-4'")
            await room.conn.execute("UPDATE agents SET state = 'question' WHERE id = 'a-9'")
            await room.conn.commit()
            await desk.until(lambda: set(listed(desk)[:3]) == {"a-9", "a-6", "a-1"})
            await release(desk, room)
            await write_and_assign(desk, room)
            await narrow(desk)
            await desk.press("y")
            await desk.told("is in the clipboard")
            await desk.press("tab", "j", "G", "escape", "escape")
            await desk.until(lambda: desk.app.current_mode == "board")


async def state(conn: AsyncConnection, state: str) -> None:
    await conn.execute("UPDATE agents SET state = %s WHERE id = 'a-6'", (state,))
    await conn.commit()


async def release(desk: Desk, room: Room) -> None:
    """What a dead agent locked is free at once, whatever its row says; a living one's, after
    asking."""
    page = desk.app.page
    assert isinstance(page, AgentsPage)
    page.list.move_to("a-6")
    await desk.press("o")
    await desk.told("the pane %99 of eng-6 is gone")
    await state(room.conn, "done")
    await desk.until(lambda: (agent := page.agent()) is not None and agent.state == "done")
    await desk.press("X")
    await desk.told("released #2")
    assert await locked(room.conn) == {"agent-eng-1", "agent-stranger"}
    await desk.press("u")
    await desk.until(lambda: desk.app.screen.is_modal)
    await desk.press("y")
    await desk.told("undone")
    assert "agent-eng-6" in await locked(room.conn)
    await state(room.conn, "working")
    page.list.move_to("\0agent-stranger")
    await desk.press("o")
    await desk.told("nothing tells where stranger runs")
    await desk.press("X")
    await desk.sees("Release what stranger has locked?", "It may be at work")
    await desk.press("X", "y")
    await desk.told("released #3")
    page.list.move_to("a-4")
    await desk.press("X")
    await desk.told("eng-4 has locked nothing")


async def write_and_assign(desk: Desk, room: Room) -> None:
    await desk.press("m")
    await desk.sees("Mail to eng-4")
    await desk.type("hello")
    await desk.press("ctrl+s")
    await desk.told("sent to eng-4")
    (letter,) = await rows(room.conn, "SELECT to_worker, from_worker, body FROM mailbox")
    assert letter == {"to_worker": "a-4", "from_worker": "ada", "body": "hello"}
    await desk.press("a")
    await desk.sees("Give eng-4 a task", "#3 third")
    await desk.press("enter")
    await desk.told("assigned #3 to eng-4")
    (actor,) = await rows(room.conn, "SELECT actor_id FROM task_actors WHERE role = 'assignee'")
    assert actor == {"actor_id": "eng-4"}
    await room.conn.commit()


async def narrow(desk: Desk) -> None:
    await desk.press("t")
    await desk.sees("alpha  in progress  2 members  leader mira", "gamma  done", "without a team")
    await desk.press("t", "slash")
    await desk.type("alpha")
    await desk.until(lambda: set(listed(desk)) == {"a-4", "a-1"})
    await desk.press("enter", "slash", "escape", "w")
    await desk.until(lambda: set(listed(desk)) == {"a-9", "a-6", "a-1"})
    await desk.sees("only those that need somebody")
    page = desk.app.page
    assert isinstance(page, AgentsPage)
    page.list.move_to("a-9")
    await desk.press("enter")
    await desk.told("is at no task")
    page.list.move_to("a-1")
    await desk.press("enter")
    await desk.until(lambda: type(desk.app.screen).__name__ == "TaskPage")
    await desk.press("escape")
    await desk.until(lambda: desk.app.page is page)
    await desk.press("w")


@pytest.mark.parametrize(("width", "plain"), [(160, False), (60, True)])
async def test_without_tmux_nobody_is_called_gone_and_everything_fits(
    room: Room,
    ada: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    plain: bool,
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    await crew(room, {"eng-1": "%1", "eng-6": "%99", "eng-4": "%2"})
    settings = replace(room.settings, ascii=plain)
    async with running(settings, ada, size=(width, 36)) as desk:
        if width == 60:
            await desk.sees("! eng-4 %2 permission Bash rm -r build", "* eng-1 %1 working #1")
        await desk.go_to("Agents")
        await desk.sees("no tmux here", "permission", "working", "Bash rm")
        assert "gone" not in desk.text
        assert max(map(cell_len, desk.text.splitlines())) <= width
        assert not set("\x1b\u202e") & set(desk.text)
        assert not plain or all(letter.isascii() or letter in "漢字\ufffd" for letter in desk.text)


async def test_where_nobody_is_it_is_said_who_would_be(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        assert "/24h" not in desk.text
        await desk.go_to("Agents")
        await desk.sees("no agent is known here", "Agents that Genie clients start stand here")
        for key in ("o", "m", "a", "X", "y"):
            await desk.press(key)
            await desk.told("no agent is under the cursor")
