"""What is said about tasks."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import can_ask
from genie_tui.cli.bulk import shortened
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.text import clean
from genie_tui.errors import GenieError, Refused
from genie_tui.services import conversations
from genie_tui.services.tasks import get_task

if TYPE_CHECKING:
    from genie_tui.domain.conversations import Message
    from genie_tui.settings import Settings

__all__ = ["comment", "comments"]

CUT = "------------------------ >8 ------------------------"
"""What stands below is not the author's."""

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """What is commented on, by id and by name."""

    task_id: str
    name: str


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@click.argument("text", required=False)
@click.option("--reply-to", type=int, metavar="ID", help="Answer this comment.")
@pass_settings
def comment(settings: Settings, reference: str, text: str | None, reply_to: int | None) -> None:
    """Comment on a task.

    TEXT - is read from standard input; without any, your editor opens. With --json: the message.

    \b
    genie-tui task comment 12 'tests are green, opening a PR'
    git log -1 --format=%B | genie-tui task comment 12 -
    genie-tui task comment 12 --reply-to 31 'not yet'
    """
    if text is None and not can_ask():
        raise click.UsageError("say something: TEXT, or - to read it from standard input")
    topic = within(settings, lambda here: _topic(here, reference))
    written = _written(settings, topic) if text is None else _read() if text == STDIN else text

    async def work(here: Here) -> Answer:
        message = await conversations.comment(
            here.conn, topic.task_id, written, here.me, reply_to=reply_to
        )
        return Answer(value=message, text=f"comment {message.id} on {topic.name}")

    try:
        answer = within(settings, work)
    except GenieError as error:
        if text is None:
            _keep(written, error)
        raise
    reply(answer)


async def _topic(here: Here, reference: str) -> _Topic:
    task = await get_task(here.conn, await here.task(reference))
    return _Topic(task_id=task.id, name=f"#{task.seq} {shortened(task.title)}")


def _read() -> str:
    """Standard input to its end; what is not UTF-8 is found out where it would be stored."""
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _written(settings: Settings, topic: _Topic) -> str:
    """What is typed in the editor.

    Raises:
        Refused: nothing.
    """
    below = f"\n\n{CUT}\nWhat you write above becomes a comment on {topic.name}.\n"
    edited = click.edit(below, editor=settings.editor, extension=".md")
    written = (edited or "").partition(CUT)[0].strip()
    if not written:
        raise Refused("nothing was written, so nothing was said")
    return written


def _keep(written: str, error: GenieError) -> None:
    """Put what could not be said into a file, and name it on the way out."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="genie-tui-comment-", suffix=".md", delete=False, encoding="utf-8"
    ) as file:
        file.write(written)
    error.args = (f"{error}; what you wrote is in {file.name}",)


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@transaction
async def comments(here: Here, reference: str) -> Answer:
    """Show a task's comments, the oldest first.

    With --json: a list of messages.

    \b
    genie-tui task comments 12
    """
    task_id = await here.task(reference)
    found = await conversations.comments(here.conn, task_id)
    return Answer(value=list(found), text=_listed(found) or "no comments")


def _listed(found: Sequence[Message]) -> str:
    return "\n\n".join(_shown(message) for message in found)


def _shown(message: Message) -> str:
    at = message.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
    to = f", in reply to {message.reply_to_id}" if message.reply_to_id is not None else ""
    body = output.printable(message.body).splitlines()
    return "\n".join(
        [f"{message.id}  {clean(message.sender_id)}  {at}{to}", *(f"    {line}" for line in body)]
    )
