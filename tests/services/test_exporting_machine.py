"""Any project comes back as it was; any change of a file is taken, or refused with its place."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from genie_tui.domain.json_stream import members
from genie_tui.domain.shapes import WrongShape
from genie_tui.errors import BadInput, GenieError
from genie_tui.services import exporting
from tests.services.projects_made import counts, exported, imported, make_project

TIMES = st.one_of(
    st.sampled_from(["infinity", "-infinity", "4001-02-29T12:00:00.000001Z BC"]),
    st.datetimes().map(lambda time: f"{time:%Y}".zfill(4) + f"{time:-%m-%dT%H:%M:%S.%f}Z"),
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**31), 2**31 - 2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.sampled_from([0.5, 1.25e-7]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ACTOR_TYPES = st.sampled_from(["local", "genie_os_user", "omni_agent"])
SPEAKERS = ACTOR_TYPES | st.just("system")
STAGES = st.sampled_from(["draft", "build", "nowhere", ""])


def rows_of(row: st.SearchStrategy[dict[str, Any]], *key: str) -> st.SearchStrategy[Any]:
    """Up to three rows with different keys."""
    return st.lists(row, max_size=3, unique_by=lambda found: tuple(found[name] for name in key))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Or null."""
    return st.none() | strategy


def row(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object."""
    return st.fixed_dictionaries(fields)


ACTOR = row(actor_type=ACTOR_TYPES, actor_id=TEXTS, role=TEXTS, permissions=JSON, created_at=TIMES)
TAG = row(
    tag_id=st.sampled_from(["bug", "odd"]),
    added_by_type=maybe(TEXTS),
    added_by_id=maybe(TEXTS),
    created_at=TIMES,
)
MOVE = row(
    from_stage=maybe(TEXTS),
    to_stage=TEXTS,
    actor_type=maybe(TEXTS),
    actor_id=maybe(TEXTS),
    run_id=maybe(TEXTS),
    gate_type=maybe(TEXTS),
    created_at=TIMES,
)
WORD = row(
    stage=STAGES,
    kind=st.sampled_from(["human", "agent"]),
    actor_type=ACTOR_TYPES,
    actor_id=TEXTS,
    created_at=TIMES,
)
EVENT = row(event_type=TEXTS, actor=maybe(TEXTS), details=JSON, created_at=TIMES)
MEMBER = row(
    actor_type=ACTOR_TYPES,
    actor_id=TEXTS,
    role=st.sampled_from(["member", "admin", "read_only"]),
    joined_at=TIMES,
)
MESSAGE = row(
    sender_type=SPEAKERS,
    sender_id=TEXTS,
    body=TEXTS,
    metadata=JSON,
    created_at=TIMES,
    updated_at=TIMES,
)
TALK = row(
    name=maybe(TEXTS),
    type=st.sampled_from(["dm", "group"]),
    created_by_type=maybe(SPEAKERS),
    created_by_id=maybe(TEXTS),
    metadata=JSON,
    created_at=TIMES,
    updated_at=TIMES,
    members=rows_of(MEMBER, "actor_type", "actor_id"),
    messages=st.lists(MESSAGE, max_size=3),
)
OPTIONAL = (
    "wish_file",
    "description",
    "acceptance_criteria",
    "estimated_effort",
    "blocked_reason",
    "release_id",
    "checkout_run_id",
    "session_id",
    "pane_id",
    "trace_id",
    "column_id",
)
TASK = row(
    seq=NUMBERS,
    in_project=st.booleans(),
    repo_path=st.sampled_from(["/src/acme", "/src/lib"]),
    genie_os_folder_id=maybe(st.uuids().map(str)),
    **dict.fromkeys(OPTIONAL, maybe(TEXTS)),
    title=TEXTS,
    type_id=st.sampled_from(["software", "odd"]),
    stage=STAGES,
    status=st.sampled_from(["blocked", "ready", "in_progress", "done", "failed", "cancelled"]),
    priority=st.sampled_from(["urgent", "high", "normal", "low"]),
    start_date=maybe(TIMES),
    due_date=maybe(TIMES),
    started_at=maybe(TIMES),
    ended_at=maybe(TIMES),
    execution_locked_at=maybe(TIMES),
    checkout_timeout_ms=maybe(NUMBERS),
    metadata=JSON,
    created_at=TIMES,
    updated_at=TIMES,
    board_id=st.sampled_from([None, "board-1", "shared:0"]),
    actors=rows_of(ACTOR, "actor_type", "actor_id", "role"),
    tags=rows_of(TAG, "tag_id"),
    stage_log=st.lists(MOVE, max_size=3),
    approvals=rows_of(WORD, "stage", "kind"),
    history=st.lists(EVENT, max_size=2),
)
COLUMNS = st.lists(
    row(name=TEXTS.filter(bool), position=maybe(NUMBERS), theirs=JSON), max_size=3
) | st.just([{"name": "build", "id": "c-1"}, {"name": "draft"}])


@st.composite
def projects_made(draw: st.DrawFn) -> dict[str, Any]:
    """A file of a project, in which everything may be odd."""
    made = draw(st.lists(TASK, max_size=5))
    for place, task in enumerate(made):
        task["id"] = f"task-{place:08x}"
        task["in_project"] |= task["repo_path"] != "/src/acme"
        if place and draw(st.booleans()):
            task["parent_id"] = made[draw(st.integers(0, place - 1))]["id"]
            task["group_name"] = draw(st.none() | st.just(f"g{place}"))
        others = [other for other in range(len(made)) if other != place]
        chosen = draw(st.sets(st.sampled_from(others), max_size=2)) if others else set()
        task["dependencies"] = [
            {
                "depends_on_id": f"task-{other:08x}",
                "dep_type": draw(st.sampled_from(["depends_on", "blocks", "relates_to"])),
                "created_at": draw(TIMES),
            }
            for other in sorted(chosen)
        ]
        task["conversations"] = draw(talks(task["id"]))
    return {
        "genie": {"format": "project", "version": 1, "history": True},
        "project": {"id": "proj-1", "name": "acme", "repo_path": "/src/acme"}
        | draw(row(description=maybe(TEXTS), created_at=TIMES)),
        "task_types": [
            {"id": "odd", "name": "Odd", "description": draw(maybe(TEXTS)), "icon": None}
            | draw(stored("stages")),
            SOFTWARE,
        ],
        "tags": [
            {"id": "bug", "name": "Bug", "color": "#ef4444", "type_id": None},
            {"id": "odd", "name": "", "color": None, "type_id": "odd"},
        ],
        "shared_boards": [
            {"name": "All", "project": None, "description": None, "config": draw(JSON)}
            | {"columns": [{"name": "draft"}, {"name": "build", "deep": [1, {}]}]}
        ],
        "boards": [
            {"id": "board-1", "name": "Sprint", "description": None, "config": draw(JSON)}
            | draw(row(created_at=TIMES, updated_at=TIMES))
            | draw(stored("columns"))
        ],
        "tasks": made,
    }


def stored(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Columns, or what stands in their place."""
    return COLUMNS.map(lambda columns: {name: columns}) | st.sampled_from(
        [{f"stored_{name}": value} for value in (5, "x", None, [1])]
    )


@st.composite
def talks(draw: st.DrawFn, task_id: str) -> list[dict[str, Any]]:
    """A task's conversations: the second hangs on a message of the first."""
    made = draw(st.lists(TALK, max_size=2))
    number = 0
    for place, talk in enumerate(made):
        talk |= {"id": f"conv-{task_id}-{place}", "parent_message": None}
        talk |= {"linked_entity": "task", "linked_entity_id": task_id}
        if place and number and draw(st.booleans()):
            talk["parent_message"] = draw(st.integers(1, number))
            talk |= {"linked_entity": None, "linked_entity_id": draw(maybe(TEXTS))}
        for message in talk["messages"]:
            number += 1
            before = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
            message |= {"number": number, "reply_to": before}
    return made


SOFTWARE: dict[str, Any] = {
    "id": "software",
    "name": "S",
    "description": None,
    "icon": None,
    "stages": [],
}


def swept(value: Any) -> Any:
    """A file's value without what does not matter: the order of rows that have none."""
    if isinstance(value, dict):
        return {name: swept(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        items = [swept(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def run(work: Callable[[AsyncConnection], Coroutine[Any, Any, None]], dsn: str) -> None:
    """Do something in a transaction that is rolled back."""

    async def undone() -> None:
        async with await AsyncConnection.connect(dsn) as conn:
            try:
                await work(conn)
            finally:
                await conn.rollback()

    asyncio.run(undone())


async def written(conn: AsyncConnection, project_id: str) -> str:
    """A project's file, out of the middle of a transaction."""
    pieces: list[str] = []
    await exporting.export_project(conn, project_id, pieces.append, history=True)
    return "".join(pieces)


CHECKED = settings(deadline=None, suppress_health_check=list(HealthCheck))


def test_any_project_comes_back_as_it_was(dsn: str) -> None:
    @settings(CHECKED, max_examples=25)
    @given(projects_made())
    def holds(file: dict[str, Any]) -> None:
        first = ""

        async def there(conn: AsyncConnection) -> None:
            nonlocal first
            await conn.execute("UPDATE task_types SET id = 'software', name = 'S'")
            await conn.execute(
                "UPDATE task_types SET description = NULL, icon = NULL, stages = '[]'"
            )
            await imported(conn, file)
            first = await written(conn, "proj-1")
            used = {name: swept(file[name]) for name in ("project", "boards", "tasks")}
            found = json.loads(first)
            assert {name: swept(found[name]) for name in used} == used

        async def back(conn: AsyncConnection) -> None:
            await conn.execute(
                "UPDATE task_types SET name = 'S', description = NULL, icon = NULL, stages = '[]'"
            )
            await imported(conn, first)
            assert await written(conn, "proj-1") == first

        run(there, dsn)
        run(back, dsn)

    holds()


NONSENSE: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 2**40, 1.5, "", "x", "\0", "\ud800", "infinity", [], {}, [1], {"a": 1}]
) | st.sampled_from(
    [[[]], "shared:0", "shared:9", "task-00000001", "1" * 3000, [None], [{}], ["a"]]
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values in a value."""
    found = [at] if at else []
    if isinstance(value, dict):
        for name, item in value.items():
            found += places(item, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*at, index))
    return found


def test_a_file_that_was_changed_anywhere_is_taken_or_refused_with_its_place(dsn: str) -> None:
    text = ""

    async def make_file(conn: AsyncConnection) -> None:
        nonlocal text
        text = await exported(conn, await make_project(conn), history=True)

    run(make_file, dsn)
    value = json.loads(text)
    value["project"] |= {"name": "copy", "repo_path": "/src/copy"}
    for task in value["tasks"]:
        task["repo_path"] = "/src/copy"
    everywhere = places(value)

    @settings(CHECKED, max_examples=100)
    @given(st.sampled_from(everywhere), NONSENSE | st.just(...))
    def holds(path: tuple[str | int, ...], nonsense: object) -> None:
        changed = copy.deepcopy(value)
        place: Any = changed
        for part in path[:-1]:
            place = place[part]
        if nonsense is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = nonsense
        run(lambda conn: taken_or_refused(conn, changed), dsn)

    holds()


async def taken_or_refused(conn: AsyncConnection, file: dict[str, Any]) -> None:
    """Import a file; where it is refused, nothing is left, and it is said why."""
    before = await counts(conn)
    try:
        done = await imported(conn, file)
    except GenieError as error:
        said = error
    else:
        assert await written(conn, done.id)
        return
    assert isinstance(said, WrongShape) or EXPECTED.search(str(said)), said
    await conn.rollback()
    assert await counts(conn) == before


EXPECTED = re.compile("newer genie-tui|file of a board|not like the file's|already")


def test_a_file_that_is_cut_off_anywhere_is_no_file() -> None:
    text = json.dumps({"genie": {"format": "board", "version": 1}, "tags": [], "tasks": []})
    for end in range(len(text)):
        with pytest.raises(BadInput, match="it is not JSON at line 1, column "):
            list(members(io.StringIO(text[:end]).read))
