"""The shape of exported files, and what is said of files that have another."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain import json_stream
from genie_tui.domain.elsewhere import board_of
from genie_tui.domain.exports import Contents, Format, are_columns
from genie_tui.domain.json_stream import Member, Unstorable, members
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


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1, column 1: it ends in the middle"),
        ("{", "line 1, column 2: it ends in the middle"),
        ('{"tasks": [\n  {"a": 1},\n  {"b" 2}]}', "line 3, column 8: expecting ':' delimiter"),
        ('{"tasks": [\n\n  {"b": 2}\n', "line 4, column 1: it ends in the middle"),
        ('{"a": 1 "b": 2}', "line 1, column 9: a comma or } belongs here"),
        ("{'a': 1}", "line 1, column 2: a name in double quotes belongs here"),
        ('{"a" 1}', "line 1, column 6: a colon belongs here"),
        ('{"a": 1}\n{}', "line 2, column 1: nothing more belongs here"),
        ('{"a": [1, ]}', "line 1, column 11: expecting value"),
        ('{"a": "b\nc"}', "line 1, column 9: invalid control character at"),
    ],
)
def test_what_is_not_json_is_told_with_its_line_and_column(
    monkeypatch: pytest.MonkeyPatch, text: str, where: str
) -> None:
    for chunk in (1, 2, 5, 1000):
        monkeypatch.setattr(json_stream, "CHUNK", chunk)
        with pytest.raises(BadInput) as raised:
            list(members(io.StringIO(text).read))
        assert str(raised.value) == f"it is not JSON at {where}"


def test_what_is_nested_deeply_is_refused() -> None:
    with pytest.raises(BadInput, match="too deeply"):
        list(members(io.StringIO('{"a": ' + "[" * 100_000).read))
    deep: Any = 1
    for _ in range(250):
        deep = [deep]
    assert "nested too deeply to be stored" in said(changed("tasks", 0, "metadata", to=deep))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=5), st.integers(1, 40), st.booleans())
def test_any_object_is_read_alike_however_it_comes(
    value: dict[str, Any], chunk: int, indented: bool
) -> None:
    text = json.dumps(value, indent=2 if indented else None, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        found = list(members(io.StringIO(text).read))
    assembled: dict[str, Any] = {}
    for member in found:
        assert member.key is not None
        if member.index is None:
            assembled[member.key] = json.loads(member.text)
        else:
            assembled.setdefault(member.key, []).append(json.loads(member.text))
    assert assembled == json.loads(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        list(members(io.StringIO(text).read))
    except BadInput as error:
        assert "line" in str(error)  # noqa: PT017


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


def elsewhere(value: object) -> dict[str, Any]:
    """A board that was made elsewhere."""
    return board_of(members(io.StringIO(json.dumps(value)).read))


def test_a_board_made_elsewhere_gets_what_its_columns_lack() -> None:
    board = elsewhere({"name": "Chores", "columns": [{"name": "todo", "mine": 1.5}], "icon": "x"})
    (column,) = board["columns"]
    assert column.pop("id")
    assert column == {
        "name": "todo",
        "label": "todo",
        "gate": "human",
        "action": None,
        "auto_advance": False,
        "transitions": [],
        "roles": ["*"],
        "color": "#94a3b8",
        "parallel": False,
        "on_fail": None,
        "position": 0,
        "mine": 1.5,
    }
    assert set(board) == {"name", "columns"}


def test_columns_keep_their_ids_unless_two_have_the_same() -> None:
    given_ids = ["a", "a", None, "", "b"]
    listed = [{"name": f"{n}", "id": column_id} for n, column_id in enumerate(given_ids)]
    ids = [column["id"] for column in elsewhere(listed)["columns"]]
    assert (ids[0], ids[4]) == ("a", "b")
    assert len(set(ids)) == 5


def test_columns_stand_in_the_order_of_their_positions_if_all_have_one() -> None:
    listed = [{"name": "b", "position": 2}, {"name": "a", "position": 1}]
    assert [column["name"] for column in elsewhere(listed)["columns"]] == ["a", "b"]
    assert [column["name"] for column in elsewhere([*listed, {"name": "c"}])["columns"]] == [
        "b",
        "a",
        "c",
    ]


def test_columns_of_a_template_may_be_text_as_other_clients_write_it() -> None:
    row = {"id": "tmpl-1", "name": "ops", "columns": json.dumps([{"name": "a"}])}
    assert [column["name"] for column in elsewhere(row)["columns"]] == ["a"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (12, "the file: expected a board or a list of columns, found 12"),
        ([], "the file: expected a board or a list of columns, found none"),
        ({}, "columns: expected a list, found nothing"),
        ({"columns": 5}, "columns: expected a list, found 5"),
        ({"columns": []}, "columns: a board has one column at least"),
        ({"columns": ["a"]}, 'columns[0]: expected an object, found "a"'),
        ([{"name": ""}], '[0].name: expected text, found ""'),
        ([{"name": "a"}, {"name": "a"}], '[1].name: "a" is that of [0], too'),
        (
            {"name": 5, "columns": [{"name": "a"}]},
            "name: expected text, found 5",
        ),
        (
            {"columns": [{"name": "a", "roles": "*"}]},
            'columns[0].roles: expected a list of texts, found "*"',
        ),
    ],
)
def test_what_is_no_board_is_told_with_its_path(value: object, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        elsewhere(value)
    assert str(raised.value) == message


@given(
    st.one_of(values, st.lists(st.dictionaries(st.sampled_from(["name", "id", "gate"]), values)))
)
def test_any_value_is_a_board_or_refused(value: object) -> None:
    try:
        board = elsewhere(value)
    except BadInput:
        return
    assert all(column["name"] and column["id"] for column in board["columns"])


def test_a_member_knows_the_text_that_it_was() -> None:
    found = list(members(io.StringIO('{"a": {"b" : 1.10}, "c": [ 1,2 ], "d": []}').read))
    assert [(m.key, m.index, m.text) for m in found] == [
        ("a", None, '{"b" : 1.10}'),
        ("c", 0, "1"),
        ("c", 1, "2"),
        ("d", None, "[]"),
    ]
    assert isinstance(found[0], Member)
