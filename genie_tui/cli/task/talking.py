"""What is said about tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import words
from genie_tui.cli.bulk import shortened
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.text import clean
from genie_tui.errors import Refused
from genie_tui.services import conversations, editor
from genie_tui.services.tasks import get_task

if TYPE_CHECKING:
    from genie_tui.domain.conversations import Message
    from genie_tui.settings import Settings

__all__ = ["comment", "comments"]


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
    if text is None and not editor.can_write():
        raise click.UsageError("say something: TEXT, or - to read it from standard input")
    topic = within(settings, lambda here: _topic(here, reference))

    def say(body: str) -> Answer:
        return within(settings, lambda here: _say(here, topic, body, reply_to))

    if text is None:
        reply(_written(settings, topic, say))
    else:
        reply(say(words(text)))


async def _say(here: Here, topic: _Topic, body: str, reply_to: int | None) -> Answer:
    message = await conversations.comment(
        here.conn, topic.task_id, body, here.me, reply_to=reply_to
    )
    return Answer(value=message, text=f"comment {message.id} on {topic.name}")


async def _topic(here: Here, reference: str) -> _Topic:
    task = await get_task(here.conn, await here.task(reference))
    return _Topic(task_id=task.id, name=f"#{task.seq} {shortened(task.title)}")


def _written(settings: Settings, topic: _Topic, say: Callable[[str], Answer]) -> Answer:
    """Say what is typed in the editor; where that fails, the file with it is kept.

    Raises:
        Refused: nothing was typed, or the editor failed.
    """
    heading = f"comment on {topic.name}, below this line"
    written = editor.write(settings.editor, {heading: ""})
    if not (body := written.texts[heading].strip()):
        written.file.unlink(missing_ok=True)
        raise Refused("nothing was written, so nothing was said")
    with written.kept():
        return say(body)


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
