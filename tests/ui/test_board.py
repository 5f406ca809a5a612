"""The board on a screen: what is seen of it, what keys and mouse do, what it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Input

from genie_tui.domain.boards import ORPHANED, Board
from genie_tui.domain.changes import Change
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Card, Priority, Status
from genie_tui.ui.widgets import asking, board
from genie_tui.ui.widgets.board import BoardView
from tests.ui.boards import ADA, BOARD, NOW, Rows, card, lock


class Clock:
    """The time, as long as a test does not say otherwise."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class BoardApp(App[None]):
    """Nothing but a board, whose rows come from memory."""

    def __init__(self, rows: Rows, *, answering: bool = True, ascii: bool = False) -> None:  # noqa: A002
        super().__init__()
        self.rows = rows
        self.answering = answering
        self.clock = Clock()
        self.view = BoardView(ascii=ascii, clock=self.clock)
        self.wanted: list[BoardView.RowsWanted] = []
        self.selected: list[Card | None] = []
        self.opened: list[Card] = []

    def compose(self) -> ComposeResult:
        yield self.view
        yield Input()

    def on_mount(self) -> None:
        self.query_one(Input).display = False
        self.view.focus()
        self.view.show_board(self.rows.board, me=ADA, group=self.rows.group)

    def on_board_view_rows_wanted(self, event: BoardView.RowsWanted) -> None:
        self.wanted.append(event)
        if self.answering:
            self.view.load(self.rows.window(event.spans), mark=event.mark)

    def on_board_view_card_selected(self, event: BoardView.CardSelected) -> None:
        self.selected.append(event.card)

    def on_board_view_card_opened(self, event: BoardView.CardOpened) -> None:
        self.opened.append(event.card)

    def lines(self) -> list[str]:
        """The board as text, a line a row."""
        view = self.view
        lines = ["".join(s.text for s in view.render_line(y)) for y in range(view.size.height)]
        assert {cell_len(line) for line in lines} == {view.size.width}
        return lines

    def shows(self, text: str) -> bool:
        """Is that text somewhere on the board?"""
        return any(text in line for line in self.lines())

    def where(self, text: str) -> Offset:
        """The cell at which a text begins."""
        for y, line in enumerate(self.lines()):
            if text in line:
                return Offset(cell_len(line[: line.index(text)]), y)
        raise AssertionError(f"{text!r} is not on the board:\n" + "\n".join(self.lines()))

    def change(self, *cards: Card, gone: frozenset[str] = frozenset()) -> None:
        """Somebody writes, and the feed tells of it."""
        self.rows.put(*cards)
        for task_id in gone:
            self.rows.cards.pop(task_id, None)
        self.view.apply(Change(cards=cards, gone=gone))


@asynccontextmanager
async def running(
    *cards: Card,
    size: tuple[int, int] = (120, 30),
    board: Board = BOARD,
    group: Group = Group.NONE,
    **options: Any,
) -> AsyncIterator[tuple[BoardApp, Pilot[None]]]:
    """The board on a screen of that size, with its rows if `answering`."""
    app = BoardApp(Rows(board, cards, group), **options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await until(pilot, lambda: bool(app.wanted))
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(200):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it does not come to be so")


def moved(task: Card, stage: str) -> Card:
    """The same task in another column."""
    return replace(task, stage=stage, column_id=f"c-{stage}")


def wheel(at: Offset) -> events.MouseScrollDown:
    """The wheel, turned down by one over a cell of the board."""
    return events.MouseScrollDown(
        widget=None,
        x=at.x,
        y=at.y,
        delta_x=0,
        delta_y=1,
        button=0,
        shift=False,
        meta=False,
        ctrl=False,
    )


def many(count: int, stage: str = "wish") -> list[Card]:
    """So many cards of a column, numbered from 1."""
    return [card(n, stage=stage) for n in range(1, count + 1)]


CARDS = [
    card(41, "auth spec", priority=Priority.HIGH),
    card(52, "export csv"),
    card(47, "token refresh", "build", lock=lock("eng-1", left=timedelta(minutes=7, seconds=42))),
    card(48, "pg pool", "build"),
    card(33, "rate limits", "review"),
]


# Drawing


async def test_a_board_has_its_columns_side_by_side_with_cards_in_order() -> None:
    async with running(*CARDS, size=(100, 24)) as (app, _):
        lines = app.lines()
        assert set(lines[0]) == set("┌─┬┐")
        assert set(lines[-1]) == set("└─┴┘")
        assert [part.split()[:2] for part in lines[1].strip("│").split("│")[:3]] == [
            ["Wish", "2"],
            ["Build", "2/4"],
            ["Review", "1"],
        ]
        assert "[A»]" in lines[1]
        assert "[H+A]" in lines[1]
        assert lines[3].index("#41 ↑ auth spec") < lines[3].index("#47   token refresh")
        assert app.shows("⚿ eng-1  7:42")
        assert app.where("#48").y > app.where("#47").y


async def test_columns_and_placeholders_are_there_before_any_row() -> None:
    async with running(*CARDS, answering=False) as (app, _):
        assert app.shows("Wish")
        assert app.shows("·····")
        assert not app.shows("#41")
        assert [span.column_id for span in app.wanted[0].spans] == [
            *(column.id for column in BOARD.columns),
            ORPHANED,
        ]


async def test_empty_columns_show_their_title_downwards() -> None:
    async with running(*CARDS) as (app, _):
        x = app.where("│ Q │").x + 2
        assert [line[x] for line in app.lines()[3:6]] == ["Q", "A", " "]


async def test_every_width_keeps_its_borders_whatever_the_titles_are() -> None:
    titles = [
        "日本語のタイトルが長いときでも",
        "👩‍👩‍👧 plan 🇩🇪 ❤️",
        "עברית וגם أكثر",
        "e\u0301" * 30,
    ]
    tasks = [
        card(n, title + " and more" * 3, BOARD.columns[n % 5].name)
        for n, title in enumerate(titles * 6)
    ]
    async with running(*tasks) as (app, pilot):
        for width in (200, 160, 120, 110, 80, 79, 61, 60, 40):
            await pilot.resize_terminal(width, 30)
            await pilot.pause()
            lines = app.lines()
            assert {cell_len(line) for line in lines} == {width}
            if width > 60:
                assert {line[0] for line in lines[1:-1]} == {"│", "├"}
                assert {line[-1] for line in lines[1:-1]} == {"│", "┤"}


async def test_the_compact_form_has_one_column_under_its_title() -> None:
    async with running(*CARDS, size=(60, 12)) as (app, pilot):
        await pilot.press("l")
        lines = app.lines()
        assert lines[0].split() == ["Build", "2/4", "[A»]", "2/5"]
        assert set(lines[1]) == {"─"}
        assert lines[2].startswith("▌#47   token refresh")
        assert "⚿ eng-1  7:42" in lines[2]
        assert app.view.heading == "Build 2/4 [A»]  2/5"
        app.view.join(titled=False)
        await pilot.pause()
        assert set(app.lines()[0]) == {"─"}


async def test_two_columns_stand_side_by_side_up_to_79_cells() -> None:
    tasks = [card(n, stage=column.name) for n, column in enumerate(BOARD.columns)]
    async with running(*tasks, size=(79, 20)) as (app, _):
        wide = [part for part in app.lines()[1].strip("│").split("│") if len(part) > 3]
        assert len(wide) == 2


async def test_the_frame_goes_over_into_its_neighbours() -> None:
    async with running(*CARDS) as (app, pilot):
        app.view.join(right=True, below=True)
        await pilot.pause()
        lines = app.lines()
        assert (lines[0][-1], lines[2][-1], lines[-1][0], lines[-1][-1]) == ("┬", "┼", "├", "┴")


async def test_in_ascii_nothing_else_is_drawn() -> None:
    async with running(*CARDS, ascii=True) as (app, _):
        assert all(line.isascii() for line in app.lines())


async def test_a_soft_limit_that_is_passed_is_marked() -> None:
    async with running(*many(5, "build")) as (app, _):
        assert app.shows("Build 5/4!")


async def test_orphaned_cards_stand_in_a_column_of_their_own_at_the_end() -> None:
    lost = replace(card(9, "lost one"), column_id="gone", stage="gone")
    async with running(*CARDS, lost) as (app, pilot):
        assert app.shows("Orphaned 1")
        await pilot.press("dollar_sign")
        assert app.view.cursor_card == lost
        app.change(gone=frozenset({lost.id}))
        await pilot.pause()
        assert not app.shows("Orphaned")


async def test_what_is_out_of_sight_is_counted() -> None:
    async with running(*many(40), size=(120, 22)) as (app, pilot):
        assert app.lines()[-1].count("▼34") == 1
        await pilot.press("G")
        await pilot.pause()
        assert app.shows("▲34")


async def test_colours_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(*CARDS) as (app, _):
        strips = app.screen._compositor.render_strips()
        for segment in (segment for strip in strips for segment in strip if segment.style):
            color = segment.style.color if segment.style else None
            if color is not None and color.triplet is not None:
                assert len(set(color.triplet)) == 1


# Keys


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("j", 2),
        ("down down", 3),
        ("j j k", 2),
        ("k", 1),
        ("G", 40),
        ("end", 40),
        ("G g", 1),
        ("end home", 1),
        ("ctrl+d", 4),
        ("ctrl+d ctrl+u", 1),
        ("pagedown", 7),
        ("l", 101),
        ("right h", 1),
        ("l l", 201),
        ("3", 201),
        ("dollar_sign", 201),
        ("dollar_sign 0", 1),
        ("h", 1),
        ("j j j l", 104),
        ("j j j l l", 202),
        ("9", 1),
    ],
)
async def test_keys_move_the_cursor(keys: str, number: int) -> None:
    columns = BOARD.columns[:3]
    tasks = [*many(40), *(card(100 + n, stage="build") for n in range(1, 10))]
    tasks += [card(200 + n, stage="review") for n in (1, 2)]
    board = replace(BOARD, columns=columns)
    async with running(*tasks, board=board, size=(120, 22)) as (app, pilot):
        await pilot.press(*keys.split())
        await pilot.pause()
        await until(pilot, lambda: app.view.cursor_card is not None)
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == number
        assert app.selected[-1] == app.view.cursor_card
        assert app.lines()[app.where(f"#{number} ").y][app.where(f"#{number} ").x - 1] == "▌"


async def test_enter_and_a_double_click_open_the_card() -> None:
    async with running(*CARDS) as (app, pilot):
        await pilot.press("j", "enter")
        await pilot.pause()
        assert [task.seq for task in app.opened] == [52]
        await pilot.double_click(app.view, offset=app.where("#47"))
        await pilot.pause()
        assert [task.seq for task in app.opened] == [52, 47]


async def test_a_click_selects_and_the_wheel_scrolls_the_column_under_it() -> None:
    async with running(*many(40), *CARDS, size=(120, 22)) as (app, pilot):
        await pilot.click(app.view, offset=app.where("pg pool"))
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 48
        app.view.post_message(wheel(app.where("#3 ")))
        await pilot.pause()
        assert not app.shows("#41 ")
        assert app.view.cursor_card.seq == 48
        assert app.view.has_focus


async def test_keys_can_be_remapped_by_the_ids_of_their_bindings() -> None:
    async with running(*CARDS) as (app, pilot):
        app.set_keymap({"board.down": "w"})
        await pilot.press("w")
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 52


# What changes


async def test_a_card_that_moves_is_marked_for_a_moment_at_its_new_place() -> None:
    async with running(*CARDS) as (app, pilot):
        app.change(moved(CARDS[1], "review"))
        await pilot.pause()
        at = app.where("#52")
        assert at.x > app.where("#33").x - 1
        assert app.lines()[at.y][at.x - 1] == "•"
        await until(pilot, lambda: not app.shows("•"))


async def test_cursor_scroll_and_focus_stay_when_others_change_things() -> None:
    async with running(*many(40), size=(120, 22)) as (app, pilot):
        await pilot.press(*["j"] * 20)
        await pilot.pause()
        before = app.where("#21 ")
        app.change(card(50, priority=Priority.URGENT), gone=frozenset({card(2).id, card(3).id}))
        await pilot.pause()
        assert app.where("#21 ") == before
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 21
        assert app.view.has_focus


async def test_the_users_own_move_takes_the_cursor_along() -> None:
    async with running(*CARDS) as (app, pilot):
        app.view.follow(CARDS[0].id)
        app.view.set_pending(CARDS[0].id, True)
        await pilot.pause()
        assert app.shows("↻")
        app.change(moved(CARDS[0], "review"))
        app.view.set_pending(CARDS[0].id, False)
        await pilot.pause()
        assert app.view.cursor_column == BOARD.columns[2]
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 41
        assert not app.shows("↻")


async def test_a_changed_card_under_the_cursor_is_told_anew() -> None:
    async with running(*CARDS) as (app, pilot):
        changed = replace(CARDS[0], title="auth spec, second try")
        app.change(changed)
        await pilot.pause()
        assert app.selected[-1] == changed
        assert app.shows("second try")


async def test_a_column_opens_for_its_first_card() -> None:
    async with running(*CARDS) as (app, pilot):
        app.change(moved(CARDS[0], "qa"))
        await pilot.pause()
        assert app.shows("QA 1")
        assert app.shows("#41 ↑ auth spec")


async def test_another_board_replaces_this_one_and_the_same_one_keeps_its_cursor() -> None:
    async with running(*CARDS) as (app, pilot):
        await pilot.press("l", "j")
        app.view.show_board(BOARD, me=ADA, accepts=lambda task: task.stage == "build")
        await pilot.pause()
        await pilot.pause()
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 48
        other = replace(BOARD, id="board-2", name="Other")
        app.rows = Rows(other, [card(1, "elsewhere", board_id="board-2")])
        app.view.show_board(other, me=ADA)
        await until(pilot, lambda: app.shows("elsewhere"))
        assert not app.shows("#48")
        assert app.view.cursor_card is not None
        assert app.view.cursor_card.seq == 1


async def test_cards_of_other_boards_and_those_that_a_filter_hides_leave() -> None:
    async with running(*CARDS) as (app, pilot):
        app.view.show_board(BOARD, me=ADA, accepts=lambda task: task.status is not Status.DONE)
        await pilot.pause()
        app.change(replace(CARDS[0], status=Status.DONE), replace(CARDS[1], board_id="board-2"))
        await pilot.pause()
        assert not app.shows("#41")
        assert not app.shows("#52")
        assert app.shows("#47")


# What it asks for


async def test_rows_are_asked_for_before_they_come_into_view_and_once_only() -> None:
    async with running(*many(200), size=(120, 22)) as (app, pilot):
        first = len(app.wanted)
        await pilot.press(*["j"] * 8)
        assert len(app.wanted) == first
        await pilot.press(*["j"] * 8)
        await pilot.pause()
        assert len(app.wanted) == first + 1
        assert [span.column_id for span in app.wanted[-1].spans] == ["c-wish"]
        assert not app.shows("·····")


async def test_a_held_key_never_waits_for_rows() -> None:
    async with running(*many(200), size=(120, 22)) as (app, pilot):
        app.answering = False
        await pilot.press(*["j"] * 60)
        await pilot.pause()
        assert app.shows("·····")
        assert app.view.cursor_card is None
        assert app.selected[-1] is None
        app.answering = True
        app.on_board_view_rows_wanted(app.wanted[-1])
        await until(pilot, lambda: app.view.cursor_card is not None)
        assert app.shows("#61 ")
        assert not app.shows("·····")


async def test_a_change_to_rows_out_of_sight_asks_for_a_re_read() -> None:
    async with running(*many(200), size=(120, 22)) as (app, pilot):
        before = len(app.wanted)
        app.change(moved(card(150), "build"))
        await until(pilot, lambda: len(app.wanted) > before)
        await until(pilot, lambda: app.shows("Wish 199"))
        assert app.shows("Build 1/4")
        assert app.shows("#150")


async def test_after_a_break_everything_is_read_again() -> None:
    async with running(*CARDS) as (app, pilot):
        app.rows.put(card(60, "written meanwhile"))
        app.view.apply(Change(reread=True))
        await until(pilot, lambda: app.shows("written meanwhile"))
        assert app.wanted[-1].mark == app.view.mark


async def test_rows_whose_read_failed_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "PATIENCE", 0.05)
    monkeypatch.setattr(asking, "PATIENCE", 0.05)
    async with running(*CARDS, answering=False) as (app, pilot):
        asked = len(app.wanted)
        await until(pilot, lambda: len(app.wanted) > asked)
        app.answering = True
        await until(pilot, lambda: app.shows("#47"))


async def test_rows_are_asked_for_although_another_screen_covers_the_board() -> None:
    async with running(*many(200), size=(120, 22)) as (app, pilot):
        asked = len(app.wanted)
        await app.push_screen(Screen())
        app.change(moved(card(150), "build"))
        await until(pilot, lambda: len(app.wanted) > asked)


async def test_a_change_during_a_read_is_not_lost_to_it() -> None:
    async with running(*CARDS) as (app, pilot):
        mark, window = app.view.mark, app.rows.window(app.view.spans())
        app.change(moved(CARDS[0], "review"))
        app.view.load(window, mark=mark)
        await pilot.pause()
        assert app.where("#41").x > app.where("#47").x


# What it costs


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lines that are painted from now on."""
    lines: list[int] = []
    draw = BoardView.render_line

    def render_line(view: BoardView, y: int) -> Strip:
        lines.append(y)
        return draw(view, y)

    monkeypatch.setattr(BoardView, "render_line", render_line)
    return lines


async def test_a_keystroke_paints_two_cards_and_nothing_else(painted: list[int]) -> None:
    async with running(*many(20)) as (_, pilot):
        painted.clear()
        await pilot.press("j")
        await pilot.pause()
        assert painted == list(range(3, 9))


async def test_a_read_that_brings_nothing_new_paints_nothing(painted: list[int]) -> None:
    async with running(*many(20)) as (app, pilot):
        painted.clear()
        app.view.load(app.rows.window(app.view.spans()))
        await pilot.pause()
        assert painted == []


async def test_a_countdown_paints_its_own_line_each_second(painted: list[int]) -> None:
    async with running(*CARDS) as (app, pilot):
        at = app.where("7:42").y
        await pilot.press("l")
        await pilot.pause()
        painted.clear()
        app.clock.now += timedelta(seconds=1)
        await until(pilot, lambda: bool(painted))
        assert painted == [at]
        assert "7:41" in app.lines()[at]


async def test_only_what_is_seen_to_depend_on_time_makes_the_board_tick() -> None:
    async with running(*CARDS, *many(30, "qa")) as (app, pilot):
        assert ticks(app) == [1.0]
        app.change(replace(CARDS[2], lock=None, due=NOW + timedelta(days=3)))
        await pilot.pause()
        assert ticks(app) == [20.0]
        held = lock("eng-1", left=timedelta(minutes=1))
        app.change(replace(CARDS[2], lock=None), card(900, "far below", "qa", lock=held))
        await pilot.pause()
        assert ticks(app) == []


def ticks(app: BoardApp) -> list[float]:
    """The intervals of the board's timers that go on and on."""
    return [timer._interval for timer in app.view._timers if timer._repeat is None]


async def test_focus_elsewhere_leaves_the_cursor_where_it_is(painted: list[int]) -> None:
    async with running(*CARDS) as (app, pilot):
        field = app.query_one(Input)
        field.display = True
        await pilot.pause()
        painted.clear()
        field.focus()
        await pilot.pause()
        assert app.shows("▌#41")
        assert not app.view.has_focus
        await pilot.press("j")
        assert app.shows("▌#41")
