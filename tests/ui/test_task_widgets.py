"""The parts of a task's screen, each for itself, with fixed data."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.widget import Widget

from genie_tui.domain.changes import Event, EventKind
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.gates import Gate
from genie_tui.domain.graph import Graph
from genie_tui.domain.task_parts import Family, Person, Stay, Story, Tagging, Turn, Value
from genie_tui.domain.task_parts import Transcript as Said
from genie_tui.domain.tasks import Card, Status, Task
from genie_tui.domain.threads import Comment, Talk
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.plain import cell_len, clean
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_checklist import TaskChecklist
from genie_tui.ui.widgets.task_comments import TaskComments
from genie_tui.ui.widgets.task_conflict import differences
from genie_tui.ui.widgets.task_facts import Known, TaskFacts
from genie_tui.ui.widgets.task_history import TaskHistory
from genie_tui.ui.widgets.task_link_rows import Links
from genie_tui.ui.widgets.task_links import TaskLinks
from genie_tui.ui.widgets.task_raw import TaskRaw
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css
from genie_tui.ui.widgets.task_tabs import TaskTabs
from genie_tui.ui.widgets.task_transcript import TaskTranscript
from genie_tui.ui.widgets.task_words import paragraphs, wrapped
from tests.ui import hostile
from tests.ui.boards import ADA, NOW, card, lock


class Shown(App[None]):
    """A widget alone."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget


def texts(lines: Sequence[Line]) -> list[str]:
    """Lines as they are read."""
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def seen(widget: Widget) -> list[str]:
    """What a widget shows."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def harmless(lines: Sequence[Line], width: int) -> None:
    """Is there nothing that steers a terminal, and no line too long?"""
    for text in texts(lines):
        assert not any(mark in text for mark in hostile.MARKS)
        assert text.isprintable()
        assert cell_len(text) <= width


# Words


@settings(max_examples=50)
@given(st.text(alphabet="ab 漢é", max_size=60), st.integers(2, 12))
def test_a_line_is_wrapped_without_losing_a_letter(text: str, width: int) -> None:
    parts = list(wrapped(text, width))
    assert all(cell_len(part) <= width for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


def test_a_text_of_a_hundred_thousand_letters_is_laid_out_harmlessly() -> None:
    lines = paragraphs(hostile.TEXT, 40)
    assert len(lines) > 1000
    harmless([((line, ""),) for line in lines], 40)
    assert len(paragraphs("x" * 100_000, 10, most=7)) == 7


# Blocks


class Numbers(Blocks[int]):
    """Each number stands on as many lines as it says, 1 to 3; those above 99 on thirty."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("Numbers")
    NEWS = "number"

    def key(self, item: int) -> Hashable:
        return item

    def chosen(self, item: int) -> bool:
        return item != 0

    def block(self, item: int, width: int) -> Sequence[Line]:  # noqa: ARG002
        return [((f"{item}.{n}", "text"),) for n in range(30 if item > 99 else item % 3 + 1)]


async def test_what_one_reads_stays_while_items_come_and_go_around_it() -> None:
    numbers = Numbers()
    async with Shown(numbers).run_test(size=(20, 6)) as pilot:
        numbers.show(range(1, 30))
        numbers.focus()
        numbers.go(20)
        await pilot.pause()
        before = seen(numbers)
        assert numbers.item == 21
        numbers.show([-3, -2, *range(1, 30)])
        await pilot.pause()
        assert (seen(numbers), numbers.item) == (before, 21)
        numbers.show([n for n in range(1, 40) if n not in {20, 21}])
        await pilot.pause()
        assert numbers.item == 22
        assert "10 new numbers" in seen(numbers)[-1]
        numbers.go_edge(True)
        await pilot.pause()
        assert (numbers.item, seen(numbers)[-1]) == (39, "▌ 39.0")
        numbers.go_edge(False)
        await pilot.pause()
        assert seen(numbers)[0] == "▌ 1.0"


async def test_an_item_longer_than_the_screen_is_read_before_the_next_one_comes() -> None:
    numbers = Numbers()
    async with Shown(numbers).run_test(size=(20, 6)) as pilot:
        numbers.show([0, 1, 100, 2])
        numbers.focus()
        numbers.go(1)
        await pilot.pause()
        assert (numbers.item, seen(numbers)[0]) == (100, "▌ 100.0")
        steps = 0
        while numbers.item == 100:
            numbers.go(1)
            steps += 1
        await pilot.pause()
        assert steps > 5
        assert numbers.item == 2
        numbers.go(-1)
        await pilot.pause()
        assert (numbers.item, seen(numbers)[-1]) == (100, "▌ 100.29")
        numbers.go_pages(-10)
        await pilot.pause()
        assert (numbers.item, seen(numbers)[3]) == (100, "▌ 100.0")
        numbers.go_pages(-10)
        await pilot.pause()
        assert (numbers.item, seen(numbers)[0]) == (1, "  0.0")
        numbers.go_pages(0.5)
        await pilot.pause()
        assert numbers.item == 100
        await pilot.click(offset=(3, 5))
        await pilot.pause()
        assert numbers.item == 100


# Comments


def comment(id_: int, who: str, body: str, **more: Any) -> Comment:
    """A comment that was made so many minutes after noon."""
    at = NOW + timedelta(minutes=id_)
    given = {"letters": len(body), "created_at": at, "sender_type": "local"}
    return Comment(**{"id": id_, "sender_id": who, "body": body, **given, **more})


async def test_answers_stand_below_what_they_answer_and_long_ones_are_folded() -> None:
    view = TaskComments(ADA, clock=lambda: NOW)
    talk = Talk(
        comments=(
            comment(1, "[b]eve[/b]", "[red]one[/red]\n\x1b[2Jtwo"),
            comment(2, "bob", "x " * 900, letters=5000),
            comment(3, "ada", "an answer", answers=1, edited_at=NOW),
        ),
        earlier=12,
    )
    async with Shown(view).run_test(size=(60, 40)) as pilot:
        view.tell(talk, {})
        await pilot.pause()
        lines = seen(view)
    assert lines[0] == "  ▲ 12 earlier; g loads more"
    assert lines[2].startswith("  [b]eve[/b]  Mon 2 Mar")
    assert lines[3:5] == ["  [red]one[/red]", "  �[2Jtwo"]
    assert lines[6].startswith("  │ ada  Mon 2 Mar")
    assert "answers [b]eve[/b]  edited" in lines[6]
    assert lines[7] == "  │ an answer"
    assert any("more letters; enter shows them" in line for line in lines)
    assert view.comment is not None
    assert view.comment.id == 2
    assert not view.is_mine(view.comment)


# Links


def links(
    *rows: tuple[int, int, str], done: Sequence[int] = (), family: Family | None = None
) -> Links:
    """Around the task #1: rows of numbers and types."""
    numbers = sorted({1, *(n for one, other, _ in rows for n in (one, other))})
    cards = [card(n, status=Status.DONE if n in done else Status.READY) for n in numbers]
    said = tuple(
        Dependency(task_id=f"task-{a:08x}", depends_on_id=f"task-{b:08x}", dep_type=type_)
        for a, b, type_ in rows
    )
    graph = Graph.of(cards, said)
    return Links(task_id=cards[0].id, graph=graph, rows=said, family=family or Family())


async def told(of: Links, *, ascii_only: bool = False, width: int = 70) -> list[str]:
    """What is shown of the surroundings of a task."""
    view = TaskLinks(ADA, ascii=ascii_only, clock=lambda: NOW)
    async with Shown(view).run_test(size=(width, 30)) as pilot:
        view.tell(of)
        await pilot.pause()
        return [line for line in seen(view) if line]


async def test_trees_both_ways_with_the_critical_path_marked() -> None:
    of = links(
        (1, 2, "depends_on"),
        (2, 3, "depends_on"),
        (4, 1, "blocks"),
        (5, 1, "depends_on"),
        (1, 6, "relates_to"),
        done=[4],
    )
    lines = [" ".join(line.strip("▌ ").split()) for line in await told(of)]
    assert lines == [
        "★ critical path: 4 open, #5 → [#1] → #2 → #3",
        "waits for",
        "├─ ★ #2 task number 2 wish ready",
        "│ └─ ★ #3 task number 3 wish ready",
        "└─ #4 task number 4 wish ✓ done",
        "holds up",
        "└─ ★ #5 task number 5 wish ready",
        "related to",
        "#6 task number 6 wish ready",
    ]
    plain = await told(of, ascii_only=True)
    assert all(line.isascii() for line in plain)
    assert "* critical path: 4 open, #5 > [#1] > #2 > #3" in plain[0]


async def test_a_circle_of_other_clients_is_said_and_ends() -> None:
    lines = await told(links((1, 2, "depends_on"), (2, 1, "depends_on")))
    assert "#1" in lines[0]
    assert "a circle: [#1] #2 wait for each other" in lines[0]
    assert len([line for line in lines if "(in a circle)" in line]) == 2


async def test_nothing_around_a_task_is_said_so() -> None:
    assert [line.strip() for line in await told(links())] == [
        "waits for",
        "nothing",
        "holds up",
        "nothing",
    ]


# History


def at(hours: float) -> datetime:
    """So many hours ago."""
    return NOW - timedelta(hours=hours)


def stay(stage: str, entered: float, left: float | None, **more: Any) -> Stay:
    """A stay from so many hours ago until so many."""
    until = at(left) if left is not None else None
    length = timedelta(hours=entered - (left or 0))
    return Stay(stage=stage, entered=at(entered), left=until, length=length, **more)


async def test_bars_are_as_long_as_the_time_in_each_stage() -> None:
    story = Story(
        stays=(
            stay("draft", 30, 20, by="ada", gate="human", run="run-1"),
            stay("build", 20, 0.5, by="eng-1"),
            stay("draft", 0.5, None),
            Stay(stage="ship", entered=None, length=None),
        ),
        earlier=3,
    )
    event = Event(key=("a", "1"), kind=EventKind.TASK, at=at(1), text="failed", alarm=True)
    view = TaskHistory(clock=lambda: NOW)
    async with Shown(view).run_test(size=(120, 30)) as pilot:
        view.tell(card(1), Gate.HUMAN, story, [event], more=False)
        await pilot.pause()
        lines = [line for line in seen(view) if line]
        narrow = texts(view.block(view.items[2], 50))
    assert [line.count("█") for line in lines[2:6]] == [12, 24, 1, 0]
    assert [line.strip("▌ ").split()[2] for line in lines[2:6]] == ["10h", "19h", "30m", "?"]
    assert "by ada  gate human  run run-1" in lines[2]
    assert lines[4].endswith("→ now")
    assert "nobody said when" in lines[5]
    assert "in all: draft 10h, build 19h, ship 0s" in lines[6]
    assert lines[-1].endswith("✗ failed")
    assert "3 earlier moves" in lines[1]
    assert len(narrow) == 3


# Transcript


def turn(index: int, role: str, text: str, **more: Any) -> Turn:
    """A turn of a session."""
    given = {"letters": len(text), "at": NOW}
    return Turn(index=index, role=role, text=text, **{**given, **more})


async def test_what_tools_gave_is_folded_to_a_line() -> None:
    from genie_tui.domain.task_parts import Session

    session = Session(id="s", agent="eng-1", role=None, status="active", started_at=NOW, turns=9)
    view = TaskTranscript(clock=lambda: NOW)
    pages = Said(
        turns=(
            turn(4, "user", "go on"),
            turn(5, "tool", "\nFAILED\nmore\n" * 200, tool="Bash", letters=90_000),
            turn(6, "assistant", "line\n" * 3),
        ),
        before=4,
        after=2,
    )
    async with Shown(view).run_test(size=(60, 30)) as pilot:
        view.tell(session, pages, {})
        await pilot.pause()
        folded = [line for line in seen(view) if line]
        view.tell(session, pages, {5: "all of it"})
        await pilot.pause()
        unfolded = [line for line in seen(view) if line]
    assert folded[0] == "  4 earlier turns"
    assert "▸ Bash  FAILED" in folded[3]
    assert folded[3].endswith("90,000 letters")
    assert folded[-1] == "  2 later turns"
    assert "▼ Bash  tool" in unfolded[3]
    assert "all of it" in unfolded[4]
    assert "89,991 more letters" in unfolded[5]


# Facts, boxes, tabs


def whole(shown: Card, **more: Any) -> Task:
    """A card's task in full."""
    return Task(**({name: getattr(shown, name) for name in Card.__dataclass_fields__} | more))


def test_the_facts_tell_of_everybody_and_of_the_lock() -> None:
    held = card(1, lock=lock("eng-1", left=timedelta(minutes=7, seconds=42)))
    known = Known(
        task=whole(held, pane_id="%12", metadata={"external_id": "J-8", "deep": {}}),
        gate=Gate.HUMAN,
        people=(
            Person(
                type="genie_os_user",
                id="mira",
                role="reviewer",
                permissions={"merge": False, "ok": True},
                since=NOW,
            ),
        ),
        tags=(Tagging(name="Bug", by="ada", at=at(2)), Tagging(name="Idea", by=None, at=NOW)),
        family=Family(parent=None, children=()),
        story=Story(stays=(stay("wish", 2, 1, by="ada"), stay("build", 1, None))),
    )
    view = TaskFacts(ADA, clock=lambda: NOW)
    view._known = known
    lines = texts(view._lay(60))
    assert "held by   ⚿ eng-1 7:42" in lines
    assert "pane      %12  (o goes there)" in lines
    assert "reviewer  mira (genie_os_user), may ok, not merge" in lines
    assert {"tag       Bug, by ada 2h ago", "tag       Idea"} <= set(lines)
    assert "external…  J-8".replace("…  ", "… ") in lines
    assert "  to build by ada" in lines
    view._known = replace(
        known, task=replace(known.task, lock=lock("eng-1", left=-timedelta(minutes=3)))
    )
    assert "held by   ✗ STALE eng-1 +3m" in texts(view._lay(60))


async def test_the_cursor_goes_over_boxes_alone() -> None:
    view = TaskChecklist()
    async with Shown(view).run_test(size=(30, 10)) as pilot:
        view.show("## Must\n- [x] one\ntext\n- [ ] two " + "long " * 10)
        view.focus()
        await pilot.pause()
        assert seen(view)[:3] == [" Must", "▌☑ one", " text"]
        assert (view.go(1), view.go(1), view.done) == (True, False, (1, 2))
        await pilot.pause()
        assert seen(view)[3].startswith("▌☐ two")
        assert view.size.height == 6


def test_tabs_fit_wherever_they_are_and_the_shown_one_stands_in_brackets() -> None:
    tabs = TaskTabs(["Overview", "Comments", "Dependencies", "History", "Transcript", "Raw"])
    tabs.count(1, "12")
    tabs.show(1, (3, 4, 5, 6))
    for width in (200, 120, 80, 60):
        (line,) = tabs.lines(width, 1)
        assert cell_len("".join(text for text, _ in line)) <= width
        assert "[2 Comm" in "".join(text for text, _ in line)
    assert "… → #4 → #5 → #6 → here" in texts(tabs.lines(200, 1))[0]


# Conflicts


def test_only_what_differs_is_told_with_a_line_around_it() -> None:
    mine = [f"line {n}" for n in range(50)]
    theirs = [*mine[:20], "theirs", "and more", *mine[21:]]
    found = differences("\n".join(theirs), "\n".join(mine))
    assert [tuple(row) for row in found] == [
        ("line 19", "line 19", True),
        ("theirs", "line 20", False),
        ("and more", None, False),
        ("line 21", "line 21", True),
    ]
    assert [tuple(row) for row in differences("", "new")] == [(None, "new", False)]


# Text of any kind


def test_text_that_is_meant_to_do_harm_is_harmless_in_every_part() -> None:
    evil = hostile.TEXT[:2000]
    for width in (40, 80):
        said = TaskComments(ADA)
        said.tell(Talk(comments=(comment(1, evil, evil, letters=100_000),)), {1: hostile.TEXT})
        harmless(said.block(said.items[0], width), width)
        harmless(
            TaskRaw().block(Value(column=evil, type="text", text=evil, letters=9), width), width
        )
        spoken = TaskTranscript()
        from genie_tui.ui.widgets.task_transcript import Spoken

        for tool in (None, evil):
            for text in (None, evil):
                item = Spoken(("s", 0), turn(0, evil, evil, tool=tool), text)
                harmless(spoken.block(item, width), width)
        stays = Story(stays=(stay(evil, 2, 1, by=evil, gate=evil, run=evil), stay(evil, 1, None)))
        past = TaskHistory(clock=lambda: NOW)
        past.tell(card(1), None, stays, [], more=False)
        for told in past.items:
            harmless(past.block(told, width), width)
        around = TaskLinks(ADA, clock=lambda: NOW)
        bad = (
            card(2, evil, "wish", stage_name="")
            if False
            else replace(card(2), title=evil, stage=evil)
        )
        row = links((1, 2, "depends_on"))
        graph = Graph.of([card(1), bad], row.rows)
        around.tell(replace(row, graph=graph))
        for one in around.items:
            harmless(around.block(one, width), width)
        boxes = TaskChecklist()
        boxes.show(f"# {evil}\n- [ ] {evil}\n{evil}")
        harmless([line for _, line in boxes._lay(width)], width)
    assert clean(evil).isprintable()
