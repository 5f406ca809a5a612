"""The dependency graph as it is drawn: at which width what, and what stands out how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.graph import Graph
from genie_tui.domain.tasks import Card, Priority, Status
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.graph_canvas import Canvas, Pen
from genie_tui.ui.widgets.graph_details import GraphDetails
from genie_tui.ui.widgets.graph_head import GraphHead
from genie_tui.ui.widgets.graph_view import GraphView
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.plain import cell_len
from tests.ui.boards import ADA, BOARD, NOW, card, lock

HOSTILE = "[red]\x1b[31mred\u202e \u200b🤔👩‍👩‍👧 " + "x" * 100_000


def graph(*chains: str, change: Callable[[Card], Card] = lambda card: card, **more: Any) -> Graph:
    """`1 2 3`: #3 waits for #2, which waits for #1."""
    pairs = [pair for chain in chains for pair in pairwise(map(int, chain.split()))]
    cards = {number: change(card(number)) for pair in pairs for number in pair}
    rows = [
        Dependency(task_id=cards[two].id, depends_on_id=cards[one].id, dep_type="depends_on")
        for one, two in pairs
    ]
    return Graph.of(cards.values(), rows, **more)


def titled(**titles: str) -> Callable[[Card], Card]:
    """Give the tasks other titles: `_1="one"`."""
    return lambda card: replace(card, title=titles.get(f"_{card.seq}", f"task {card.seq}"))


def view(shown: Graph, *, ascii: bool = False) -> GraphView:  # noqa: A002
    """The widget alone, without an app around it."""
    found = GraphView(ascii=ascii, clock=lambda: NOW)
    found.show(shown, empty="nothing waits")
    return found


def text(lines: list[Line] | Any) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines).strip("\n")


def drawn(widget: GraphView, width: int = 100, height: int = 12) -> str:
    return text(widget.lines(width, height))


def column(picture: str) -> int:
    """Where the cursor is."""
    return next(row.index("▌") for row in picture.splitlines() if "▌" in row)


CHAIN = ("1 2 3",)
DIAMOND = ("1 2 4", "1 3 4")
CYCLE = ("1 2 3 1", "3 4")
TWO = ("1 2", "3 4", "5 4")


@pytest.mark.parametrize(
    ("chains", "plain", "width", "picture"),
    [
        (
            CHAIN,
            False,
            100,
            """\
▌★#1 task 1 ━━━━━━▸ ★#2 task 2 ━━━━━━▸ ★#3 task 3""",
        ),
        (
            DIAMOND,
            False,
            100,
            """\
                 ┏━▸ ★#2 task 2 ━━━━━┓
▌★#1 task 1 ━━━━━┫                   ┣━▸ ★#4 task 4
                 └─▸  #3 task 3 ─────┘""",
        ),
        (
            DIAMOND,
            True,
            100,
            """\
                 #=> *#2 task 2 =====#
>*#1 task 1 =====#                   #=> *#4 task 4
                 +->  #3 task 3 -----+""",
        ),
        (
            CYCLE,
            False,
            120,
            """\
                 ┌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┐
▌↻#1 task 1 ◂━━━━┫                   ┣━▸ ↻#3 task 3 ━━━━━━▸ ★#4 task 4
                 ┗━▸ ↻#2 task 2 ━━━━━┛""",
        ),
        (
            TWO,
            False,
            80,
            """\
  #3 task 3 ─────┐
                 ├─▸  #4 task 4
  #5 task 5 ─────┘


▌★#1 task 1 ━━━━━━━▸ ★#2 task 2""",
        ),
        (
            DIAMOND,
            False,
            60,
            """\
▌★#1 task 1
▸├─★#2 task 2
 │ └─★#4 task 4                                         ◂#3
▸└─ #3 task 3""",
        ),
        (
            CYCLE,
            True,
            60,
            """\
>&#1 task 1                                             <#3
>+-&#2 task 2
<  +-&#3 task 3
     +-*#4 task 4""",
        ),
    ],
)
def test_small_graphs_are_drawn_so(
    chains: tuple[str, ...], plain: bool, width: int, picture: str
) -> None:
    found = drawn(view(graph(*chains, change=titled()), ascii=plain), width)
    assert found == picture
    assert not plain or found.isascii()


def test_lines_that_cross_are_not_joined() -> None:
    found = drawn(view(graph("1 4", "2 5", "1 5", "3 6", "2 6", change=titled())))
    assert "┼" not in found
    canvas = Canvas(0, 0, 3, 3, marks(ascii=False))
    canvas.across(1, 0, 3, ("a",), Pen("edge"))
    canvas.down(1, 0, 3, ("b",), Pen("edge"))
    assert text(canvas.lines()) == " │\n─│─\n │"
    canvas.across(1, 0, 3, ("b",), Pen("lit", 3))
    assert text(canvas.lines()) == " │\n─┼─\n │"


def test_each_task_tells_how_it_stands() -> None:
    def change(card: Card) -> Card:
        more: dict[int, dict[str, Any]] = {
            1: {"status": Status.DONE},
            2: {"lock": lock("eng-1", left=timedelta(minutes=7))},
            3: {"lock": lock("eng-1", left=-timedelta(minutes=7)), "priority": Priority.URGENT},
            4: {"status": Status.BLOCKED, "priority": Priority.LOW},
            5: {"status": Status.FAILED},
            6: {"status": Status.CANCELLED},
        }
        return replace(card, title="it", **more[card.seq])

    found = drawn(view(graph("1 2 3 4 5 6", change=change)), 200)
    for said in (" #1 ✓ it ", "★#2 it ⚿ ", "★#3 ‼ it ✗ ", "★#4 ↓ it ⊘ ", "#5 it ✗ ", "#6 ✗ it"):
        assert said in found


def test_what_is_near_the_cursor_is_bright_and_the_rest_is_pale() -> None:
    widget = view(graph("1 2", "3 2", "4 5"))
    widget.move_to(card(1).id)
    styles = {
        piece.strip(): style
        for line in widget.lines(120, 20)
        for piece, style in line
        if piece.strip()
    }
    assert styles["★#1 task number 1"] == "cursor"
    assert styles["task number 2"] == "title-critical"
    assert styles["#4 task number 4"] == styles["#5 task number 5"] == "far"
    assert {styles[text] for text in styles if "━" in text} == {"lit"}
    assert {styles[text] for text in styles if "─" in text and "━" not in text} == {"edge"}


def test_focus_shows_what_is_so_many_steps_away_and_counts_the_rest() -> None:
    widget = view(graph("1 2 3 4 5 6 7", "8 5"))
    widget.move_to(card(4).id)
    widget.action_focus_near()
    assert widget.shown == 6
    found = drawn(widget, 200)
    assert "◂+1 #2" in found
    assert "+1▸" in found
    assert "#7" not in found
    widget.action_widen(1)
    assert "#7" in drawn(widget, 200)
    widget.action_widen(-9)
    assert widget.shown == 3
    widget.action_focus_near()
    assert widget.shown == 8


def test_keys_may_come_faster_than_it_is_painted() -> None:
    widget = view(graph("1 2 3 4 5 6 7 8 9"))
    drawn(widget)
    widget.action_widen(-1)
    widget.move_to(card(8).id)
    widget.action_walk("right")
    widget.action_walk("right")
    assert widget.card == card(9)
    widget.move_to(card(1).id)
    widget.action_centre()
    widget.action_walk_pages(0.5)
    widget.action_walk("right")
    assert widget.card == card(2)


def test_what_is_done_can_be_hidden_but_not_from_under_the_cursor() -> None:
    done = lambda card: replace(card, status=Status.DONE) if card.seq < 3 else card  # noqa: E731
    widget = view(graph("1 2 3 4", change=done))
    widget.move_to(card(2).id)
    widget.action_hide_done()
    assert widget.shown == 3
    widget.action_walk("right")
    drawn(widget)
    widget.action_walk("right")
    assert widget.shown == 2
    assert "◂+1 #3" in drawn(widget)


def test_five_hundred_tasks_keep_their_cursor_in_sight_wherever_it_goes() -> None:
    chains = [f"{n} {n + 1 + n * 7 % 13} {n + 2 + n * 11 % 40}" for n in range(1, 460)]
    widget = view(graph(*chains, change=titled()))
    for width, height in ((200, 50), (80, 24), (60, 30)):
        assert "▌" in drawn(widget, width, height)
        for key in ("right", "down", "down", "left", "up", "right") * 4:
            widget.action_walk(key)
            shown = drawn(widget, width, height)
            assert widget.card is not None
            assert f"#{widget.card.seq} " in next(row for row in shown.splitlines() if "▌" in row)


def test_the_cursor_stays_on_its_task_and_its_task_where_it_was() -> None:
    widget = view(graph(*(f"{n} {n + 1}" for n in range(1, 30))))
    widget.move_to(card(15).id)
    before = column(drawn(widget, 100))
    widget.show(graph(*(f"{n} {n + 1}" for n in range(1, 30)), "40 41 42 15"))
    assert widget.card == card(15)
    assert column(drawn(widget, 100)) == before
    widget.show(graph("16 17", "1 2"))
    assert widget.card == card(16)
    widget.show(Graph.of([]))
    assert widget.card is None
    assert widget.lines(100, 10)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("width", [200, 100, 80, 60, 30])
def test_hostile_titles_break_nothing(width: int, plain: bool) -> None:
    shown = graph("1 2 3", change=lambda card: replace(card, title=HOSTILE, stage=HOSTILE[:90]))
    widget = view(shown, ascii=plain)
    details = GraphDetails(ADA, ascii=plain, clock=lambda: NOW)
    details._graph, details._card = shown, widget.card
    head = GraphHead(ascii=plain)
    head._told = (HOSTILE, shown, "focus 2: 3 of 9")
    lines = (*widget.lines(width, 9), *details.lines(width, 4), *head.lines(width, 1))
    found = ["".join(text for text, _ in line) for line in lines]
    assert not {"\x1b", "\u202e", "\u200b", "\n"} & set("".join(found))
    assert all(cell_len(row) <= width for row in found[:-1])


def test_the_head_counts_and_the_strip_tells_where_a_task_stands() -> None:
    shown = graph("1 2 3 4 5", "6 3", "5 7 6", left_out=3, isolated=40)
    head = GraphHead()
    head._told = ("of board Flow", shown, "")
    (line,) = head.lines(200, 1)
    assert text([line]).strip() == (
        "GRAPH of board Flow  7 tasks · ↻ 1 cycle · ★ critical path 7: "
        "#1 → #2 → #3 → #4 → #5 → #7 → #6 · 7 dependencies · 3 left out"
        " · 40 open without dependencies"
    )
    (line,) = head.lines(60, 1)
    assert "1 cycle" in text([line])
    assert "path 7" in text([line])
    details = GraphDetails(ADA, clock=lambda: NOW)
    details._graph, details._card, details._column = shown, card(3), BOARD.columns[0]
    said = text(details.lines(150, 4))
    assert "#3 task number 3" in said
    assert "Wish · ready · normal" in said
    assert "waits for #2 #6    holds up #4" in said
    assert "↻ on a cycle with #4 #5 #6 #7: each waits for the others" in said
    assert "★ 3 of 7 on the critical path: #1 → #2" in said
