"""`genie-tui export` and `import`, `genie-tui board export` and `board import`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.files import STANDARD, Draft, may_replace, reading
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.errors import BadInput, NotFound, Refused
from genie_tui.services.importing import Imported
from genie_tui.services.placing import Target
from genie_tui.services.whereabouts import repository

if TYPE_CHECKING:
    from genie_tui.domain.projects import Project
    from genie_tui.services.exporting import Exported, Progress, Write
    from genie_tui.services.importing import Read
    from genie_tui.services.sharing import OnConflict
    from genie_tui.settings import Settings

__all__ = ["board_export", "board_import", "export", "import_"]

FILE = click.Path(allow_dash=True)

TO_FILE = click.argument("file", type=FILE, default=STANDARD)
FROM_FILE = click.argument("file", type=FILE)

FORCE = click.option("--force", is_flag=True, help="Write over a file that is there.")
HISTORY = click.option(
    "--with-history", "history", is_flag=True, help="With what the audit log has."
)
CHECK = click.option("--check", is_flag=True, help="Say what it would do, and write nothing.")
ON_CONFLICT = click.option(
    "--on-conflict",
    type=click.Choice(["refuse", "share", "rename"]),
    default="refuse",
    show_default=True,
    help="Where types, tags or shared boards differ here: stop, take these, or add those.",
)

Work = Callable[[Here, "Write", "Progress"], Awaitable[tuple[str, "Exported"]]]


@click.command(cls=Command)
@TO_FILE
@HISTORY
@FORCE
@pass_settings
def export(settings: Settings, file: str, history: bool, force: bool) -> None:
    """Write a project to a file.

    The file is JSON, and holds all that 'genie-tui import' makes the same project of: boards, tasks
    with tags, actors, dependencies, stage log, approvals, comments. It is of one moment. Without
    FILE, or with -, it goes to standard output.

    \b
    genie-tui export acme.json
    genie-tui export --project acme --with-history | gzip > acme.json.gz
    """

    async def work(here: Here, write: Write, say: Progress) -> tuple[str, Exported]:
        from genie_tui.services import exporting

        project = await here.project()
        if project is None:
            raise NotFound(
                "there is no project here; --project NAME names the one, of those that"
                " 'genie-tui project list' shows"
            )
        done = await exporting.export_project(
            here.conn, project.id, write, history=history, progress=say
        )
        return project.name, done

    _export(settings, file, work, force=force)


@click.command(cls=Command)
@click.argument("name", type=arguments.BOARD)
@TO_FILE
@click.option("--with-tasks", "tasks", is_flag=True, help="With its tasks, and all that is theirs.")
@HISTORY
@FORCE
@pass_settings
def board_export(
    settings: Settings, name: str, file: str, tasks: bool, history: bool, force: bool
) -> None:
    """Write a board to a file.

    The file is JSON, and holds the columns just as they are stored. Of the tasks on a global board,
    only this project's go with it (--all-projects: all).

    \b
    genie-tui board export Sprint-12 sprint.json
    genie-tui board export Sprint-12 --with-tasks > sprint.json
    """

    async def work(here: Here, write: Write, say: Progress) -> tuple[str, Exported]:
        from genie_tui.services import exporting

        board = await here.board(name)
        assert board is not None
        if board.id is None:
            raise Refused(
                f"{board.name} is made up of a task type's stages, and no board to export;"
                " 'genie-tui export' writes its tasks"
            )
        done = await exporting.export_board(
            here.conn,
            board.id,
            write,
            tasks=tasks,
            project_id=None if board.project_id else await here.scope(),
            history=history,
            progress=say,
        )
        return board.name, done

    _export(settings, file, work, force=force)


@click.command(cls=Command)
@FROM_FILE
@click.option("--name", metavar="NAME", help="Call the project so, not as in the file.")
@click.option("--repo", type=click.Path(), metavar="DIR", help="Where its repository is here.")
@click.option("--into", type=arguments.PROJECT, help="Fill this project, which has no tasks yet.")
@ON_CONFLICT
@CHECK
@pass_settings
def import_(
    settings: Settings,
    file: str,
    name: str | None,
    repo: str | None,
    into: str | None,
    on_conflict: OnConflict,
    check: bool,
) -> None:
    """Read a project from a file.

    It becomes a new project, all of it or nothing. Ids and numbers stay as they are in the file;
    ids that are taken here are drawn anew. What is here already is never changed.

    \b
    genie-tui import acme.json
    genie-tui import acme.json --check
    genie-tui import acme.json --name acme-copy --repo ~/src/acme-copy
    """
    if settings.project is not None:
        raise BadInput("--project names no new project; --name does, and --into an empty one")
    if into is not None and (name or repo):
        raise BadInput("--into takes a project as it is; leave out --name and --repo")

    async def work(here: Here, read: Read, say: Progress) -> Imported:
        from genie_tui.services import importing, projects

        target = Target(
            name=name,
            repo_path=repository(Path(repo)) if repo else None,
            into=await projects.get_project(here.conn, into) if into else None,
        )
        return await importing.import_project(
            here.conn,
            read,
            actor=here.me,
            target=target,
            on_conflict=on_conflict,
            progress=say,
        )

    _import(settings, file, work, noun="project", check=check)


@click.command(cls=Command)
@FROM_FILE
@click.option("--name", metavar="NAME", help="Call the board so, not as in the file.")
@click.option("--global", "everywhere", is_flag=True, help="Make it a board of all projects.")
@ON_CONFLICT
@CHECK
@pass_settings
def board_import(
    settings: Settings,
    file: str,
    name: str | None,
    everywhere: bool,
    on_conflict: OnConflict,
    check: bool,
) -> None:
    """Make a board from a file.

    Reads what 'genie-tui board export' writes, and boards made elsewhere: an object with a name and
    columns, as other Genie clients write them, or a list of columns with --name. A column needs no
    more than a name.

    \b
    genie-tui board import sprint.json
    echo '[{"name": "todo"}, {"name": "done"}]' | genie-tui board import - --name Chores
    """

    async def work(here: Here, read: Read, say: Progress) -> Imported:
        from genie_tui.services import importing

        return await importing.import_board(
            here.conn,
            read,
            actor=here.me,
            home=lambda: _home(here),
            name=name,
            everywhere=everywhere,
            on_conflict=on_conflict,
            progress=say,
        )

    _import(settings, file, work, noun="board", check=check)


async def _home(here: Here) -> Project:
    """The project that a board is made in, which is made where there is none yet."""
    from genie_tui.services import projects

    found = await here.project()
    return found or await projects.ensure_project(here.conn, await here.repository(), here.me)


def _export(settings: Settings, file: str, work: Work, *, force: bool) -> None:
    """Write the file once all of it is there, and the transaction over."""
    from genie_tui.services import exporting

    replace = may_replace(file, force=force)
    with Draft(file) as draft:
        with output.progress() as say:

            async def written(here: Here) -> tuple[str, Exported]:
                await exporting.snapshot(here.conn)
                return await work(here, draft.write, say)

            name, done = within(settings, written, again=False)
        draft.deliver(replace=replace)
    if file != STANDARD:
        counted = _counted(done.tasks, done.boards) or "nothing but its name"
        text = f"{name} → {file}: {counted}"
        reply(Answer(value={"file": file, "name": name, **asdict(done)}, text=text))


def _import(
    settings: Settings,
    file: str,
    work: Callable[[Here, Read, Progress], Awaitable[Imported]],
    *,
    noun: str,
    check: bool,
) -> None:
    if settings.read_only:
        raise Refused("--read-only writes nothing; leave it out to import, --check writes nothing")
    with reading(file) as read, output.progress() as say:

        async def done_or_undone(here: Here) -> Imported:
            done = await work(here, read, say)
            if check:
                await here.conn.rollback()
            return done

        try:
            done = within(settings, done_or_undone, again=False)
        except BadInput as error:
            where = "standard input" if file == STANDARD else file
            raise BadInput(f"{where}: {error}; nothing was imported") from error
    value: dict[str, Any] = {**asdict(done), "check": check}
    reply(Answer(value=value, text=_told(done, noun, check=check)))


def _told(done: Imported, noun: str, *, check: bool) -> str:
    boards = done.boards if noun == "project" else 0
    where = f" in {done.repo_path}" if done.repo_path else ""
    verb = "would import" if check else "imported"
    counted = _counted(done.tasks, boards)
    lines = [f"{verb} {noun} {done.name} ({done.id}){where}{counted and f': {counted}'}"]
    if done.made:
        lines.append(f"with it: {', '.join(done.made)}")
    lines += [f"left out: {what}" for what in done.left_out]
    return "\n".join(lines)


def _counted(tasks: int, boards: int) -> str:
    counts = {"task": tasks, "board": boards}
    return ", ".join(output.counted(count, noun) for noun, count in counts.items() if count)
