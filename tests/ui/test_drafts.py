"""What was typed and not sent is there again, whatever became of the program."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from genie_tui.domain.actors import Actor
from genie_tui.services import conversations
from genie_tui.ui.drafts import KEPT, Draft, Drafts
from tests.ui.running import Room, running


def at_once(_: float, do: Callable[[], None]) -> None:
    """Waits for nothing."""
    do()


def never(_: float, do: Callable[[], None]) -> None:
    """A program that is ended before its time has come."""


async def test_a_text_that_is_left_is_offered_by_the_next_program_until_it_is_sent(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        await desk.press("c")
        await desk.type("half a thought")
        await desk.press("escape")
    async with running(room.settings, ada) as desk:
        await desk.told("typed and not sent: Comment on #")
        await desk.press("c")
        await desk.sees("as you left it", "half a thought")
        await desk.type(" more")
        # It is kept while it is typed: this program never gets to say goodbye.
        path = room.settings.home / "tui.drafts.json"
        await desk.until(lambda: "half a thought more" in path.read_text())
        assert path.stat().st_mode & 0o777 == 0o600
        await desk.press("enter")
        await desk.until(lambda: "half a thought" not in path.read_text())
        await desk.until(lambda: not desk.app.screen.is_modal)
        await desk.press("c")
        await desk.sees("Comment on #")
        assert "as you left it" not in desk.text
    (said,) = await conversations.comments(room.conn, room.tasks[0].id)
    assert said.body == "half a thought more"


@pytest.mark.parametrize("read_only", [False, True])
async def test_whoever_may_not_write_is_not_told_of_it(
    room: Room, ada: Actor, read_only: bool
) -> None:
    Drafts(room.settings.home, at_once).of("comment x", "Comment on #1")["text"] = "typed"
    settings = replace(room.settings, read_only=read_only)
    async with running(settings, ada) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        assert ("typed and not sent: Comment on #1;" in desk.notice) is not read_only


def test_two_programs_of_a_home_keep_what_either_knows(tmp_path: Path) -> None:
    one, other = (Drafts(tmp_path, at_once) for _ in range(2))
    one.of("a", "A")["text"] = "mine"
    other.of("b", "B")["text"] = "theirs"
    one.of("a")["text"] = "mine, longer"
    other.of("b").clear()
    again = Drafts(tmp_path, at_once)
    assert (dict(again.of("a")), dict(again.of("b"))) == ({"text": "mine, longer"}, {})
    assert again.told() == "typed and not sent: A; find it where you wrote it"


def test_what_was_seen_alone_is_no_draft(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, at_once)
    drafts.of("edit x", "Edit #1")["was title"] = "as it stood"
    assert Drafts(tmp_path, at_once).told() == ""


def test_ending_writes_what_was_still_to_be_written(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, never)
    drafts.of("a", "A")["text"] = "a key ago"
    assert Drafts(tmp_path, never).told() == ""
    drafts.write()
    assert dict(Drafts(tmp_path, never).of("a")) == {"text": "a key ago"}


def test_the_oldest_are_dropped_where_there_are_too_many(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, at_once)
    for number in range(KEPT + 5):
        drafts.of(f"d{number}", f"D{number}")["text"] = "x"
    stored = json.loads((tmp_path / "tui.drafts.json").read_text())["drafts"]
    assert list(stored) == [f"d{number}" for number in range(5, KEPT + 5)]
    told = Drafts(tmp_path, at_once).told()
    assert told.startswith(f"typed and not sent: D{KEPT + 4}, D{KEPT + 3}, D{KEPT + 2} and 97 more")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"drafts": 3}', '{"drafts": {"a": 3}}', '{"drafts": {"a": {"texts": []}}}'],
)
def test_a_file_that_cannot_be_understood_holds_no_drafts(tmp_path: Path, content: str) -> None:
    (tmp_path / "tui.drafts.json").write_text(content)
    drafts = Drafts(tmp_path, at_once)
    assert drafts.told() == ""
    draft = drafts.of("a", "A")
    assert isinstance(draft, Draft)
    draft["text"] = "typed"
    assert dict(Drafts(tmp_path, at_once).of("a")) == {"text": "typed"}


def test_where_nothing_can_be_written_nothing_fails_and_it_is_tried_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file, where a directory should be")
    drafts = Drafts(home, at_once)
    drafts.of("a", "A")["text"] = "x"
    home.unlink()
    drafts.of("a")["text"] = "xy"
    assert dict(Drafts(home, at_once).of("a")) == {"text": "xy"}
