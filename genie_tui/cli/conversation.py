"""`genie-tui conversation`: groups, direct messages and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import TEXT
from genie_tui.cli.options import Command, Group
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.text import clean
from genie_tui.services import groups, messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genie_tui.domain.conversations import Message

__all__ = [
    "create",
    "dm",
    "edit",
    "join",
    "leave",
    "list_",
    "member",
    "post",
    "rename",
    "show",
    "unsay",
]

NAME = click.argument("name", metavar="CONVERSATION", type=arguments.CONVERSATION)
WHO = click.argument("who", type=arguments.ACTOR)
MESSAGE = click.argument("message", type=arguments.MESSAGE, metavar="ID")


@click.command("list", cls=Command)
@click.option("--mine", is_flag=True, help="Those that you are in.")
@click.option("--with", "member", metavar="WHO", type=arguments.ACTOR, help="Those this one is in.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@transaction
async def list_(here: Here, mine: bool, member: str | None, limit: int) -> Answer:
    """List conversations, the latest first.

    With --json: a list of conversations, each with its `members`.

    \b
    genie-tui conversation list --mine
    genie-tui conversation list --with eng-1 --json
    """
    who = here.actor(member) if member else here.me if mine else None
    found = await groups.objects(here.conn, member=who, limit=limit)
    rows = [
        (
            each["id"],
            _called(each),
            each["messages"],
            output.moment(each["updated_at"]),
            ", ".join(sorted({member["actor_id"] for member in each["members"]})),
        )
        for each in found
    ]

    def text() -> None:
        if not rows:
            click.echo("no conversations; 'genie-tui conversation dm WHO TEXT' begins one")
            return
        headings = ("id", "name", "messages", "changed", "members")
        write_table(headings, rows, flexible=("name", "members"), optional=("messages", "members"))

    return Answer(value=found, text=text)


@click.command(cls=Command)
@NAME
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--before", type=arguments.MESSAGE, metavar="ID", help="Those before this message.")
@click.option("--thread", type=arguments.MESSAGE, metavar="ID", help="The thread on this message.")
@transaction
async def show(here: Here, name: str, limit: int, before: int | None, thread: int | None) -> Answer:
    """Show the newest messages of a conversation, oldest first.

    With --json: the conversation, with its messages under `log`, and under `threads` how many
    messages there are in the threads on these.

    \b
    genie-tui conversation show Release
    genie-tui conversation show Release --thread 31
    genie-tui conversation show conv-1a2b3c4d --before 120 --json
    """
    id_ = await groups.find_conversation(here.conn, name, here.me)
    if thread is not None:
        id_ = await messages.find_thread(here.conn, thread, within=id_)
    (found,) = await groups.objects(here.conn, ids=[id_])
    said = await messages.messages(here.conn, id_, limit=limit, before=before)
    threads = await messages.threads(here.conn, [message.id for message in said])

    def text() -> None:
        members = ", ".join(_member(member) for member in found["members"])
        output.write_fields({"conversation": clean(_called(found)), "id": id_, "members": members})
        click.echo()
        _write(said, threads)

    return Answer(value={**found, "log": said, "threads": threads}, text=text)


@click.command(cls=Command)
@click.argument("name")
@click.option(
    "--member", "members", metavar="WHO", multiple=True, type=arguments.ACTOR, help="Who is in it."
)
@transaction
async def create(here: Here, name: str, members: tuple[str, ...]) -> Answer:
    """Make a group; you are its admin.

    With --json: the conversation.

    \b
    genie-tui conversation create Release --member eng-1 --member jonas
    """
    others = [here.actor(member) for member in members]
    id_ = await groups.create_group(here.conn, name, others, here.me)
    return await _answer(here, id_, f"made the group {name} ({id_})")


@click.command(cls=Command)
@NAME
@click.argument("new_name", metavar="NEW")
@transaction
async def rename(here: Here, name: str, new_name: str) -> Answer:
    """Give a group another name.

    With --json: the conversation.

    \b
    genie-tui conversation rename Release 'Release 2.0'
    """
    id_ = await groups.find_conversation(here.conn, name, here.me)
    renamed = await groups.rename(here.conn, id_, new_name, here.me)
    return await _answer(here, id_, f"{name} is {new_name} {'now' if renamed else 'already'}")


@click.command(cls=Command)
@NAME
@TEXT
@click.option("--reply-to", type=arguments.MESSAGE, metavar="ID", help="Answer this message.")
@click.option(
    "--thread", type=arguments.MESSAGE, metavar="ID", help="Write into the thread on this message."
)
@transaction
async def post(
    here: Here, name: str, text: str, reply_to: int | None, thread: int | None
) -> Answer:
    """Write into a conversation; TEXT - is read from standard input.

    With --json: the message.

    \b
    genie-tui conversation post Release 'tagged and pushed'
    genie-tui conversation post Release --reply-to 31 'not yet'
    """
    id_ = await groups.find_conversation(here.conn, name, here.me)
    if thread is not None:
        id_ = await messages.thread_of(here.conn, thread, here.me, within=id_)
    said = await messages.post(here.conn, id_, text, here.me, reply_to=reply_to)
    return Answer(value=said, text=f"message {said.id} in {id_}")


@click.command(cls=Command)
@WHO
@TEXT
@transaction
async def dm(here: Here, who: str, text: str) -> Answer:
    """Write to one person or agent; TEXT - is read from standard input.

    With --json: the message.

    \b
    genie-tui conversation dm eng-1 'which branch is it on?'
    """
    other = here.actor(who)
    id_ = await groups.direct(here.conn, other, here.me)
    said = await messages.post(here.conn, id_, text, here.me)
    return Answer(value=said, text=f"message {said.id} to {other.id}, in {id_}")


@click.command(cls=Command)
@MESSAGE
@TEXT
@transaction
async def edit(here: Here, message: int, text: str) -> Answer:
    """Write one of your messages anew; TEXT - is read from standard input.

    With --json: the message.

    \b
    genie-tui conversation edit 31 'tagged, pushed, and announced'
    """
    said = await messages.edit_message(here.conn, message, text, here.me)
    return Answer(value=said, text=f"changed message {said.id}")


@click.command(cls=Command)
@MESSAGE
@transaction
async def unsay(here: Here, message: int) -> Answer:
    """Delete one of your messages.

    With --json: its id.

    \b
    genie-tui conversation unsay 31
    """
    await messages.delete_message(here.conn, message, here.me)
    return Answer(value={"id": message}, text=f"deleted message {message}")


@click.command(cls=Command)
@NAME
@transaction
async def join(here: Here, name: str) -> Answer:
    """Become a member of a group.

    With --json: the conversation.

    \b
    genie-tui conversation join Release
    """
    id_ = await groups.find_conversation(here.conn, name, here.me)
    joined = await groups.join(here.conn, id_, here.me, here.me)
    return await _answer(here, id_, "you are a member" if joined else "you were a member already")


@click.command(cls=Command)
@NAME
@transaction
async def leave(here: Here, name: str) -> Answer:
    """Be no member of a group any more.

    With --json: the conversation.

    \b
    genie-tui conversation leave Release
    """
    id_ = await groups.find_conversation(here.conn, name, here.me)
    left = await groups.leave(here.conn, id_, here.me, here.me)
    return await _answer(here, id_, "you are no member any more" if left else "you were no member")


@click.group(cls=Group)
def member() -> None:
    """Who is in a group, and what they may do there.

    \b
    genie-tui conversation member add Release eng-2
    genie-tui conversation member role Release eng-2 read_only
    """


@member.command()
@NAME
@WHO
@transaction
async def add(here: Here, name: str, who: str) -> Answer:
    """Make somebody a member.

    With --json: the conversation.

    \b
    genie-tui conversation member add Release eng-2
    """
    id_, whom = await groups.find_conversation(here.conn, name, here.me), here.actor(who)
    added = await groups.join(here.conn, id_, whom, here.me)
    said = f"{whom.id} is a member" if added else f"{whom.id} was a member already"
    return await _answer(here, id_, said)


@member.command()
@NAME
@WHO
@transaction
async def remove(here: Here, name: str, who: str) -> Answer:
    """Take somebody out.

    With --json: the conversation.

    \b
    genie-tui conversation member remove Release eng-2
    """
    id_, whom = await groups.find_conversation(here.conn, name, here.me), here.actor(who)
    removed = await groups.leave(here.conn, id_, whom, here.me)
    said = f"{whom.id} is no member any more" if removed else f"{whom.id} was no member"
    return await _answer(here, id_, said)


@member.command()
@NAME
@WHO
@click.argument("role", type=click.Choice(["member", "admin", "read_only"]))
@transaction
async def role(here: Here, name: str, who: str, role: str) -> Answer:
    """Say what a member may do: write, decide on members too (admin), or only read.

    With --json: the conversation.

    \b
    genie-tui conversation member role Release eng-2 read_only
    """
    id_, whom = await groups.find_conversation(here.conn, name, here.me), here.actor(who)
    changed = await groups.set_role(here.conn, id_, whom, role, here.me)
    said = f"{whom.id} is {role} now" if changed else f"{whom.id} is {role} already"
    return await _answer(here, id_, said)


async def _answer(here: Here, id_: str, text: str) -> Answer:
    (value,) = await groups.objects(here.conn, ids=[id_])
    return Answer(value=value, text=text)


def _called(found: dict[str, Any]) -> str:
    """A conversation's name; of one that has none, who is in it, or on what it hangs."""
    if found["name"]:
        return str(found["name"])
    if found["parent_message_id"] is not None:
        return f"thread on message {found['parent_message_id']}"
    return " and ".join(sorted({member["actor_id"] for member in found["members"]})) or "nobody"


def _member(member: dict[str, Any]) -> str:
    role = "" if member["role"] == "member" else f" ({member['role']})"
    return clean(f"{member['actor_id']}{role}")


def _write(said: Sequence[Message], threads: Mapping[int, int]) -> None:
    for message in said:
        at = output.moment(message.created_at)
        notes = [f"answers {message.reply_to_id}"] if message.reply_to_id else []
        notes += ["changed"] if message.updated_at > message.created_at else []
        notes += [f"{count} in its thread"] if (count := threads.get(message.id)) else []
        about = f"  ({', '.join(notes)})" if notes else ""
        click.echo(f"{message.id}  {clean(message.sender_id)}  {at}{about}")
        for line in message.body.splitlines():
            click.echo(f"    {clean(line)}")
    if not said:
        click.echo("nobody has said anything")
