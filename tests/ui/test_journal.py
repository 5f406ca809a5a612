"""The journal of events, and the log that shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from textual.app import App, ComposeResult

from genie_tui.domain.changes import Event, EventKind
from genie_tui.ui.widgets import journal as journals
from genie_tui.ui.widgets.activity_log import ActivityLog, Shape
from genie_tui.ui.widgets.journal import Journal
from genie_tui.ui.widgets.log_lines import LogLines, one_line
from genie_tui.ui.widgets.marks import ASCII, UNICODE


def noon() -> datetime:
    """Today's, whatever day it is while a test runs."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def event(number: int, text: str = "", *, alarm: bool = False, days: int = 0) -> Event:
    return Event(
        key=("audit_events", str(number)),
        kind=EventKind.TASK,
        at=noon() - timedelta(days=days) + timedelta(seconds=number),
        text=text or f"event {number}",
        alarm=alarm,
    )


def test_an_event_that_is_known_is_not_added_again() -> None:
    journal = Journal()
    assert journal.add([event(1), event(2)]) == 2
    assert journal.add([event(2), event(3)]) == 1
    assert journal.add_older([event(1), event(0)]) == 1
    assert [journal[n].text for n in range(journal.first, journal.end)] == [
        "event 0",
        "event 1",
        "event 2",
        "event 3",
    ]


def test_an_event_keeps_its_number_when_older_ones_are_loaded() -> None:
    journal = Journal()
    journal.add([event(5)])
    journal.add_older([event(3), event(4)])
    assert (journal.first, journal[0].text) == (-2, "event 5")


def test_the_end_of_history_is_known_when_nothing_older_comes() -> None:
    journal = Journal()
    journal.add_older([event(1)])
    assert not journal.complete
    journal.add_older([])
    assert journal.complete


def test_a_journal_forgets_what_is_oldest_and_can_load_it_again() -> None:
    journal = Journal()
    total = journals.KEPT + journals.SPARE + 1
    journal.add(event(n) for n in range(total))
    assert len(journal) == journals.KEPT
    assert journal.oldest == journal[total - journals.KEPT]
    assert journal.add_older([event(0)]) == 1


def text_of(lines: LogLines, number: int) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in lines.of(number)]


def utc(at: datetime) -> datetime:
    return at


def test_long_events_are_wrapped_under_their_time() -> None:
    journal = Journal()
    journal.add([event(1, "the quick brown fox jumps over the dog")])
    lines = LogLines(journal, local=utc, marks=UNICODE)
    lines.resize(26)
    assert text_of(lines, 0) == ["12:00 the quick brown fox ", "      jumps over the dog  "]


def test_a_new_day_is_announced_and_an_alarm_is_marked_by_more_than_its_colour() -> None:
    journal = Journal()
    journal.add([event(1, days=1), event(2, "it failed", alarm=True)])
    lines = LogLines(journal, local=utc, marks=UNICODE)
    lines.resize(30)
    day, line = text_of(lines, 1)
    assert day.strip() == f"{noon():%a} {noon().day} {noon():%b %Y}"
    assert line.strip() == "12:00 ! it failed"


def test_on_one_line_the_newest_event_comes_first_and_is_never_left_out() -> None:
    journal = Journal()
    journal.add([event(1, "older"), event(2, "newer")])
    line = "".join(text for text, _ in one_line(journal, 40, utc, ASCII))
    assert line.strip() == "12:00 newer | 12:00 older"
    line = "".join(text for text, _ in one_line(journal, 10, utc, ASCII))
    assert line.startswith(" 12:00 ne")


class LogApp(App[None]):
    """A log alone."""

    def __init__(self, journal: Journal, shape: Shape = Shape.BARE) -> None:
        super().__init__()
        self.log_view = ActivityLog(journal, shape=shape, local=utc)
        self.wanted = 0

    def compose(self) -> ComposeResult:
        yield self.log_view

    def on_activity_log_older_wanted(self) -> None:
        self.wanted += 1

    @property
    def shown(self) -> list[str]:
        strips = self.screen._compositor.render_strips()
        return [strip.text.strip().partition(" ")[2] for strip in strips[:-1]]


def filled(count: int) -> Journal:
    journal = Journal()
    journal.add(event(n) for n in range(count))
    journal.complete = True
    return journal


async def test_a_log_follows_its_end_until_somebody_scrolls_up() -> None:
    journal = filled(100)
    app = LogApp(journal)
    async with app.run_test(size=(40, 11)) as pilot:
        assert app.shown == [f"event {n}" for n in range(90, 100)]
        await pilot.press("k", "k", "k")
        journal.add([event(100), event(101)])
        app.log_view.changed()
        await pilot.pause()
        assert app.shown == [f"event {n}" for n in range(87, 97)]
        assert (app.log_view.following, app.log_view.unseen) == (False, 2)
        await pilot.press("G")
        assert app.shown[-1] == "event 101"
        assert (app.log_view.following, app.log_view.unseen) == (True, 0)


async def test_a_log_stops_at_the_oldest_event_and_asks_for_older_ones() -> None:
    journal = filled(30)
    journal.complete = False
    app = LogApp(journal)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("g")
        await pilot.pause()
        assert app.shown[0] == "event 0"
        assert app.wanted > 0
        journal.add_older([event(-2), event(-1)])
        app.log_view.changed()
        await pilot.pause()
        assert app.shown[0] == "event 0"
        await pilot.press("k")
        assert app.shown[0] == "event -1"


async def test_scrolling_down_to_the_end_follows_again() -> None:
    app = LogApp(filled(50))
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("ctrl+u", "j", "j")
        assert not app.log_view.following
        await pilot.press("ctrl+d", "ctrl+d")
        assert app.log_view.following


async def test_a_log_with_less_than_a_screen_of_events_always_follows() -> None:
    app = LogApp(filled(3))
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("k", "g")
        assert app.log_view.following
        assert app.shown[:3] == ["event 0", "event 1", "event 2"]


async def test_a_paused_log_survives_that_its_place_is_forgotten() -> None:
    journal = filled(100)
    app = LogApp(journal)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("g")
        journal.add(event(n) for n in range(100, journals.KEPT + journals.SPARE + 200))
        app.log_view.changed()
        await pilot.pause()
        assert app.shown[0] == journal[journal.first].text
        await pilot.press("j")
        assert not app.log_view.following
