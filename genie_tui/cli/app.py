"""`genie-tui app`: the registry of what can be installed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.text import brief, clean
from genie_tui.errors import BadInput
from genie_tui.services import registry, registry_changes, registry_sources

if TYPE_CHECKING:
    from genie_tui.domain.registry import Entry
    from genie_tui.services.registry_changes import Added
    from genie_tui.services.registry_sources import Source
    from genie_tui.settings import Settings

__all__ = ["activate", "add", "deactivate", "list_", "remove", "show", "upgrade", "versions"]

NAME = click.argument("name", type=arguments.APP)
VERSION = click.option(
    "--version", "version", metavar="VERSION", help="This one, of those that are tagged."
)


@click.command("list", cls=Command)
@click.option("--type", "kind", metavar="TYPE", help="Those of one type: agent, skill, app, ….")
@click.option("--active", is_flag=True, help="Those that are active.")
@transaction
async def list_(here: Here, kind: str | None, active: bool) -> Answer:
    """List what is in the registry, by its types.

    With --json: a list of items.

    \b
    genie-tui app list
    genie-tui app list --type skill --active
    """
    found = [
        each
        for each in await registry.objects(here.conn)
        if kind in (None, each["item_type"]) and (each["is_active"] or not active)
    ]

    def text() -> None:
        if found:
            rows = [(*_line(each), brief(each["description"] or "")) for each in found]
            headings = ("name", "type", "version", "state", "what it is")
            write_table(headings, rows, flexible=("what it is",), optional=("type",))
        else:
            click.echo("nothing is there; 'genie-tui app add DIRECTORY' adds an item", err=True)

    return Answer(value=found, text=text)


@click.command(cls=Command)
@NAME
@transaction
async def show(here: Here, name: str) -> Answer:
    """Show an item, with its manifest.

    With --json: the item.

    \b
    genie-tui app show review-bot
    """
    entry = await registry_changes.find(here.conn, name)
    (value,) = await registry.objects(here.conn, entry.id)
    return Answer(value=value, text=lambda: _write(value))


@click.command(cls=Command)
@NAME
@transaction
async def versions(here: Here, name: str) -> Answer:
    """List the versions of an item, the newest first.

    With --json: a list of versions.

    \b
    genie-tui app versions review-bot
    """
    entry = await registry_changes.find(here.conn, name)
    found = await registry.version_objects(here.conn, entry.id)
    rows = [
        (
            each["version"] + (" *" if each["version"] == entry.version else ""),
            _moment(each["published_at"]) or "",
            each["git_tag"] or "",
            (each["git_sha"] or "")[:12],
            brief(each["changelog"] or ""),
        )
        for each in found
    ]
    headings = ("version", "since", "tag", "commit", "what is new")

    def text() -> None:
        write_table(headings, rows, flexible=("what is new",), optional=("commit", "tag"))

    return Answer(value=found, text=text)


@click.command(cls=Command)
@click.argument("where", metavar="DIRECTORY|URL")
@VERSION
@pass_settings
def add(settings: Settings, where: str, version: str | None) -> None:
    """Add an item: of a directory, which stays where it is, or of a git repository.

    Its genie.json says what it is. Of a repository the latest version is taken, by its tags; it
    is written below the home, and nothing of it is run. Where all is there that the item needs, it
    is active at once, and what it needs too. With --json: the item.

    \b
    genie-tui app add ./review-bot
    genie-tui app add https://git.example.org/diff-reader.git --version 1.4.2
    """
    _writable(settings)
    source = asyncio.run(registry_sources.obtain(settings.home, where, version))

    async def act(here: Here) -> Answer:
        added = await registry_changes.add(here.conn, source, here.me)
        return await _answer(here, added, source, "added")

    try:
        answer = within(settings, act)
    except BaseException:
        registry_sources.drop(settings.home, source.item_id)
        raise
    reply(answer)


@click.command(cls=Command)
@NAME
@VERSION
@pass_settings
def upgrade(settings: Settings, name: str, version: str | None) -> None:
    """Take the newest version of an item from where it came; or any, by its number.

    Of a directory, its manifest is read again. With --json: the item.

    \b
    genie-tui app upgrade review-bot
    genie-tui app upgrade review-bot --version 1.3.0
    """
    _writable(settings)

    async def look(here: Here) -> Entry:
        return await registry_changes.find(here.conn, name)

    entry = within(settings, look)
    used = Path(entry.path)
    try:
        source = asyncio.run(registry_sources.obtain_again(settings.home, entry, version))

        async def act(here: Here) -> Answer:
            asked = version is not None
            added = await registry_changes.upgrade(here.conn, entry, source, here.me, asked=asked)
            same = added.entry.version == entry.version
            said = "there is no newer version than" if same else f"upgraded from {entry.version} to"
            return await _answer(here, added, source, said)

        answer = within(settings, act)
        used = source.path
    finally:
        registry_sources.keep_only(settings.home, entry.id, used)
    reply(answer)


@click.command(cls=Command)
@NAME
@transaction
async def activate(here: Here, name: str) -> Answer:
    """Have an item take part, and what it needs before it.

    With --json: the item.

    \b
    genie-tui app activate review-bot
    """
    entry = await registry_changes.find(here.conn, name)
    done = await registry_changes.activate(here.conn, entry, here.me)
    (value,) = await registry.objects(here.conn, entry.id)
    text = f"activated {', '.join(done)}" if done else f"{entry.name} is active already"
    return Answer(value=value, text=text)


@click.command(cls=Command)
@NAME
@transaction
async def deactivate(here: Here, name: str) -> Answer:
    """Have an item not take part, unless others that do need it.

    With --json: the item.

    \b
    genie-tui app deactivate review-bot
    """
    entry = await registry_changes.find(here.conn, name)
    done = await registry_changes.deactivate(here.conn, entry, here.me)
    (value,) = await registry.objects(here.conn, entry.id)
    text = f"deactivated {entry.name}" if done else f"{entry.name} is not active"
    return Answer(value=value, text=text)


@click.command(cls=Command)
@NAME
@YES
@pass_settings
def remove(settings: Settings, name: str, yes: bool) -> None:
    """Take an item out of the registry, unless others need it.

    What was fetched of it goes too; a directory that was added stays as it is. With --json: the
    item as it was.

    \b
    genie-tui app remove review-bot
    """

    async def look(here: Here) -> dict[str, Any]:
        entry = await registry_changes.find(here.conn, name)
        return (await registry.objects(here.conn, entry.id))[0]

    async def act(here: Here) -> Answer:
        entry = await registry_changes.find(here.conn, doomed["id"])
        await registry_changes.remove(here.conn, entry, here.me)
        return Answer(value=doomed, text=f"removed {entry.name}")

    doomed = within(settings, look)
    confirm(f"This removes {clean(doomed['name'])} with its versions.", yes=yes)
    answer = within(settings, act)
    registry_sources.drop(settings.home, doomed["id"])
    reply(answer)


def _writable(settings: Settings) -> None:
    if settings.read_only:
        raise BadInput("this writes; it cannot be done with --read-only")


async def _answer(here: Here, added: Added, source: Source, said: str) -> Answer:
    (value,) = await registry.objects(here.conn, added.entry.id)
    entry = added.entry
    lines = [f"{said} {entry.name} {entry.version}"]
    if said.startswith("upgraded"):
        lines = [f"{entry.name}: {said} {entry.version}"]
    if added.also:
        lines.append(f"activated with it, as it needs them: {', '.join(added.also)}")
    if added.missing:
        lines += [f"it is not active: {'; '.join(added.missing)}"]
    lines += [f"passed over: {one}" for one in source.passed_over]
    return Answer(value=value, text="\n".join(lines))


def _line(each: dict[str, Any]) -> tuple[str, str, str, str]:
    state = "active" if each["is_active"] else "inactive" if each["installed"] else "not installed"
    return each["name"], each["item_type"], each["version"], state


def _write(value: dict[str, Any]) -> None:
    import json

    name, kind, version, state = _line(value)
    output.write_fields(
        {
            "name": name,
            "type": kind,
            "version": version,
            "state": f"{state} ({value['approval_status']})",
            "description": brief(value["description"]) if value["description"] else None,
            "author": value["author_name"],
            "licence": value["license"],
            "tags": ", ".join(filter(None, value["tags"] or ())) or None,
            "needs": ", ".join(filter(None, value["dependencies"] or ())) or None,
            "path": value["install_path"],
            "git": value["git_url"],
            "since": _moment(value["installed_at"]),
            "id": value["id"],
        }
    )
    click.echo()
    click.echo(output.printable(json.dumps(value["manifest"], indent=2, ensure_ascii=False)))


def _moment(at: datetime | None) -> str | None:
    return output.moment(at) if at else None
