"""Editing a task in place: what is written, what is refused, and that nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from textual.app import SuspendNotSupported
from textual.widgets import TextArea

from genie_tui.domain.actors import Actor
from genie_tui.services import editing
from genie_tui.ui.app import GenieApp
from genie_tui.ui.widgets.line import Line
from tests.services.making import BOB, events, row_of
from tests.ui.running import Desk, Room, running


async def row(conn: AsyncConnection, task_id: str) -> dict[str, object]:
    """A task's row as it is committed."""
    await conn.rollback()
    return await row_of(conn, task_id)


async def retitle(desk: Desk, text: str) -> None:
    """Type another title into the prompt that is open."""
    desk.app.screen.query_one("#title", Line).value = ""
    await desk.type(text)


async def test_only_what_was_changed_is_written(room: Room, ada: Actor) -> None:
    task = room.tasks[0]
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first", "Acceptance criteria", "Due")
        await retitle(desk, "another")
        await desk.press("tab", "tab", "tab")
        await desk.type("2030-05-04")
        await desk.press("ctrl+s")
        await desk.sees("#1 ‼ another")
    found = await row(room.conn, task.id)
    assert found["title"] == "another"
    assert str(found["due_date"]).startswith("2030-05-04")
    assert await events(room.conn, task.id) == ["edited"]


async def test_a_prompt_sent_unchanged_writes_nothing(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await desk.press("ctrl+s")
        await desk.until(lambda: not desk.app.screen.is_modal)
    assert await events(room.conn, room.tasks[0].id) == []


async def theirs_meanwhile(room: Room, **values: str) -> None:
    """Somebody else changes the first task."""
    await editing.edit_task(room.conn, room.tasks[0].id, values, BOB)
    await room.conn.commit()


async def test_a_conflict_shows_both_field_by_field_and_each_can_be_kept_or_taken(
    room: Room, ada: Actor
) -> None:
    task = room.tasks[0]
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await theirs_meanwhile(
            room, title="theirs", description="their words", estimated_effort="2h"
        )
        await retitle(desk, "mine")
        await desk.press("tab")
        await desk.type("my words")
        await desk.press("ctrl+s")
        await desk.sees("somebody changed #1 meanwhile", "[keep yours]", "• theirs", "mine")
        await desk.sees("• their words", "my words")
        assert (await row(room.conn, task.id))["title"] == "theirs"
        await desk.press("j", "t", "m", "t")
        await desk.sees("[take theirs]")
        # Somebody is quicker once more.
        await theirs_meanwhile(room, title="theirs again")
        await desk.press("ctrl+s")
        await desk.sees("• theirs again", "mine")
        await desk.press("ctrl+s")
        await desk.sees("#1 ‼ mine")
    found = await row(room.conn, task.id)
    assert (found["title"], found["estimated_effort"]) == ("mine", "2h")
    assert found["description"] == "their words"


async def test_nothing_typed_is_lost_where_a_conflict_is_left_or_edited_again(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await retitle(desk, "mine")
        await desk.press("escape")
        # What was typed before is not written over what others have written since.
        await theirs_meanwhile(room, title="theirs", description="their words")
        await desk.press("e")
        await desk.sees("mine", "their words")
        await desk.press("ctrl+s")
        await desk.sees("somebody changed #1 meanwhile", "• theirs", "mine")
        await desk.press("escape")
        await desk.sees("Edit #1", "mine")
        await desk.press("ctrl+s")
        await desk.sees("• theirs")
        await desk.press("e", "ctrl+s")
        await desk.sees("Edit #1", "mine")
        await desk.type(" and theirs")
        await desk.press("ctrl+s")
        await desk.sees("#1 ‼ mine and theirs")
    found = await row(room.conn, room.tasks[0].id)
    assert (found["title"], found["description"]) == ("mine and theirs", "their words")


async def test_a_date_that_is_none_is_said_and_what_was_typed_stays(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await desk.press("tab", "tab", "tab")
        await desk.type("someday")
        await desk.press("ctrl+s")
        await desk.sees("is no date", "someday")


async def test_what_was_typed_is_offered_again_after_cancelling(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await retitle(desk, "half a thought")
        await desk.press("escape", "e")
        await desk.sees("half a thought")


class Suspended:
    """Stands for the terminal's being given up, which a pilot has none of."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


async def test_ctrl_e_has_a_text_written_in_the_editor(
    room: Room, ada: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ed itor"
    program.write_text('#!/bin/sh\nprintf "written outside" >> "$1"\n')
    program.chmod(0o755)
    monkeypatch.setattr(GenieApp, "suspend", lambda _: Suspended())
    async with running(replace(room.settings, editor=f"'{program}'"), ada) as desk:
        await desk.press("e")
        await desk.sees("Edit #1 first")
        await desk.press("tab", "ctrl+e")
        assert desk.app.screen.query_one("#description", TextArea).text == "written outside"
        await desk.press("ctrl+s")
        await desk.until(lambda: not desk.app.screen.is_modal)
    assert (await row(room.conn, room.tasks[0].id))["description"] == "written outside"


async def test_a_terminal_that_cannot_be_given_up_is_said(
    room: Room, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def suspend(_: GenieApp) -> None:
        raise SuspendNotSupported("no")

    monkeypatch.setattr(GenieApp, "suspend", suspend)
    async with running(room.settings, ada) as desk:
        await desk.press("c")
        await desk.type("as it was")
        await desk.press("ctrl+e")
        await desk.sees("cannot be given to an editor", "as it was")
