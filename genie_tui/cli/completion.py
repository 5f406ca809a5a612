"""What a shell is told when it completes a name: what the database holds, if one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click import Argument
from click.shell_completion import CompletionItem

from genie_tui.cli import output
from genie_tui.cli.arguments import FilterText
from genie_tui.cli.options import Command, read_settings, wants_json
from genie_tui.domain.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection

    from genie_tui.services.naming import Named, Scope
    from genie_tui.settings import Settings

__all__ = ["completion", "names"]

ABOUT_AT_MOST = 60
"""Characters that are shown beside a name."""

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands, options and names: bash, zsh or fish.

    Names are those of the database that runs: tasks, boards, stages, tags, people and so on. None
    is started for it. Where to put the script, its first lines say.

    \b
    genie-tui completion bash > ~/.local/share/bash-completion/completions/genie-tui
    genie-tui completion zsh > ~/.zfunc/_genie-tui
    genie-tui completion fish > ~/.config/fish/completions/genie-tui.fish
    """
    from genie_tui.cli import shells

    script = shells.script(shell)
    if wants_json():
        output.write_json({"shell": shell, "script": script})
    else:
        click.echo(script, nl=False)


def names(
    noun: str, ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of a noun that begin so; none where no server runs, or it does not answer at once.

    What was given on the line before counts: --project, --board, --home, --dsn, and for stages the
    board or the tasks that were named.
    """
    import asyncio

    import psycopg

    from genie_tui.errors import GenieError

    try:
        with ctx.scope(cleanup=False):
            found = asyncio.run(_look(read_settings(), _wanted(noun, ctx, param), ctx, incomplete))
    except (GenieError, psycopg.Error, OSError):
        return []
    return [_item(named) for named in found if named.name.isprintable()]


def _wanted(noun: str, ctx: click.Context, param: click.Parameter) -> Sequence[str]:
    """The nouns that may be meant.

    Where any number of names may stand before one of another noun, as in `task move 12 13 review`,
    a word may be either; and where a filter has named the tasks, it is the other.
    """
    filtered = any(
        isinstance(other.type, FilterText) and ctx.params.get(str(other.name)) is not None
        for other in ctx.command.params
    )
    if param.nargs != -1 or not (filtered or _given(ctx)):
        return (noun,)
    params = ctx.command.params
    after = [other for other in params[params.index(param) + 1 :] if isinstance(other, Argument)]
    following = [other.type.name for other in after[:1]]
    return following if filtered else (*following, noun)


def _given(ctx: click.Context, noun: str | None = None) -> list[str]:
    """The words that were given as arguments, or for a noun as arguments or options."""
    found: list[str] = []
    for param in ctx.command.params:
        value = ctx.params.get(str(param.name))
        if isinstance(param, Argument) if noun is None else param.type.name == noun:
            found.extend([value] if isinstance(value, str) else value or ())
    return found


async def _look(
    settings: Settings, nouns: Sequence[str], ctx: click.Context, incomplete: str
) -> Sequence[Named]:
    from genie_tui.db.glance import glance
    from genie_tui.services import naming

    found: list[Named] = []
    async with glance(settings) as conn:
        scope = await _scope(conn, settings)
        for noun in nouns:
            if noun == "stage":
                board = next(iter(_given(ctx, "board")), settings.board)
                tasks = _given(ctx) if nouns[-1] == "task" else ()
                found += await naming.stages(conn, incomplete, scope, board=board, tasks=tasks)
            else:
                found += await naming.starting(conn, noun, incomplete, scope)
    return found


async def _scope(conn: AsyncConnection, settings: Settings) -> Scope:
    """Where a command that is given these settings looks for what is named."""
    from genie_tui.services import projects
    from genie_tui.services.naming import Scope
    from genie_tui.services.whereabouts import repository

    repo_path = repository()
    if settings.project is not None:
        project = await projects.get_project(conn, settings.project)
        return Scope(repo_path=repo_path, project=project.name, project_id=project.id)
    if settings.all_projects:
        return Scope(repo_path=repo_path)
    found = await projects.of_repository(conn, repo_path)
    return Scope(repo_path=repo_path, project_id=found.id if found else None)


def _item(named: Named) -> CompletionItem:
    about = clean(named.about or "")
    shown = about if len(about) <= ABOUT_AT_MOST else f"{about[: ABOUT_AT_MOST - 1]}…"
    return CompletionItem(named.name, help=shown or None)
