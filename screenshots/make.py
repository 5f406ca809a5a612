"""`python screenshots/make.py`: write the screenshots of the README from a demo.

A demo with a fixed seed is filled, its agents work for a while, and the real program is shown on
it, through its own database.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from genie_tui.db.connection import Database
from genie_tui.demo import chatter, running
from genie_tui.demo.overview import look
from genie_tui.demo.workspace import Workspace, open_workspace
from genie_tui.domain.tasks import Card
from genie_tui.services.whereabouts import me
from genie_tui.settings import Settings
from genie_tui.ui.app import GenieApp
from genie_tui.ui.widgets.board import BoardView

HERE = Path(__file__).parent
SEED = 12
WORK_FOR, PACE = 10.0, 0.5
"""Seconds that the agents work at least, and what their waits are multiplied with."""
PATIENCE = 30.0
OUTSIDE = {"review", "qa", "ship"}
"""Stages whose columns stand beyond the right edge of the pictures."""

BLANK = "&#160;"

Choice = Callable[[Card], tuple[object, ...]]


SHOTS: tuple[tuple[str, tuple[int, int], str, tuple[str, ...]], ...] = (
    ("board-160", (160, 46), "built", ()),
    ("board-60", (60, 40), "built", ()),
    ("task-120", (120, 42), "discussed", ("enter",)),
    ("triage-120", (120, 32), "built", ("i",)),
    ("graph-120", (120, 32), "built", ("@graph",)),
    ("activity-120", (120, 32), "built", ("@activity",)),
    ("messages-120", (120, 32), "built", ("@messages",)),
    ("agents-120", (120, 32), "built", ("@agents",)),
    ("schedules-120", (120, 32), "built", ("@schedules",)),
    ("sessions-120", (120, 32), "built", ("@sessions",)),
    ("metrics-120", (120, 36), "built", ("@metrics",)),
    ("registry-120", (120, 32), "built", ("@registry",)),
    ("system-120", (120, 40), "built", ("@system",)),
    ("columns-120", (120, 32), "built", ("E",)),
    # The last, as the program remembers how a board was looked at.
    ("lanes-120", (120, 40), "built", ("semicolon",)),
)
"""The name of a picture, its size in cells, the card it is of, and keys; `@` goes to a screen."""


def main() -> None:
    """Write the pictures beside this file."""
    os.environ["COLORTERM"] = "truecolor"
    choices = {"built": is_built, "discussed": is_discussed}
    with open_workspace(Settings(home=HERE), print) as workspace:
        work(workspace)
        settings = running.opened_at(workspace.settings)
        for name, size, choice, keys in SHOTS:
            asyncio.run(shoot(settings, name, size, choices[choice], *keys))


def work(workspace: Workspace) -> None:
    """Fill the workspace, and let agents work in it until there is something of everything."""
    crew = chatter.crew(5)
    asyncio.run(running.fill(workspace.settings, seed=SEED, tasks=60, agents=crew))
    with running.populate(workspace, crew, seed=SEED, pace=PACE):
        time.sleep(WORK_FOR)
        deadline = time.monotonic() + PATIENCE
        while not asyncio.run(is_telling(workspace.settings)) and time.monotonic() < deadline:
            time.sleep(0.2)


async def is_telling(settings: Settings) -> bool:
    """Are there living locks among those that are over, where the pictures show it?"""
    now = datetime.now(UTC)
    locks = [card.lock for card in await cards(settings) if card.lock]
    over = sum(lock.left(now) < timedelta(0) for lock in locks)
    return over >= 1 and len(locks) - over >= 3


def is_built(card: Card) -> tuple[object, ...]:
    """An agent builds it, and there is something to see of it."""
    held = card.lock is not None and card.lock.left(datetime.now(UTC)) > timedelta(0)
    return (card.stage == "build", held, card.comments, card.id)


def is_discussed(card: Card) -> tuple[object, ...]:
    """It has as many comments as no other."""
    return (card.comments, card.id)


async def shoot(
    settings: Settings, name: str, size: tuple[int, int], choice: Choice, *keys: str
) -> None:
    """Open the program at a size in cells, choose a card, press keys, and write what it shows."""
    app = GenieApp(settings, me(settings))
    async with app.run_test(size=size) as pilot:
        board = app.query_one(BoardView)
        await until(pilot, lambda: board.cursor_card is not None)
        board.move_to(max(await cards(settings), key=choice).id)
        for key in keys:
            if key.startswith("@"):
                await app.action_show_screen(key.removeprefix("@"))
            else:
                await pilot.press(key)
        await settle(pilot)
        app.page.hush()
        await settle(pilot)
        svg = app.export_screenshot(title="genie-tui")
    (HERE / f"{name}.svg").write_text(portable(svg), encoding="utf-8")
    print(f"screenshots/{name}.svg")


async def cards(settings: Settings) -> list[Card]:
    """The cards of the first columns of the board that the program opens."""
    async with Database(settings) as database, database.connection() as conn:
        seen = (await look(conn, datetime.now(UTC))).seen
    name = running.opened_at(settings).board
    return [one.card for one in seen if one.board.name == name and one.card.stage not in OUTSIDE]


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the program has not come to where it should be")
        await pilot.pause(0.02)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until the screen has been the same for a while; the clock's ticks do not count."""
    before, same = "", 0
    while same < 5:
        await pilot.pause(0.1)
        now = re.sub(r"[0-9:]", "", pilot.app.export_screenshot())
        before, same = now, same + 1 if now == before else 0


def portable(svg: str) -> str:
    """The picture for any viewer: any monospaced font will do, and no text begins with blanks.

    Some viewers drop those, and stretch what is left.
    """
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*|<!--.*?-->\s*", "", svg)
    return re.sub(
        r'x="([0-9.]+)" (y="[0-9.]+") textLength="([0-9.]+)"([^>]*>)([^<]*)', trimmed, svg
    )


def trimmed(found: re.Match[str]) -> str:
    """A text without the blanks around it, where it stood."""
    x, length, text = float(found[1]), float(found[3]), found[5]
    cell = length / max(cell_len(html.unescape(text)), 1)
    bare = re.sub(r"^(&#160;)+", "", text)
    x += cell * (len(text) - len(bare)) / len(BLANK)
    kept = re.sub(r"(&#160;)+$", "", bare)
    length = cell * cell_len(html.unescape(kept))
    return f'x="{x:.1f}" {found[2]} textLength="{length:.1f}"{found[4]}{kept}'


if __name__ == "__main__":
    main()
