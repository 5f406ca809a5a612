"""What a card and a column's head look like, line by line and cell by cell."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Column
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.gates import Approval, Gate
from genie_tui.domain.tasks import Priority, Status, Tag
from genie_tui.ui.widgets.badge import head, heading
from genie_tui.ui.widgets.card import draw, facts
from genie_tui.ui.widgets.marks import ASCII, UNICODE, Marks
from genie_tui.ui.widgets.palette import legible
from genie_tui.ui.widgets.plain import cell_len, clean, fit, wrap
from tests.ui.boards import ADA, BOARD, NOW, card, link, lock

BUG = Tag(id="bug", name="bug", color="#ef4444")


def told(
    *,
    width: int = 22,
    height: int = 3,
    gate: Gate = Gate.HUMAN,
    me: Actor = ADA,
    marks: Marks = UNICODE,
    **values: Any,
) -> list[str]:
    """A card's lines as text, without the blanks at their ends."""
    values.setdefault("title", "rate limits")
    what = facts(card(33, **values), gate=gate, me=me, now=NOW, marks=marks)
    lines = ["".join(text for text, _ in line) for line in draw(what, width, height, marks)]
    assert [cell_len(line) for line in lines] == [width] * height
    return [line.rstrip() for line in lines]


def approved(kind: Kind, ago: timedelta) -> tuple[Approval, ...]:
    """One side's word."""
    return (Approval(kind=kind, actor_id="somebody", at=NOW - ago),)


def test_a_plain_card_has_a_number_and_a_title() -> None:
    assert told() == ["#33   rate limits", "", ""]


@pytest.mark.parametrize(
    ("priority", "line"),
    [
        (Priority.URGENT, "#33 ‼ rate limits"),
        (Priority.HIGH, "#33 ↑ rate limits"),
        (Priority.NORMAL, "#33   rate limits"),
        (Priority.LOW, "#33 ↓ rate limits"),
    ],
)
def test_priority_is_a_mark_before_the_title(priority: Priority, line: str) -> None:
    assert told(priority=priority)[0] == line


def test_a_held_card_tells_who_holds_it_and_for_how_much_longer() -> None:
    assert told(lock=lock("eng-1", left=timedelta(minutes=7, seconds=42)))[1] == " ⚿ eng-1  7:42"
    assert told(lock=lock("qa-1", left=timedelta(seconds=51)))[1] == " ⚿ qa-1  0:51!"


def test_a_lock_of_my_own_is_told_as_mine() -> None:
    mine = replace(lock("x", left=timedelta(minutes=3)), run_id=ADA.run_id)
    assert told(lock=mine)[1] == " ⚿ you  3:00"


def test_a_long_holder_is_cut_and_the_countdown_is_not() -> None:
    held = lock("the-agent-with-a-very-long-name", left=timedelta(hours=2))
    assert told(lock=held)[1] == " ⚿ the-agent…  2:00:00"


def test_an_expired_lock_is_stale() -> None:
    assert told(lock=lock("eng-3", left=timedelta(minutes=-14)))[1] == " ✗ STALE eng-3 +14m"


def test_who_a_card_waits_for_is_told_from_where_one_sits() -> None:
    asked = approved(Kind.AGENT, timedelta(hours=3))
    assert told(approvals=asked)[1] == " ⧗ waits you 3h"
    assert told(approvals=asked, me=Actor.agent("eng-9"))[1] == " ⧗ waits human 3h"
    word = approved(Kind.HUMAN, timedelta(minutes=12))
    assert told(approvals=word, gate=Gate.BOTH)[1] == " ⧗ waits agent 12m"
    assert told(approvals=word, gate=Gate.HUMAN)[1] == ""


def test_what_blocks_a_card_is_told() -> None:
    assert told(waits=(link(47), link(31)))[1] == " ⊘ waits #47 #31"
    blocked = told(status=Status.BLOCKED, blocked_reason="legal has to look at it")
    assert blocked[1] == " ⊘ blocked: legal has…"
    assert told(status=Status.FAILED)[1] == " ✗ failed"


def test_an_agents_column_says_which_cards_are_ready() -> None:
    assert told(gate=Gate.AGENT)[1] == " ready"
    assert told(gate=Gate.HUMAN)[1] == ""
    assert told(gate=Gate.AGENT, assignees=("eng-2", "bo"))[1] == " @eng-2 @bo"


def test_due_dates_comments_holds_and_tags_stand_last() -> None:
    lines = told(due=NOW + timedelta(days=2), comments=4, tags=(BUG,), waits=(link(1),))
    assert lines == ["#33   rate limits", " ⊘ waits #1", " due 2d  ✎4  bug"]
    assert told(due=NOW - timedelta(hours=5))[1] == " overdue 5h"
    assert told(holds=(link(52), link(61)), width=30)[1] == " holds #52 #61"
    assert told(holds=(link(5), link(6), link(7)))[1] == " holds 3"


def test_what_has_no_room_is_left_out_whole() -> None:
    tags = tuple(Tag(id=name, name=name, color="#fff") for name in ("performance", "ui", "db"))
    assert told(tags=tags, comments=2, width=20)[1] == " ✎2  performance  ui"


def test_a_long_title_goes_on_where_a_line_is_free() -> None:
    title = "Let people choose the columns of the exported report"
    assert told(title=title) == ["#33   Let people", " choose the columns o…", ""]
    assert told(title=title, comments=1, waits=(link(2),))[0] == "#33   Let people choo…"


def test_done_and_cancelled_cards_are_marked_as_such_and_tell_nothing_of_locks() -> None:
    held = lock("eng-1", left=timedelta(minutes=5))
    assert told(status=Status.DONE, lock=held, due=NOW) == ["#33 ✓ rate limits", "", ""]
    assert told(status=Status.CANCELLED)[0] == "#33 ✗ rate limits"


def test_two_lines_join_the_state_and_the_details() -> None:
    lines = told(height=2, lock=lock("eng-1", left=timedelta(minutes=7)), comments=4)
    assert lines == ["#33   rate limits", " ⚿ eng-1  7:00  ✎4"]


def test_one_line_has_the_title_to_the_left_and_the_state_to_the_right() -> None:
    lines = told(width=58, height=1, lock=lock("eng-1", left=timedelta(minutes=7)), comments=4)
    assert lines == ["#33   rate limits              ⚿ eng-1  7:00  ✎4"]


def test_in_ascii_every_mark_has_a_twin() -> None:
    lines = told(
        marks=ASCII,
        title="a title that is much too long for its line",
        priority=Priority.URGENT,
        lock=lock("eng-3", left=timedelta(minutes=-14)),
        comments=4,
        waits=(link(1),),
    )
    assert all(line.isascii() for line in lines)
    assert lines == ["#33 ! a title that is~", " x STALE eng-3 +14m", " % waits #1  c4"]


@pytest.mark.parametrize("marks", [UNICODE, ASCII])
def test_every_mark_is_one_cell_wide(marks: Marks) -> None:
    for name, mark in zip(Marks._fields, marks, strict=True):
        cells = {"joints": 11, "heavy": 11, "dashed": 2}.get(name, 1)
        assert cell_len(mark) == cells, name
    assert all(mark.isascii() for mark in ASCII)


# Heads


def head_text(column: Column, count: int | None, limit: int | None = None, width: int = 22) -> str:
    """A column's head as text."""
    line = "".join(text for text, _ in head(column, count, limit, width, UNICODE, current=False))
    assert cell_len(line) == width
    return line


def test_a_head_tells_label_count_limit_and_gate() -> None:
    wish, build, review = BOARD.columns[:3]
    assert head_text(wish, 3) == " Wish 3           [H] "
    assert head_text(build, 6, 4) == " Build 6/4!      [A»] "
    assert head_text(build, 4, 4) == " Build 4/4       [A»] "
    assert head_text(review, 5) == " Review 5       [H+A] "
    assert head_text(review, None) == " Review         [H+A] "


def test_a_long_label_gives_way_to_the_count_and_the_gate() -> None:
    column = replace(BOARD.columns[1], label="Implementation and testing")
    assert head_text(column, 12345, 4) == " Imple… 12345/4! [A»] "
    assert heading(column, 3, None, UNICODE) == "Implementation and testing 3 [A»]"


# Users' text

NASTY = [
    "\x1b[31mred\x1b[0m",
    "line\nbreak\ttab\rreturn",
    "bidi \u202e override \u2066 isolate",
    "zero\u200bwidth\u200djoiner\ufeff",
    "\x9b2J \x00 \x7f \u2028",
    "e\u0301\u0301\u0301\u0301\u0301 zalgo",
]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_of_a_users_text_can_steer_the_terminal(text: str) -> None:
    shown = clean(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert told(title=text, width=40)


def test_white_space_becomes_spaces_and_control_characters_can_be_seen() -> None:
    assert clean("a\nb\tc\u00a0d\u2003e") == "a b c d e"
    assert clean("\x1b[31m") == "\ufffd[31m"
    assert clean("\u202eabc") == "\ufffdabc"


def test_emoji_whose_width_terminals_disagree_on_are_taken_apart() -> None:
    assert clean("👩‍👩‍👧") == "👩👩👧"
    assert clean("👍🏽 🇩🇪 ❤️") == "👍 DE ❤"


def test_text_is_cut_by_cells_and_never_through_a_wide_character() -> None:
    assert fit("日本語のタイトル", 7, "…") == "日本語…"
    assert fit("日本語のタイトル", 8, "…") == "日本語… "
    assert fit("short", 8, "…") == "short   "
    assert fit("anything", 0, "…") == ""


def test_a_title_without_spaces_is_broken_where_the_line_ends() -> None:
    assert wrap("日本語のタイトル", (7, 10), "…") == ("日本語 ", "のタイトル")


@given(st.text(max_size=60), st.integers(1, 40))
def test_any_text_fits_exactly(text: str, width: int) -> None:
    assert cell_len(fit(clean(text), width, "…")) == width
    assert {cell_len(line) for line in wrap(clean(text), (width, width), "…")} == {width}


@given(st.text(max_size=40), st.text(min_size=1, max_size=20), st.integers(16, 60))
def test_any_card_keeps_within_its_width(title: str, name: str, width: int) -> None:
    for height in (1, 2, 3):
        told(
            title=title,
            width=width,
            height=height,
            tags=(Tag(id="t", name=name, color="not a colour"),),
            assignees=(name,),
            status=Status.BLOCKED,
            blocked_reason=name,
            due=NOW,
        )


# Durations and colours


def test_durations_are_short() -> None:
    assert countdown(timedelta(seconds=51)) == "0:51"
    assert countdown(timedelta(minutes=7, seconds=42)) == "7:42"
    assert countdown(timedelta(hours=1, minutes=2, seconds=3)) == "1:02:03"
    assert countdown(timedelta(seconds=-3)) == "0:00"
    lengths = [timedelta(seconds=40), timedelta(minutes=14), timedelta(hours=3), timedelta(days=2)]
    assert [short(length) for length in lengths] == ["40s", "14m", "3h", "2d"]


def test_users_colours_are_made_legible_on_any_background() -> None:
    assert legible("#000000", "#121212", "#e0e0e0") != "#000000"
    assert legible("#ffffff", "#fafafa", "#1f1f1f") != "#ffffff"
    assert legible("#f97316", "#121212", "#e0e0e0").lower() == "#f97316"
    assert legible("no colour at all", "#121212", "#e0e0e0").lower() == "#94a3b8"
