"""The strip under the board, and the locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from genie_tui.domain.actors import Kind
from genie_tui.domain.gates import Approval
from genie_tui.domain.tasks import Card, Status, Task
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.details import Details, Glance, standing
from genie_tui.ui.widgets.holders import Holders
from genie_tui.ui.widgets.plain import cell_len
from tests.ui.boards import ADA, BOARD, NOW, card, lock

BUILD = BOARD.columns[1]


class Shown(App[None]):
    """A widget alone."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget


def texts(lines: Sequence[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def facts(shown: Card) -> list[str]:
    return [text for text, _ in standing(shown, BUILD, ADA, NOW)]


def whole(shown: Card, **more: Any) -> Task:
    fields = {name: getattr(shown, name) for name in Card.__dataclass_fields__}
    return Task(**(fields | more))


def test_a_lock_tells_who_holds_it_and_for_how_long() -> None:
    held = card(1, stage="build", lock=lock("eng-1", left=timedelta(minutes=7, seconds=42)))
    assert {"locked by eng-1 7:42", "run agent-eng-1"} <= set(facts(held))
    stale = replace(held, lock=lock("eng-1", left=-timedelta(minutes=14)))
    assert "STALE eng-1 +14m" in facts(stale)


def test_what_blocks_a_task_and_whose_word_it_waits_for_is_told() -> None:
    blocked = card(1, stage="build", status=Status.BLOCKED, blocked_reason="no key")
    assert "blocked: no key" in facts(blocked)
    asked = Approval(kind=Kind.AGENT, actor_id="eng-1", at=NOW - timedelta(hours=3))
    assert "waits for a human 3h" in facts(card(1, stage="build", approvals=(asked,)))


@pytest.mark.parametrize("height", [3, 4])
async def test_the_strip_fills_its_frame_at_any_width(height: int) -> None:
    strip = Details(ADA, clock=lambda: NOW)
    held = card(47, "token refresh", stage="build", lock=lock("eng-1", left=timedelta(minutes=5)))
    glance = Glance(
        whole=whole(held, acceptance_criteria="- [ ] refresh survives\n- [ ] no double login"),
        last_by="eng-1",
        last="tests green, opening PR",
    )
    async with Shown(strip).run_test():
        for shown in (None, glance):
            strip.show(held, BUILD, shown)
            for width in range(61, 200):
                lines = texts(strip.lines(width, height))
                assert [cell_len(line) for line in lines] == [width] * height, width
                assert "#47 token" in lines[0]


async def test_the_strip_tells_criteria_and_the_last_comment() -> None:
    strip = Details(ADA, clock=lambda: NOW)
    shown = card(47, "token refresh", stage="build")
    task = whole(shown, acceptance_criteria="- [ ] one\n- [x] two\n")
    async with Shown(strip).run_test():
        strip.show(shown, BUILD, Glance(whole=task, last_by="eng-1", last="done"))
        assert 'AC: [ ] one; [x] two   last: eng-1: "done"' in texts(strip.lines(120, 3))[1]


async def test_locks_are_listed_with_those_on_top_that_are_over() -> None:
    view = Holders(ADA, clock=lambda: NOW)
    async with Shown(view).run_test(size=(40, 10)):
        view.show(
            (
                card(1, "first", lock=lock("eng-1", left=timedelta(minutes=5))),
                card(2, "second", lock=lock("eng-3", left=-timedelta(minutes=14))),
            )
        )
        rule, stale, held = texts(view.lines(40, 3))
    assert rule.startswith("─ agents ──")
    assert stale.startswith(" ✗ eng-3 #2 second")
    assert stale.endswith("STALE +14m ")
    assert held.endswith("5:00 ")
    assert {cell_len(line) for line in (rule, stale, held)} == {40}
