"""Key bindings: their ids, and what tui.toml makes of them."""

from __future__ import annotations

import pytest

from genie_tui.ui import keymap
from genie_tui.ui.keymap import ALL, remap, shown


def test_no_two_keys_clash_as_long_as_nothing_is_remapped() -> None:
    assert list(keymap._clashes({})) == []


def test_every_binding_says_what_it_does() -> None:
    assert [id_ for id_, key in ALL.items() if not key.says] == []


def test_a_binding_gets_the_keys_that_tui_toml_gives_it() -> None:
    changed, complaints = remap({"task.done": "ctrl+k, F"})
    assert complaints == ()
    assert changed.keys("task.done") == ("ctrl+k", "F")
    assert changed.shown("task.done") == "ctrl-k"


def test_two_bindings_can_change_places() -> None:
    changed, complaints = remap({"task.advance": "H", "task.back": "L"})
    assert complaints == ()
    assert (changed.keys("task.advance"), changed.keys("task.back")) == (("H",), ("L",))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"task.advnace": "a"}, "did you mean task.advance?"),
        ({"whatever": "a"}, "? in the program lists them"),
        ({"task.advance": "foo"}, "'foo' is no key"),
        ({"task.advance": "hyperctrl+a"}, "'hyperctrl+a' is no key"),
        ({"task.advance": ""}, "'' is no key"),
        ({"task.advance": "l"}, "both want l; task.advance keeps L"),
        ({"task.done": "f8", "task.move": "f8"}, "task.move and task.done both want f8"),
    ],
)
def test_an_entry_that_cannot_be_had_is_said_and_dropped(wanted: dict[str, str], said: str) -> None:
    changed, complaints = remap({**wanted, "task.comment": "C,ctrl+k", "task.checkout": "f6"})
    assert len(complaints) == 1
    assert said in complaints[0]
    assert changed.keys("task.comment") == ("C", "ctrl+k")


def test_the_key_that_asks_cannot_be_the_one_that_goes_on() -> None:
    _, complaints = remap({"confirm.yes": "X"})
    assert len(complaints) == 1
    assert complaints[0].endswith("both want X; confirm.yes keeps y")


def test_keys_that_write_are_guarded_and_those_that_move_are_not() -> None:
    changed, _ = remap({"task.done": "f8"})
    assert {"L", "n", "f8", "q"} <= changed.guarded
    assert not {"j", "k", "G", "D", "escape", "tab"} & changed.guarded


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("question_mark", "?"),
        ("slash", "/"),
        ("dollar_sign", "$"),
        ("left_square_bracket", "["),
        ("colon", ":"),
        ("ctrl+d", "ctrl-d"),
        ("escape", "esc"),
        ("L", "L"),
        ("f1", "f1"),
    ],
)
def test_a_key_is_shown_as_people_read_it(key: str, read: str) -> None:
    assert shown(key) == read
