"""The guard against pasted text, and the road that a key takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.events import Key

from genie_tui.ui.burst import Burst, Ruling
from genie_tui.ui.keyboard import Keyboard, Roads


def burst() -> Burst:
    """L, D and Q write, h, j, k and l move, and nothing else does anything."""
    return Burst("LDQ".__contains__, "LDQhjkl".__contains__)


def rulings(keys: str, gap: float) -> list[Ruling]:
    guard = burst()
    held = 0
    found = []
    for at, key in enumerate(keys):
        found.append(guard.rule(key, at * gap, held=held))
        held = held + 1 if found[-1] is Ruling.HOLD else 0
    return found


@pytest.mark.parametrize("pasted", ["Deploy", "jLa", "LLLLL", "LjLjLjLjLj", "see the Docs"])
def test_of_a_pasted_text_no_key_that_writes_is_taken(pasted: str) -> None:
    found = rulings(pasted, 0.001)
    assert found[-1] is Ruling.DROP
    taken = {key for key, ruling in zip(pasted, found, strict=True) if ruling is Ruling.TAKE}
    assert not taken & set("LDQ")


def test_a_text_whose_letters_all_do_something_is_told_by_how_many_there_are() -> None:
    assert rulings("hjklD", 0.001)[-1] is Ruling.DROP


def test_keys_that_move_are_never_dropped_however_fast_they_come() -> None:
    assert set(rulings("jjjjkkkkllll", 0.0005)) == {Ruling.TAKE}


def test_a_few_keys_that_all_do_something_may_come_together() -> None:
    assert Ruling.DROP not in rulings("jjLkD", 0.001)


def test_a_writing_key_that_is_held_down_is_taken_each_time_it_repeats() -> None:
    assert set(rulings("LLLLLLLL", 0.025)) == {Ruling.HOLD}


def test_a_key_that_was_held_back_goes_with_the_burst_behind_it() -> None:
    guard = burst()
    assert guard.rule("D", 0.0, held=0) is Ruling.HOLD
    assert guard.rule("e", 0.001, held=1) is Ruling.DROP
    assert guard.dropped == 2


def test_a_burst_ends_when_it_is_quiet_for_a_moment() -> None:
    guard = burst()
    for at, key in enumerate("Def"):
        guard.rule(key, at * 0.001, held=at)
    assert guard.rule("j", 0.05, held=0) is Ruling.DROP
    assert guard.rule("j", 0.2, held=0) is Ruling.TAKE


class Desk:
    """An application that does what keys say, when it is told that time has passed."""

    def __init__(self) -> None:
        self.acted = ""
        self.dropped = 0
        self.waiting: list[Callable[[], Awaitable[None]]] = []
        roads = Roads(
            act=self._act,
            typed=lambda _: False,
            urgent=lambda event: event.key == "Q",
            soon=self.waiting.append,
            next=self.waiting.append,
            dropped=self._drop,
        )
        self.keyboard = Keyboard(burst(), roads)

    async def _act(self, event: Key) -> None:
        self.acted += event.key

    def _drop(self, count: int) -> None:
        self.dropped = count

    async def press(self, keys: str, gap: float = 0.1) -> None:
        for at, key in enumerate(keys):
            event = Key(key, key)
            event.time = at * gap
            await self.keyboard.press(event)

    async def wait(self) -> None:
        for call in self.waiting:
            await call()
        self.waiting.clear()


async def test_a_key_that_writes_acts_once_nothing_came_behind_it() -> None:
    desk = Desk()
    await desk.press("L")
    assert desk.acted == ""
    await desk.wait()
    assert desk.acted == "L"


async def test_keys_keep_their_order_when_one_was_held_back() -> None:
    desk = Desk()
    await desk.press("Ljj")
    await desk.wait()
    assert desk.acted == "Ljj"


async def test_keys_that_came_together_act_in_their_order() -> None:
    desk = Desk()
    await desk.press("jLk", 0.001)
    await desk.wait()
    assert desk.acted == "jLk"


async def test_of_a_burst_nothing_acts_and_its_length_is_told() -> None:
    desk = Desk()
    await desk.press("Deploy", 0.001)
    await desk.wait()
    assert (desk.acted, desk.dropped) == ("", 6)


async def test_keys_are_kept_while_nothing_can_take_them_and_act_afterwards() -> None:
    desk = Desk()
    desk.keyboard.close()
    await desk.press("jLk")
    await desk.wait()
    assert desk.acted == ""
    desk.keyboard.open()
    await desk.wait()
    assert desk.acted == "jLk"


async def test_kept_keys_can_be_forgotten() -> None:
    desk = Desk()
    desk.keyboard.close()
    await desk.press("jk")
    desk.keyboard.open(forget=True)
    await desk.wait()
    assert desk.acted == ""


async def test_quitting_waits_for_nothing() -> None:
    desk = Desk()
    desk.keyboard.close()
    await desk.press("jQ")
    assert desk.acted == "Q"
