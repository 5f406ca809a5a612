"""Tasks of a repository for commands to act on, and the program on a terminal in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from psycopg import AsyncConnection

from genie_tui.domain.tasks import Task
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.services.making import ADA, make, make_board
from tests.terminal import Terminal

AGENT = {"GENIE_AGENT_NAME": "eng-1"}


async def flow(conn: AsyncConnection, repo: Path, *stages: str) -> tuple[Task, ...]:
    """Tasks #1, #2, … in these stages of a board `Flow`, which has each kind of gate."""
    board = await make_board(conn)
    made = [await make(conn, board, stage, repo=str(repo), actor=ADA) for stage in stages]
    await conn.commit()
    return tuple(made)


def terminal(
    settings: Settings, repo: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> Terminal:
    """The program in a terminal, called by ada in her repository."""
    assert settings.dsn is not None
    ours = {"GENIE_DATABASE_URL": settings.dsn, "LOGNAME": "ada", **(env or {})}
    told = environment(settings, **ours)
    return Terminal([*COMMAND, *arguments], told, columns=100, cwd=repo)
