"""The tools of `genie-tui mcp`: verbs of the command line, with its answers, gates and locks.

Each call is one transaction. Nothing is connected, and no server started, before the first.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar, get_args

import psycopg
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from genie_tui import __version__
from genie_tui.cli import output
from genie_tui.cli.failures import unexpected
from genie_tui.cli.task.locking import claim_task
from genie_tui.cli.task.moving import came_of
from genie_tui.cli.task.reading import find_tasks
from genie_tui.cli.transactions import Here
from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.dates import parse_length
from genie_tui.domain.filters import parse
from genie_tui.domain.repeating import repeated
from genie_tui.domain.stages import Advance
from genie_tui.domain.tasks import Priority
from genie_tui.errors import BadInput, GenieError
from genie_tui.services import checkout, conversations, stages, statuses
from genie_tui.services.task_details import details_of
from genie_tui.services.task_objects import object_of
from genie_tui.services.whereabouts import me
from genie_tui.settings import Settings

__all__ = ["TOOLS", "serve"]

R = TypeVar("R")
Object = dict[str, Any]

INSTRUCTIONS = """\
Genie is a task board that people and agents share. Take work with claim: it locks a task for you,
for ten minutes unless you ask for longer; renew the lock while you work. Say with comment what you
do. When the work of the task's stage is over, complete it: it goes on, or waits at its gate for
whose word is missing, and that is no failure. What you cannot do, block with a reason, or release.
Never work on a task that another holds."""

Ref = Annotated[
    str,
    Field(description="The task: 12 or #12 here, name#12 in another project, or its id."),
]
Length = Annotated[
    str | None,
    Field(description="How long the lock lasts: 10m, 1h30m. Without it, what the task says."),
]
Words = Annotated[str, Field(description="Markdown.", min_length=1)]
Asked = Annotated[
    str | None,
    Field(
        description="A filter as on the board: words, 'p:high,urgent', 's:blocked', 'stage:build',"
        " '@eng-1', 'tag:bug', 'due:<3d', 'ready', 'mine'; '!' negates."
    ),
]
Among = Annotated[str | None, Field(description="Only of this stage.")]
Tagged = Annotated[str | None, Field(description="Only with this tag.")]
Pressing = Annotated[
    Literal["urgent", "high", "normal", "low"] | None,
    Field(description="Only of this priority."),
]
assert set(get_args(get_args(get_args(Pressing)[0])[0])) == set(Priority)


@dataclass(slots=True)
class Desk:
    """What the tools work with: one database, and one agent for as long as the program runs."""

    settings: Settings
    database: Database
    actor: Actor | None = None

    async def within(self, ctx: Context[Any], work: Callable[[Here], Awaitable[R]]) -> R:
        """Do some work in one transaction.

        Raises:
            ToolError: what the work, or the database, says no with; nothing was written.
        """
        try:
            actor = self._actor(ctx)

            async def once() -> R:
                async with self.database.connection() as conn:
                    return await work(Here(conn=conn, settings=self.settings, me=actor))

            try:
                return await repeated(once)
            except psycopg.Error as error:
                raise explained(error) from error
        except GenieError as error:
            raise ToolError(str(error)) from error
        except Exception as error:
            raise ToolError(unexpected(error)) from error

    def _actor(self, ctx: Context[Any]) -> Actor:
        if self.actor is None:
            params = ctx.request_context.session.client_params
            self.actor = agent(self.settings, params.client_info.name if params else "")
        return self.actor


def agent(settings: Settings, client: str) -> Actor:
    """The agent that options and environment name, else one called after its program.

    The latter has locks of its own, as others may run the same program.

    Raises:
        BadInput: a person is named, who would open gates that are not an agent's.
    """
    if settings.actor is None and settings.agent_name is None:
        name = "".join(sign for sign in client if sign.isalnum() or sign in "-_.")[:40] or "mcp"
        named = me(replace(settings, agent_name=name))
        own = settings.run_id or f"{named.run_id}-{os.getpid()}"
        return replace(named, run_id=own)
    if (named := me(settings)).kind is not Kind.AGENT:
        raise BadInput(f"{named.id} is a person; name the agent: --as agent:{named.id}")
    return named


def answer(value: Any) -> Object:
    """What the command line prints with --json, as the protocol carries it."""
    found: Object = json.loads(output.as_json(value))
    return found


def serve(settings: Settings) -> None:
    """Answer on standard output what is asked on standard input, until that is closed."""
    import anyio

    async def run() -> None:
        async with Database(settings) as database:
            await made(Desk(settings, database)).run_stdio_async()

    anyio.run(run)


def made(desk: Desk) -> MCPServer[Any]:
    """A server with all tools."""
    server: MCPServer[Any] = MCPServer(
        "genie", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR"
    )
    for name, make in TOOLS.items():
        looks = name in READING
        hints = ToolAnnotations(read_only_hint=looks, destructive_hint=False, open_world_hint=False)
        tool = make(desk)
        says = inspect.cleandoc(tool.__doc__ or "")
        server.add_tool(tool, name=name, description=says, annotations=hints)
    return server


Tool = Callable[..., Awaitable[Object]]


def _list(desk: Desk) -> Tool:
    async def list_(
        ctx: Context[Any],
        filter: Asked = None,  # noqa: A002
        closed: Annotated[bool, Field(description="Those done or cancelled, too.")] = False,
        limit: Annotated[int, Field(ge=1, le=500, description="So many at most.")] = 50,
    ) -> Object:
        """List the tasks of this project (or of the server's --board), most pressing first.

        Gives {"tasks": […]}, each with its fields, people, lock and what it waits for.
        """

        async def work(here: Here) -> Object:
            asked = dict.fromkeys(("stage", "status", "priority", "tag"), ()) | {
                "wanted": parse(filter) if filter else None,
                "closed": closed,
                "limit": limit,
                "order": "board",
                "reverse": False,
                "assignee": None,
                "release": None,
            }
            return answer({"tasks": await find_tasks(here, await here.scope(), asked)})

        return await desk.within(ctx, work)

    return list_


def _show(desk: Desk) -> Tool:
    async def show(ctx: Context[Any], task: Ref) -> Object:
        """Show a task in full: description, criteria, dependencies, comments, last stages."""

        async def work(here: Here) -> Object:
            return answer(await details_of(here.conn, await here.task(task)))

        return await desk.within(ctx, work)

    return show


def _claim(desk: Desk) -> Tool:
    async def claim(
        ctx: Context[Any],
        stage: Among = None,
        priority: Pressing = None,
        tag: Tagged = None,
        timeout: Length = None,  # noqa: ASYNC109
    ) -> Object:
        """Check out the next task that is ready, the most pressing first; it is yours alone.

        However many agents ask at once, each gets another task. Gives the task; fails where none
        is ready: ask again later.
        """

        async def work(here: Here) -> Object:
            task = await claim_task(
                here, stage=stage, priority=priority, tag=tag, timeout=_length(timeout)
            )
            return answer(await object_of(here.conn, task.id))

        return await desk.within(ctx, work)

    return claim


def _renew(desk: Desk) -> Tool:
    async def renew(
        ctx: Context[Any],
        task: Ref,
        timeout: Length = None,  # noqa: ASYNC109
    ) -> Object:
        """Keep your lock on a task for longer: its time begins anew.

        Fails where another has taken the task meanwhile: stop working on it then.
        """

        async def work(here: Here) -> Object:
            task_id = await here.task(task)
            await checkout.renew_lock(here.conn, task_id, here.me, timeout=_length(timeout))
            return answer(await object_of(here.conn, task_id))

        return await desk.within(ctx, work)

    return renew


def _comment(desk: Desk) -> Tool:
    async def comment(
        ctx: Context[Any],
        task: Ref,
        text: Words,
        reply_to: Annotated[int | None, Field(description="Answer the comment of this id.")] = None,
    ) -> Object:
        """Comment on a task: what you found, did or ask. Gives the message."""

        async def work(here: Here) -> Object:
            said = await conversations.comment(
                here.conn, await here.task(task), text, here.me, reply_to=reply_to
            )
            return answer(asdict(said))

        return await desk.within(ctx, work)

    return comment


def _advance(desk: Desk) -> Tool:
    async def advance(ctx: Context[Any], task: Ref) -> Object:
        """Send a task on to its next stage, if its gate opens to an agent.

        At a person's gate it stays, your wish is recorded, and a person is asked: `advance` in
        what this gives says `moved`, `to_stage`, `done`, `waits_for`, `refused`, and a `message`.
        """

        async def work(here: Here) -> Object:
            task_id = await here.task(task)
            return await _went(here, await stages.advance_task(here.conn, task_id, here.me))

        return await desk.within(ctx, work)

    return advance


def _complete(desk: Desk) -> Tool:
    async def complete(ctx: Context[Any], task: Ref) -> Object:
        """Say that your work on a task in its stage is over: your lock is released, and it goes on.

        Where its gate needs another's word, yours is recorded and it waits: `advance` in what this
        gives says so.
        """

        async def work(here: Here) -> Object:
            task_id = await here.task(task)
            return await _went(here, await stages.complete_stage(here.conn, task_id, here.me))

        return await desk.within(ctx, work)

    return complete


def _block(desk: Desk) -> Tool:
    async def block(ctx: Context[Any], task: Ref, reason: Words) -> Object:
        """Say that a task cannot go on, and why: somebody will look at it. You keep your lock."""

        async def work(here: Here) -> Object:
            task_id = await here.task(task)
            await statuses.block_task(here.conn, task_id, reason, here.me)
            return answer(await object_of(here.conn, task_id))

        return await desk.within(ctx, work)

    return block


def _release(desk: Desk) -> Tool:
    async def release(ctx: Context[Any], task: Ref) -> Object:
        """Give your lock on a task back, without having finished: it is ready for others again."""

        async def work(here: Here) -> Object:
            task_id = await here.task(task)
            await checkout.release_task(here.conn, task_id, here.me)
            return answer(await object_of(here.conn, task_id))

        return await desk.within(ctx, work)

    return release


async def _went(here: Here, came: Advance) -> Object:
    """A task, and what came of sending it on; a refusal is told there, as the wish is kept."""
    return answer({**await object_of(here.conn, came.task_id), **came_of(came)})


def _length(given: str | None) -> timedelta | None:
    return None if given is None else parse_length(given)


TOOLS: dict[str, Callable[[Desk], Tool]] = {
    "list": _list,
    "show": _show,
    "claim": _claim,
    "renew": _renew,
    "comment": _comment,
    "advance": _advance,
    "complete": _complete,
    "block": _block,
    "release": _release,
}
"""By name; `READING` are those that write nothing."""

READING = frozenset({"list", "show"})
