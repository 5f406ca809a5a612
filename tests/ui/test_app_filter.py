"""The filter's field: what is offered, and words that are taken loosely."""

from __future__ import annotations

from genie_tui.domain.actors import Actor
from genie_tui.services import people, tags
from tests.services.making import ENG, make
from tests.ui.running import Desk, Room, running
from tests.ui.test_app_viewing import shown


def under(desk: Desk) -> str:
    """The line under the field."""
    lines = desk.text.splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith(" / ")) + 1].strip()


def typed(desk: Desk) -> str:
    """The line of the field itself."""
    return next(line for line in desk.text.splitlines() if line.startswith(" / "))[3:].strip()


async def test_words_that_nothing_has_are_taken_loosely_and_kept_so(room: Room, ada: Actor) -> None:
    await make(room.conn, room.board, "draft", title="Token refresh")
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("tkr")
        await desk.sees("filter: ~tkr", 'nothing has "tkr" as such; shown: ~tkr', "1/4 tasks")
        assert typed(desk) == "tkr"
        await desk.type("f")
        await desk.until(lambda: under(desk) == 'nothing has "tkrf" as such; shown: ~tkrf')
        await desk.until(lambda: shown(desk) == ["Token refresh"])
        await desk.type("q")
        await desk.sees("filter: tkrfq", "0/4 tasks")
        await desk.until(lambda: under(desk).startswith("words  ~tkrf"))
        await desk.press("backspace", "enter")
        await desk.sees("filter: ~tkrf", "1/4 tasks")
        await desk.press("slash")
        await desk.until(lambda: typed(desk) == "~tkrf")
        await desk.press("ctrl+u")
        await desk.type("thi")
        await desk.sees("filter: thi ", "1/4 tasks")
        await desk.type("d")
        await desk.sees("filter: ~thid")
        await desk.press("escape")
        await desk.sees("filter: ~tkrf")
        # What is quoted is meant as it stands.
        await desk.press("slash", "ctrl+u")
        await desk.type('"tkrf"')
        await desk.sees("filter: tkrf ", "0/4 tasks")
        await desk.press("ctrl+u", *"scd", "enter")
        await desk.sees("filter: ~scd")
        await desk.until(lambda: shown(desk) == ["second"])


async def test_the_field_offers_what_there_is_and_tab_takes_it(room: Room, ada: Actor) -> None:
    await people.assign(room.conn, room.tasks[0].id, ENG, by=ada)
    tag = await tags.create_tag(room.conn, "[red]Bug \x1b[31m", actor=ada)
    await tags.tag(room.conn, room.tasks[1].id, tag.id, ada)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("slash")
        await desk.type("p:")
        await desk.until(lambda: under(desk) == "tab  urgent   high   normal   low")
        await desk.press("tab")
        await desk.until(lambda: typed(desk) == "p:urgent")
        await desk.sees("filter: p:urgent", "1/3 tasks")
        await desk.press("tab")
        await desk.sees("filter: p:high")
        await desk.type(",x")
        await desk.until(lambda: '"x" is none' in under(desk))
        await desk.press("ctrl+u")
        await desk.type("stage:r")
        await desk.until(lambda: under(desk) == "tab  review   draft")
        await desk.press("ctrl+u")
        await desk.type("ready @en")
        await desk.until(lambda: under(desk) == "tab  eng-1")
        await desk.press("tab")
        await desk.sees("filter: ready @eng-1", "1/3 tasks")
        await desk.until(lambda: under(desk).startswith("words"))
        await desk.press("ctrl+u")
        await desk.type("tag:[r")
        await desk.until(lambda: under(desk).startswith("tab  [red]Bug"))
        await desk.press("tab", "enter")
        await desk.sees("1/3 tasks")
        await desk.until(lambda: shown(desk) == ["second"])
