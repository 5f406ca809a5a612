"""`genie-tui session`: sessions listed, read, searched and priced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make

SPENT = b"""
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details) VALUES
    ('otel_api', 's-1', 'request', 'eng-1',
     '{"model": "opus", "cost_usd": 1.5, "input_tokens": 100, "output_tokens": "20"}'),
    ('otel_api', 's-1', 'request', 'eng-1',
     '{"model": "haiku", "cost_usd": "0.25", "cache_read_tokens": 7, "input_tokens": []}'),
    ('otel_api', 's-1', 'request', 'eng-1', '{"cost_usd": "much"}'),
    ('otel_api', 'elsewhere', 'request', 'eng-9', '{"model": "opus", "cost_usd": 90}')
"""


def said(content: object, kind: str = "user", cwd: str = "/src") -> str:
    """A line of a session's file."""
    return json.dumps({"type": kind, "cwd": cwd, "message": {"content": content}}) + "\n"


@pytest.fixture
async def session(cli: Cli, conn: AsyncConnection, repo: Path, tmp_path: Path) -> str:
    """A session in a directory of the repository: words, a tool, its answer; and another one's."""
    await make(conn, repo=str(repo), title="tokens")
    await conn.commit()
    place, below = tmp_path / "files", str(repo / "web")
    place.mkdir()
    (place / "s-1.jsonl").write_text(
        said("why do tokens refresh \x1b[31mtwice\x01?", cwd=below)
        + said([{"type": "tool_use", "name": "Bash", "input": {"command": "x" * 90}}], "assistant")
        + said([{"type": "tool_result", "content": "a race"}])
        + said("They were refreshing under a race.", "assistant")
    )
    (place / "s-2.jsonl").write_text(said("refreshed elsewhere", cwd="/elsewhere"))
    cli("session", "import", str(place))
    await conn.execute(SPENT)
    await conn.commit()
    return "s-1"


async def test_sessions_are_a_projects_by_where_they_ran(cli: Cli, session: str) -> None:
    (one,) = cli("session", "list", "--json").json
    assert (one["id"], one["total_turns"], one["cost"]) == (session, 4, 1.75)
    assert "$1.75" in cli("session", "list").out
    both = cli("session", "list", "--all-projects", "--json").json
    assert {each["id"] for each in both} == {"s-1", "s-2"}


async def test_a_transcript_folds_tools_and_goes_on_where_one_says(cli: Cli, session: str) -> None:
    out = cli("session", "show", session).out
    assert "\x1b" not in out
    assert "x" * 90 not in out
    assert "They were refreshing" in out
    assert "x" * 90 in cli("session", "show", session, "--full").out
    page = cli("session", "show", session, "--from", "1", "--limit", "2", "--json").json
    assert ([turn["role"] for turn in page["turns"]], page["before"], page["after"]) == (
        ["tool_use", "tool_result"],
        1,
        1,
    )
    several, none = cli("session", "show", "s-", "--json"), cli("session", "show", "nobody")
    assert "begins each of s-1, s-2" in several.err
    assert (none.code, none.err.startswith("error: no session 'nobody'")) == (3, True)


@pytest.mark.usefixtures("session")
async def test_words_are_found_in_all_forms_and_marked(cli: Cli) -> None:
    hits = cli("session", "search", "refresh", "--json").json
    assert [hit["turn_index"] for hit in hits] == [3, 0]
    assert [piece["text"] for piece in hits[0]["excerpt"] if piece["found"]] == ["refreshing"]
    assert "\x1b" not in cli("session", "search", "refresh").out
    everywhere = cli("session", "search", "refresh", "--all-projects", "--json").json
    assert {hit["session_id"] for hit in everywhere} == {"s-1", "s-2"}
    assert (
        cli("session", "search", "refresh -race", "--session", "s-1", "--json").json[0][
            "turn_index"
        ]
        == 0
    )
    assert "has no word to look for" in cli("session", "search", "the").err


@pytest.mark.usefixtures("session")
async def test_what_was_spent_is_told_by_what_one_asks(cli: Cli) -> None:
    models = cli("session", "cost", "--by", "model", "--json").json
    assert [(each["model"], each["cost"]) for each in models] == [
        ("opus", 1.5),
        ("haiku", 0.25),
        ("", 0.0),
    ]
    assert (models[0]["input_tokens"], models[0]["output_tokens"]) == (100, 20)
    assert (models[1]["cache_read_tokens"], models[1]["input_tokens"]) == (7, 0)
    days = cli("session", "cost", "--days", "3", "--json").json
    assert [each["cost"] for each in days] == [0, 0, 1.75]
    agents = cli("session", "cost", "--by", "agent", "--all-projects", "--json").json
    assert [(each["agent"], each["cost"]) for each in agents] == [("eng-9", 90), ("eng-1", 1.75)]
    assert "$1.75" in cli("session", "cost", "--by", "session").out
    assert "(not said)" in cli("session", "cost", "--by", "task").out
