"""The activity screen: narrowing down, folding, pins, jumping, and going on for ever."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from genie_tui.domain.actors import Actor
from genie_tui.services import checkout, conversations
from genie_tui.ui.screens.activity import ActivityPage
from tests.services.making import ENG
from tests.ui.running import Desk, Room, running


def listed(desk: Desk) -> list[str]:
    """What the events say, oldest first."""
    page = desk.app.page
    assert isinstance(page, ActivityPage)
    return [item.text for item in page.events.items]


async def calls(room: Room, number: int, actor: str = "eng-1") -> None:
    """An agent reports that it has used a tool so often."""
    for _ in range(number):
        await room.conn.execute(
            "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
            " VALUES ('otel_tool', 'session-1', 'call', %s, %s)",
            (actor, Jsonb({"tool": "Bash"})),
        )
    await room.conn.commit()


async def test_bursts_are_folded_and_grow_in_place(room: Room, ada: Actor) -> None:
    await calls(room, 3)
    async with running(room.settings, ada, size=(160, 40)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.go_to("Activity")
        await desk.sees("×3 tool calls eng-1", "follows", "9 tool 3")
        await calls(room, 2)
        await desk.sees("×5 tool calls eng-1")
        await desk.press("z")
        await desk.until(lambda: listed(desk).count("eng-1 used Bash") == 5)
        await desk.press("k", "z")
        await desk.sees("×5 tool calls eng-1")
        await conversations.comment(room.conn, room.tasks[0].id, "a word", ENG)
        await room.conn.commit()
        await desk.sees('eng-1 on #1: "a word"')


async def test_scrolled_up_it_stands_still_and_counts_what_is_new(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(120, 30)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.go_to("Activity")
        await desk.sees("#3 created by ada")
        await desk.press("k")
        await desk.sees("stands still")
        await conversations.comment(room.conn, room.tasks[0].id, "a word", ENG)
        await room.conn.commit()
        await desk.sees("1 new")
        page = desk.app.page
        assert isinstance(page, ActivityPage)
        assert page.events.item is not None
        assert "a word" not in page.events.item.text
        await desk.press("f")
        await desk.sees("follows", "by    eng-1", "a word")
        await desk.press("f")
        await desk.sees("stands still")


async def test_it_is_narrowed_down_by_words_kinds_actor_and_task(room: Room, ada: Actor) -> None:
    await conversations.comment(room.conn, room.tasks[2].id, "on the third", ENG)
    await room.conn.commit()
    async with running(room.settings, ada, size=(160, 40)) as desk:
        await desk.go_to("Activity")
        await desk.sees("on the third")
        await desk.press("slash")
        await desk.type("kind:mess")
        await desk.told("did you mean message?")
        await desk.type("age")
        await desk.until(lambda: listed(desk) == ['eng-1 on #3: "on the third"'])
        await desk.press("enter", "number_sign")
        await desk.until(lambda: len(listed(desk)) == 2)
        await desk.press("number_sign", "at")
        await desk.until(lambda: all("eng-1" in text for text in listed(desk)))
        await desk.press("escape", "2")
        await desk.sees("(message) 1")
        assert not any("on the third" in text for text in listed(desk))
        await desk.press("escape")
        await desk.until(lambda: any("on the third" in text for text in listed(desk)))
        await desk.press("1", "0", "y")
        await desk.told("in the clipboard")
        await desk.press("o")
        await desk.told("no tmux pane is known")
        await desk.press("enter")
        await desk.sees("acceptance criteria", "third")
        await desk.press("escape", "escape")
        await desk.until(lambda: desk.app.current_mode == "board")


async def test_alarms_are_pinned_until_they_are_dismissed(room: Room, ada: Actor) -> None:
    async with running(room.settings, ada, size=(120, 30)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.go_to("Activity")
        await desk.sees("follows")
        await checkout.checkout_task(room.conn, room.tasks[0].id, ENG)
        await room.conn.execute(
            "INSERT INTO audit_events (entity_type, entity_id, event_type, actor)"
            " VALUES ('task', %s, 'failed', 'eng-1')",
            (room.tasks[0].id,),
        )
        await room.conn.commit()
        await desk.until(lambda: desk.text.count("#1 failed by eng-1") >= 2)
        await desk.press("minus")
        await desk.until(lambda: len(listed(desk)) > 0 and "● #1" not in desk.text)
        await desk.press("g", "space")
        page = desk.app.page
        assert isinstance(page, ActivityPage)
        assert len(page.events.pinned) == 1
        await desk.press("space")
        assert not page.events.pinned
        # What no task is about is read on the spot.
        await desk.press("enter", "G", "escape", "tab", "tab")
