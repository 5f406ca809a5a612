"""The shape of exported files, and what is said of files that have another."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest

from genie_tui.domain.exports import Contents, Format, are_columns
from genie_tui.domain.json_stream import Unstorable, members
from genie_tui.domain.shapes import moment
from genie_tui.errors import BadInput

TIME = "2026-03-01T10:00:00.000000Z"

PROJECT: dict[str, Any] = {
    "genie": {"format": "project", "version": 1, "history": False},
    "project": {"id": "proj-1", "name": "acme", "repo_path": "/src/acme", "created_at": TIME},
    "task_types": [{"id": "software", "name": "Software", "stages": [{"name": "draft"}]}],
    "tags": [{"id": "bug", "name": "Bug", "type_id": "software"}],
    "shared_boards": [{"name": "Everybody's", "project": None, "columns": [{"name": "draft"}]}],
    "boards": [
        {
            "id": "board-1",
            "name": "Sprint",
            "columns": [{"id": "c", "name": "build", "gate": "agent", "ours": [1.5]}],
            "created_at": TIME,
            "updated_at": TIME,
        }
    ],
    "tasks": [
        {
            "id": "task-1",
            "seq": 1,
            "repo_path": "/src/acme",
            "title": "a task",
            "type_id": "software",
            "stage": "build",
            "status": "ready",
            "priority": "normal",
            "board_id": "board-1",
            "metadata": {"any": ["thing", 1e300]},
            "created_at": TIME,
            "updated_at": TIME,
            "actors": [
                {"actor_type": "local", "actor_id": "ada", "role": "creator", "created_at": TIME}
            ],
            "tags": [{"tag_id": "bug", "created_at": TIME}],
            "dependencies": [{"depends_on_id": "task-9", "dep_type": "blocks", "created_at": TIME}],
            "conversations": [
                {
                    "id": "conv-1",
                    "type": "group",
                    "created_at": TIME,
                    "updated_at": TIME,
                    "messages": [
                        {
                            "number": 1,
                            "sender_type": "local",
                            "sender_id": "ada",
                            "body": "hello",
                            "created_at": TIME,
                            "updated_at": TIME,
                        }
                    ],
                }
            ],
        }
    ],
}


def taken(text: str, format_: Format = "project") -> Contents:
    """What is found in a file."""
    contents = Contents(format_)
    for member in members(io.StringIO(text).read):
        contents.take(member)
    contents.finish()
    return contents


def said(file: Any, format_: Format = "project") -> str:
    """What is wrong with a file."""
    with pytest.raises(BadInput) as raised:
        taken(file if isinstance(file, str) else json.dumps(file), format_)
    return str(raised.value)


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The file, with one value changed."""
    file = copy.deepcopy(PROJECT)
    place: Any = file
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return file


def test_a_file_is_taken_whatever_the_order_of_its_members_and_its_white_space() -> None:
    for text in (
        json.dumps(PROJECT),
        json.dumps(PROJECT, indent=4),
        json.dumps(dict(reversed(PROJECT.items()))),
        json.dumps(PROJECT, separators=(",", ":"), sort_keys=True),
    ):
        contents = taken(text)
        assert contents.tasks == 1
        assert contents.single[0] == PROJECT["project"]
        assert json.loads(contents.rows("boards")[0][1]) == PROJECT["boards"][0]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("tasks", 0, "stage"), 12, "tasks[0].stage: expected text, found 12"),
        (("tasks", 0, "stage"), None, "tasks[0].stage: expected text, found null"),
        (("tasks", 0, "seq"), "1", 'tasks[0].seq: expected a whole number, found "1"'),
        (("tasks", 0, "seq"), 2**31, "tasks[0].seq: expected a whole number, found 2147483648"),
        (("tasks", 0, "seq"), True, "tasks[0].seq: expected a whole number, found true"),
        (("tasks", 0, "titel"), "", "tasks[0].titel: nothing of that name belongs here"),
        (
            ("tasks", 0, "priority"),
            "high!",
            'tasks[0].priority: expected urgent, high, normal or low, found "high!"',
        ),
        (
            ("tasks", 0, "created_at"),
            "2026-02-30T10:00:00Z",
            'tasks[0].created_at: expected a time, found "2026-02-30T10:00:00Z"',
        ),
        (("tasks", 0, "actors"), {}, "tasks[0].actors: expected a list, found an object"),
        (
            ("tasks", 0, "actors", 0, "actor_type"),
            "cat",
            "tasks[0].actors[0].actor_type: expected local, genie_os_user or omni_agent,"
            ' found "cat"',
        ),
        (
            ("tasks", 0, "conversations", 0, "messages", 0, "reply_to"),
            7,
            "tasks[0].conversations[0].messages[0].reply_to: the task has no message 7",
        ),
        (
            ("tasks", 0, "dependencies", 0, "depends_on_id"),
            "task-1",
            "tasks[0].dependencies[0].depends_on_id: it is the task itself, which cannot wait for"
            " itself",
        ),
        (
            ("tasks", 0, "board_id"),
            "board-2",
            'tasks[0].board_id: "board-2" is not among the file\'s boards',
        ),
        (
            ("tasks", 0, "tags", 0, "tag_id"),
            "x",
            'tasks[0].tags[0].tag_id: "x" is not among the file\'s tags',
        ),
        (
            ("tasks", 0, "metadata", "any"),
            "a\0b",
            "tasks[0].metadata.any: holds characters that cannot be stored; leave them out",
        ),
        (
            ("tasks", 0, "metadata", "a b"),
            ["\ud800"],
            'tasks[0].metadata["a b"][0]: holds characters that cannot be stored; leave them out',
        ),
        (
            ("boards", 0, "columns", 0, "gate"),
            "robot",
            'boards[0].columns[0].gate: expected human, agent or human+agent, found "robot"',
        ),
        (("boards", 0, "columns"), 5, "boards[0].columns: expected a list, found 5"),
        (
            ("boards", 0, "columns", 0, "transitions"),
            [{"event": "advance"}],
            "boards[0].columns[0].transitions[0].target: expected text, found nothing",
        ),
        (("project", "name"), "", 'project.name: expected text, found ""'),
        (("project",), [], "project: expected an object, found a list"),
        (("tasks",), 5, "tasks: expected a list, found 5"),
        (("more",), 5, "more: nothing of that name belongs here"),
        (("genie", "version"), 0, "genie.version: expected 1, found 0"),
        (("genie",), 1, "genie: expected an object, found 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    assert said(changed(*path, to=value)) == message


@pytest.mark.parametrize("name", ["genie", "project"])
def test_what_a_file_needs_is_missed(name: str) -> None:
    file = {key: value for key, value in PROJECT.items() if key != name}
    assert said(file).startswith(f"{name}: ")


@pytest.mark.parametrize("name", ["tasks", "boards", "tags", "task_types"])
def test_no_two_rows_have_one_id(name: str) -> None:
    assert said(changed(name, to=PROJECT[name] * 2)).startswith(f"{name}[1]")


def test_a_list_that_is_there_twice_is_wrong() -> None:
    text = json.dumps(PROJECT)
    assert said(f'{text[:-1]}, "tags": []}}') == "tags: it is there twice; leave one out"


def test_files_of_a_newer_version_and_of_another_kind_say_so() -> None:
    assert "newer genie-tui" in said(changed("genie", "version", to=2))
    assert "genie-tui import" in said(PROJECT, "board")
    assert "genie-tui board import" in said(changed("genie", "format", to="board"))


def test_what_is_nested_deeply_is_refused() -> None:
    with pytest.raises(BadInput, match="too deeply"):
        list(members(io.StringIO('{"a": ' + "[" * 100_000).read))
    deep: Any = 1
    for _ in range(250):
        deep = [deep]
    assert "nested too deeply to be stored" in said(changed("tasks", 0, "metadata", to=deep))


@pytest.mark.parametrize("number", ["1e140000", "1e-20000", "NaN", "1" * 132_000])
def test_numbers_that_no_database_holds_are_found(number: str) -> None:
    (member,) = members(io.StringIO(f'{{"n": {number}}}').read)
    assert isinstance(member.value, Unstorable)
    text = json.dumps(changed("tasks", 0, "metadata", to="NUMBER"))
    message = said(text.replace('"NUMBER"', f'{{"n": {number}}}'))
    assert message.startswith("tasks[0].metadata.n: expected a number that can be stored")


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("infinity", True),
        ("-infinity", True),
        (TIME, True),
        ("2026-03-01T10:00:00+02:00", True),
        ("4001-02-29T12:00:00.000001Z BC", True),
        ("4000-02-29T12:00:00Z BC", False),
        ("294276-12-31T23:59:59.999999Z", True),
        ("294277-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59+00:00", False),
        ("0000-01-01T00:00:00Z", False),
        ("2026-03-01", False),
        ("2026-03-01T10:00:00", False),
        ("2026-03-01T24:00:01Z", False),
        ("now", False),
        ("", False),
        (5, False),
    ],
)
def test_times_are_those_that_postgresql_holds(value: object, fits: bool) -> None:
    assert moment().test(value) is fits


@pytest.mark.parametrize(
    ("value", "are"),
    [
        ([], True),
        ([{"name": "a"}], True),
        ('[{"name": "a"}]', True),
        (None, False),
        (5, False),
        ("x", False),
        ([1], False),
        ([{"id": "no name"}], False),
        ([{"name": "a", "gate": "robot"}], False),
    ],
)
def test_columns_are_told_from_what_is_none(value: object, are: bool) -> None:
    assert are_columns(value) is are
