"""Which board a dashboard opens with."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.projects import Project
from genie_tui.services import boards, projects
from genie_tui.services.whereabouts import repository
from genie_tui.settings import Settings

__all__ = ["home", "project_of"]


async def home(
    conn: AsyncConnection, settings: Settings, *, as_asked: bool = True
) -> tuple[Board, Project | None]:
    """The board that was asked for, else this repository's first; and the project it is seen in.

    Without `as_asked`, the first board of all.

    Raises:
        NotFound: there is no such project or board.
    """
    project = await project_of(conn, settings) if as_asked else None
    project_id = project.id if project else None
    if settings.board is not None and as_asked:
        return await boards.find_board(conn, settings.board, project_id=project_id), project
    return await boards.first_board(conn, project_id), project


async def project_of(conn: AsyncConnection, settings: Settings) -> Project | None:
    """The project that was asked for, else this repository's; None for all of them."""
    if settings.project is not None:
        return await projects.get_project(conn, settings.project)
    if settings.all_projects:
        return None
    return await projects.of_repository(conn, repository())
