"""Agents and teams from the command line, on a real tmux server."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make
from tests.services.tmux import own_server

ADD = """
    INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name, role, team,
                        task_id, last_state_change, resume_attempts)
    VALUES (%(id)s, %(pane)s, 'work', now(), %(state)s, %(repo)s, %(name)s, 'engineer', 'alpha',
            %(task)s, now() - interval '4 minutes' * %(asked)s, 2)
"""

LOCK = """
    UPDATE tasks SET checkout_run_id = %s, execution_locked_at = now(), status = 'in_progress'
     WHERE id = %s
"""

MORE = (
    b"INSERT INTO teams (name, repo, worktree_path, leader, members, status, wish_slug)"
    b" VALUES ('alpha', %(repo)s, '/wt/alpha', 'mira', '[\"eng-4\", \"eng-8\"]', 'in_progress',"
    b" 'tokens')",
    b"INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
    b" VALUES ('otel_api', 's-1', 'request', 'eng-4', '{\"cost_usd\": 1.12}'),"
    b" ('agent', 'a-4', 'question', 'eng-4', '{\"question\": \"main\\u001b[31m or dev?\"}')",
)


async def made(conn: AsyncConnection, repo: Path) -> None:
    """eng-4 asks from a pane that is there, eng-6 left a lock behind, a stranger holds one."""
    tasks = [await make(conn, repo=str(repo), title=f"task {n}") for n in range(3)]
    for id_, name, state, pane, task in (
        ("a-4", "eng-4", "question", "%0", None),
        ("a-6", "eng-6", "working", "%777", tasks[1].id),
        ("a-7", "twin", "idle", "inline", None),
        ("a-8", "twin", "idle", "inline", None),
    ):
        values = {"id": id_, "name": name, "state": state, "pane": pane, "task": task}
        asked = int(pane != "%0")
        await conn.execute(ADD, values | {"repo": str(repo), "asked": asked})
    await conn.execute(LOCK, ("agent-eng-6", tasks[1].id))
    await conn.execute(LOCK, ("agent-stranger", tasks[2].id))
    for statement in MORE:
        await conn.execute(statement, {"repo": str(repo)})
    await conn.commit()


async def test_agents_stand_as_tmux_says_and_who_needs_a_person_is_first(
    cli: Cli, conn: AsyncConnection, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no agents here" in cli("agent", "list").err
    await made(conn, repo)
    with own_server(tmp_path, monkeypatch):
        tmux = {"TMUX_TMPDIR": str(tmp_path), "TMUX": ""}
        found = cli("agent", "list", "--json", env=tmux).json
        assert [(each["custom_name"], each["standing"]) for each in found[:3]] == [
            ("eng-4", "question"),
            ("eng-6", "gone"),
            ("stranger", "no row"),
        ]
        asks, gone = found[:2]
        assert (asks["life"], asks["cost"], asks["resume_attempts"]) == ("alive", 1.12, 2)
        assert "\x1b" not in cli("agent", "show", "eng-4", env=tmux).out
        assert [lock["seq"] for lock in gone["locks"]] == [2]
        waiting = cli("agent", "list", "--attention", "--json", env=tmux).json
        assert [each["id"] for each in waiting] == ["a-4", "a-6"]
        listed = cli("agent", "list", "--team", "ALPHA", env=tmux).out.splitlines()
        assert "$1.12" in listed[1]
        assert "#2 task 1" in listed[2]
        assert "stranger" not in "".join(listed)
        assert "attach -t work" in cli("agent", "jump", "ENG-4", env=tmux).out
        assert cli("agent", "show", "%0", "--json", env=tmux).json["id"] == "a-4"
        lost = cli("agent", "jump", "eng-6", env=tmux)
        assert (lost.code, "is its agent still there" in lost.err) == (3, True)
    assert "runs without a tmux pane" in cli("agent", "jump", "a-7").err
    twins = cli("agent", "show", "twin")
    assert (twins.code, "name one by its id" in twins.err) == (4, True)
    assert cli("agent", "show", "nobody").code == 3


async def test_an_agent_is_written_to_given_tasks_and_freed_of_its_locks_once_it_is_gone(
    cli: Cli, conn: AsyncConnection, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(conn, repo)
    letter = cli("agent", "mail", "ENG-4", "-", "--json", stdin="on main\x1b[31m").json
    assert (letter["to_worker"], letter["from_worker"]) == ("a-4", "ada")
    empty = cli("agent", "mail", "eng-4", " ")
    assert (empty.code, empty.err.startswith("error: the letter")) == (2, True)
    assert cli("agent", "mail", "nobody", "x").code == 3
    assert cli("agent", "assign", "eng-4", "1", "3").out == (
        "#1 assigned to eng-4\n#3 assigned to eng-4\n"
    )
    assert cli("agent", "assign", "a-4", "1").out == "#1 assigned to eng-4 already\n"
    assert cli("agent", "assign", "eng-4").code == 2
    await conn.execute("UPDATE agents SET state = 'done' WHERE id = 'a-6'")
    await conn.commit()
    with own_server(tmp_path, monkeypatch):
        tmux = {"TMUX_TMPDIR": str(tmp_path), "TMUX": ""}
        nothing = cli("agent", "release", "eng-4", "--force", env=tmux)
        assert (nothing.code, nothing.err) == (3, "error: eng-4 has locked nothing\n")
        (freed,) = cli("agent", "release", "eng-6", "--json", env=tmux).json
        assert (freed["seq"], freed["status"], freed["checkout_run_id"]) == (2, "ready", None)
        await conn.execute(LOCK, ("agent-eng-4", freed["id"]))
        # A server that began well after its row was written would be another one.
        await conn.execute("UPDATE agents SET last_state_change = now() WHERE id = 'a-4'")
        await conn.commit()
        works = cli("agent", "release", "eng-4", env=tmux)
        assert (works.code, "eng-4 is at work" in works.err) == (4, True)
    unknown = cli("agent", "release", "stranger")
    assert (unknown.code, unknown.err) == (
        4,
        "error: stranger may be at work, and has locked #3; --force releases it all the same\n",
    )
    assert cli("agent", "release", "stranger", "--force").out == "released #3\n"
    name = "x\x1b[31m\u202e\nerror: {} no"
    await conn.execute("UPDATE agents SET custom_name = %s WHERE id = 'a-7'", (name,))
    await conn.commit()
    for verb in (("mail", "a-7", "hi"), ("assign", "a-7", "1"), ("release", "a-7")):
        done = cli("agent", *verb)
        (said,) = (done.out + done.err).splitlines()
        assert said.isprintable(), verb


async def test_a_team_is_shown_with_how_its_members_stand(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    assert "no teams here" in cli("team", "list").err
    await made(conn, repo)
    (team,) = cli("team", "list", "--json").json
    members = [(each["name"], each["standing"]) for each in team["members"][:3]]
    assert members == [("eng-4", "question"), ("eng-8", None), ("eng-6", members[2][1])]
    assert "in_progress" in cli("team", "list").out
    shown = cli("team", "show", "Alpha").out
    assert "leader      mira" in shown
    assert "eng-8   no row" in shown
    missing = cli("team", "show", "beta")
    assert (missing.code, "'genie-tui team list --all-projects'" in missing.err) == (3, True)
