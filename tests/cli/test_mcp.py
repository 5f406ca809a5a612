"""The board by the Model Context Protocol, asked by the protocol's own client."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import TextContent

from genie_tui.cli.tools import READING, TOOLS
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.programs import COMMAND, environment

Starts = Callable[..., AbstractAsyncContextManager[Client]]

PAGE = Path(__file__).parents[2] / "docs/how-to/mcp.md"


@pytest.fixture
def agent(settings: Settings, repo: Path) -> Starts:
    """Starts the program for an agent's client."""

    @asynccontextmanager
    async def start(*arguments: str, name: str = "", **more: str) -> AsyncIterator[Client]:
        assert settings.dsn is not None
        env = environment(settings, GENIE_DATABASE_URL=settings.dsn, LOGNAME="ada", **more)
        env = {**env, **({"GENIE_AGENT_NAME": name} if name else {})}
        program, *first = COMMAND
        server = StdioServerParameters(
            command=program, args=[*first, "mcp", *arguments], env=env, cwd=repo
        )
        async with Client(stdio_client(server)) as client:
            yield client

    return start


async def done(client: Client, tool: str, **given: Any) -> dict[str, Any]:
    """What a tool gives, which is the same as a text."""
    result = await client.call_tool(tool, given)
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    assert result.structured_content == json.loads(content.text)
    return result.structured_content or {}


async def refused(client: Client, tool: str, **given: Any) -> str:
    """What a tool says that fails."""
    result = await client.call_tool(tool, given)
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert result.is_error, content.text
    assert "Traceback" not in content.text
    return content.text


async def test_an_agent_takes_a_task_through_its_stage_as_on_the_command_line(
    agent: Starts, cli: Cli
) -> None:
    cli("task", "create", "rate limits", "--board", "Software Development")
    cli("task", "move", "1", "build")
    async with agent(name="eng-1") as client:
        assert (await done(client, "list", filter="ready"))["tasks"] == cli(
            "task", "list", "--json"
        ).json
        claimed = await done(client, "claim", stage="build", timeout="30m")
        assert claimed["checkout_run_id"] == "agent-eng-1"
        assert claimed["checkout_timeout_ms"] == 30 * 60_000
        assert claimed == cli("task", "list", "--json").json[0]
        said = await done(client, "comment", task="#1", text="on it")
        assert (said["sender_id"], said["body"]) == ("eng-1", "on it")
        assert (await done(client, "renew", task="1", timeout="1h"))["checkout_timeout_ms"] == 36e5
        blocked = await done(client, "block", task="1", reason="no network")
        assert (blocked["status"], blocked["blocked_reason"]) == ("blocked", "no network")
        assert "no network" in await refused(client, "advance", task="1")
        cli("task", "unblock", "1")
        went = (await done(client, "complete", task="1"))["advance"]
        assert (went["moved"], went["to_stage"]) == (True, "review")
        stays = (await done(client, "advance", task="1"))["advance"]
        assert (stays["refused"], stays["waits_for"]) == (True, "human")
        shown = await done(client, "show", task="1")
        assert shown == cli("task", "show", "1", "--json").json
        assert [word["actor_id"] for word in shown["approvals"]] == ["eng-1"]


async def test_agents_who_claim_at_once_hold_different_tasks_and_let_go_of_their_own_alone(
    agent: Starts, cli: Cli
) -> None:
    for title in ("one", "two"):
        cli("task", "create", title)
    async with agent() as first, agent() as second:
        taken = await asyncio.gather(done(first, "claim"), done(second, "claim"))
        assert {task["seq"] for task in taken} == {1, 2}
        mine, others = (str(task["seq"]) for task in taken)
        assert "no task is ready" in await refused(first, "claim")
        assert f"#{others} is locked by" in await refused(first, "release", task=others)
        freed = await done(first, "release", task=mine)
        assert (freed["checkout_run_id"], freed["status"]) == (None, "ready")


async def test_it_never_acts_as_a_person(agent: Starts, cli: Cli) -> None:
    cli("task", "create", "draft of a plan", "--board", "Software Development")
    async with agent() as client:
        assert (await done(client, "advance", task="1"))["advance"]["waits_for"] == "human"
    async with agent("--as", "ada") as client:
        assert "--as agent:ada" in await refused(client, "advance", task="1")


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("show", {"task": "999"}, "no task 999"),
        ("show", {"task": "[b]\x1b[31m"}, "no task"),
        ("show", {}, "Field required"),
        ("claim", {"timeout": "soon"}, "'soon' is no length of time"),
        ("claim", {"priority": "loud"}, "'urgent', 'high', 'normal' or 'low'"),
        ("claim", {"stage": "nowhere", "tag": "nothing"}, "nothing"),
        ("list", {"filter": "p:loud"}, "one of urgent, high, normal, low"),
        ("list", {"limit": 0}, "greater than or equal to 1"),
        ("block", {"task": "1", "reason": " "}, "reason"),
        ("nonsense", {}, "nonsense"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(
    agent: Starts, cli: Cli, tool: str, given: dict[str, Any], said: str
) -> None:
    cli("task", "create", "rate limits")
    async with agent(name="eng-1") as client:
        assert said in await refused(client, tool, **given)


async def test_a_server_that_goes_away_is_told_of_and_used_again_once_it_is_back(
    agent: Starts, cli: Cli, settings: Settings
) -> None:
    cli("task", "create", "rate limits")
    async with agent(name="eng-1") as client:
        await done(client, "claim")
        assert settings.dsn is not None
        with psycopg.connect(settings.dsn, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert (await done(client, "show", task="1"))["seq"] == 1
    async with agent("--dsn", "postgresql://127.0.0.1:1/none", name="eng-1") as client:
        assert "127.0.0.1" in await refused(client, "list")


async def test_nothing_is_connected_before_a_tool_is_called_and_nothing_is_left_afterwards(
    agent: Starts, tmp_path: Path
) -> None:
    async with agent("--home", str(tmp_path / "nowhere"), "--dsn", "") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == set(TOOLS)
        ours = [child for child in psutil.Process().children() if "mcp" in child.cmdline()]
        (server,) = ours
        assert not (tmp_path / "nowhere").exists()
        assert server.net_connections() == []
    assert not server.is_running()


async def test_the_page_tells_of_every_tool_and_whether_it_writes() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: "reads" if name in READING else "writes" for name in TOOLS}
