"""The screens of the registry and of the system."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.registry import Entry
from genie_tui.ui.screens.registry import RegistryPage
from tests.ui.running import Desk, Room, running

ENTRIES = """
    INSERT INTO app_store (id, name, item_type, version, description, approval_status, tags,
                           dependencies, manifest)
    VALUES ('item-1', 'review-bot', 'agent', '1.4.2', 'Reads every diff', 'approved', '{quality}',
            '{diff-reader}', '{"entry": "agent.md"}'),
           ('item-2', 'diff-reader', 'skill', '0.9.0', 'Reads diffs', 'approved', '{}', '{}',
            '"{\\"text\\": \\"decoded\\"}"'),
           ('item-3', '[red]evil[/] ' || chr(27) || '[31m漢字', 'hook', '1.0.0',
            repeat('x', 100000), 'rejected', '{}', '{}', '{}')
"""

INSTALLED = """
    INSERT INTO installed_apps (app_store_id, install_path, is_active)
    VALUES ('item-1', '/items/review-bot', true)
"""

VERSIONS = """
    INSERT INTO app_versions (app_store_id, version, git_tag, changelog, published_at)
    VALUES ('item-1', '1.4.0', 'v1.4.0', 'Understands renames', '2026-10-01'),
           ('item-1', '1.4.2', 'v1.4.2', 'Says less about style', '2026-11-01')
"""


@pytest_asyncio.fixture
async def shelf(room: Room, conn: AsyncConnection) -> Room:
    """The same room, with three entries in the registry."""
    for statement in (ENTRIES, INSTALLED, VERSIONS):
        await conn.execute(statement)
    await conn.commit()
    return room


def names(desk: Desk) -> list[str]:
    return [entry.id for entry in shelf_of(desk)]


def shelf_of(desk: Desk) -> Sequence[Entry]:
    page = desk.app.page
    assert isinstance(page, RegistryPage)
    return page.shelf.items


async def test_the_registry_is_shown_searched_and_read(shelf: Room, ada: Actor) -> None:
    async with running(shelf.settings, ada, size=(160, 44)) as desk:
        await desk.go_to("Registry")
        await desk.sees("agents", "review-bot", "active", "hooks", "rejected")
        await desk.sees("versions", "Says less about style", '"entry": "agent.md"', "diff-reader")
        assert "\x1b" not in desk.text
        await desk.press("G")
        await desk.sees('"text": "decoded"')
        await desk.press("g", "slash")
        await desk.type("diff")
        await desk.until(lambda: names(desk) == ["item-1", "item-2"])
        await desk.press("enter", "j", "y")
        await desk.told("item-2 is in the clipboard")
        await desk.press("w")
        await desk.until(lambda: names(desk) == ["item-1"])
        await desk.press("w", "slash", "escape")
        await desk.until(lambda: len(names(desk)) == 3)
        await desk.press("enter", "G", "k", "ctrl+d", "escape", "escape")
        await desk.until(lambda: desk.app.current_mode == "board")


def made(place: Path, version: str, *needs: str) -> None:
    place.mkdir(exist_ok=True)
    whole = {"name": place.name, "type": "skill", "version": version, "dependencies": needs}
    (place / "genie.json").write_text(json.dumps(whole))


async def test_keys_add_turn_upgrade_and_remove_an_item(
    room: Room, ada: Actor, tmp_path: Path
) -> None:
    made(tmp_path / "reader", "1.0.0")
    made(tmp_path / "writer", "1.0.0", "reader")
    async with running(room.settings, ada, size=(160, 44)) as desk:
        await desk.go_to("Registry")
        await desk.press("n")
        await desk.type(str(tmp_path))
        await desk.press("enter")
        await desk.sees("there is no")
        await desk.type("/reader")
        await desk.press("enter")
        await desk.told("added reader 1.0.0")
        await desk.press("n")
        await desk.type(str(tmp_path / "writer"))
        await desk.press("enter")
        await desk.until(lambda: len(names(desk)) == 2)
        await desk.press("g", "A")
        await desk.told("writer need reader; deactivate that first")
        made(tmp_path / "reader", "1.1.0")
        await desk.press("U")
        await desk.told("reader: from 1.0.0 to 1.1.0")
        await desk.sees("1.1.0")
        await desk.press("G", "A")
        await desk.told("deactivated writer")
        await desk.until(lambda: [one.active for one in shelf_of(desk)] == [True, False])
        await desk.press("A")
        await desk.told("activated writer")
        await desk.until(lambda: shelf_of(desk)[1].active)
        await desk.press("X")
        await desk.sees("Remove writer 1.0.0?")
        await desk.press("X", "y")
        await desk.told("removed writer")
        await desk.until(lambda: len(names(desk)) == 1)
    assert (tmp_path / "writer" / "genie.json").is_file()


async def test_who_only_reads_changes_nothing_in_the_registry(shelf: Room, ada: Actor) -> None:
    settings = replace(shelf.settings, read_only=True)
    async with running(settings, ada, size=(80, 30)) as desk:
        await desk.go_to("Registry")
        await desk.sees("review-bot")
        for key in ("n", "A", "U", "X"):
            await desk.press(key)
            await desk.told("read-only")


async def test_an_empty_registry_says_what_would_be_there(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.go_to("Registry")
        await desk.sees("nothing is in the registry yet", "Items that Genie clients install")


@pytest.mark.parametrize("size", [(160, 46), (80, 30), (60, 36)])
async def test_the_system_tells_how_the_server_stands(
    room: Room, ada: Actor, size: tuple[int, int]
) -> None:
    async with running(room.settings, ada, size=size) as desk:
        await desk.go_to("System")
        await desk.sees("PostgreSQL", "there and back", "tui_001_changes")
        await desk.press(*["tab"] * 4, "G", "g", "shift+tab")
        await desk.sees("audit_events")
        assert max(len(line) for line in desk.text.splitlines()) <= size[0]
