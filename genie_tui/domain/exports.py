"""The files that exports write and imports read: their format, and whether a file has it.

A file is one JSON object. Its first member says what it is:

    genie         {format: "project" or "board", version, history}

A project's file goes on with, each row on a line of its own, fields named as the columns are:

    project       the row
    task_types    those that its tasks or tags are of, without times
    tags          those that its tasks have, without times
    shared_boards those that its tasks stand on and that are not its own: global ones (`project`
                  null), or other projects'
    boards        its own, the columns as they stand in the row
    tasks         by repository and number, each with all that belongs to it: actors, tags,
                  dependencies, stage_log, approvals, conversations with members and messages, and
                  with history audit rows (without what undo needs: what was done elsewhere is not
                  undone here)

A board's file has `board`, and where its tasks go with it `task_types`, `tags` and `tasks`.

Ids that a database draws by counting are not carried: the order of rows stands for them, and
messages are numbered within their task (`reply_to`, `parent_message`). What is shared with other
projects has another id in each database: a shared board is known by its name, its columns have
no ids, and tasks refer to them as `shared:N`, the Nth of the list from 0. Times are in UTC with
microseconds. Columns or stages that are none, as other clients may store them, are carried under
`stored_columns` or `stored_stages`, and not looked at.

Keys are in the order of PostgreSQL's jsonb; the same rows make the same file, byte for byte.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from genie_tui.domain.boards import decoded
from genie_tui.domain.export_shapes import (
    BOARD,
    COLUMN,
    HEAD,
    OWNER,
    PROJECT,
    SHARED_BOARD,
    TAG,
    TASK,
    TASK_TYPE,
)
from genie_tui.domain.json_stream import Member
from genie_tui.domain.shapes import (
    Path,
    Shape,
    WrongShape,
    check,
    check_storable,
    check_unique,
    found,
    rows,
)
from genie_tui.errors import BadInput

__all__ = ["SHARED", "VERSION", "Contents", "Format", "NoObject", "are_columns"]

Format: TypeAlias = Literal["project", "board"]

VERSION = 1

SHARED = "shared:"
"""How the ids of shared boards, and of their columns, begin in a file."""

_BESIDE = {"task_types": TASK_TYPE, "tags": TAG, "tasks": TASK}

LISTS: dict[Format, dict[str, Shape]] = {
    "project": {**_BESIDE, "shared_boards": SHARED_BOARD, "boards": BOARD},
    "board": _BESIDE,
}
"""The lists of a file, by its format; what it is about is one object under the format's name."""

SINGLE: dict[Format, Shape] = {"project": PROJECT, "board": BOARD}


def are_columns(value: Any) -> bool:
    """Are these the columns of a board, or the stages of a type, as the contract has them?"""
    try:
        check({"columns": value}, Shape(fields={"columns": rows(COLUMN, as_text=True)}), ())
        listed = decoded(value)
        check_storable(listed, str(value), ())
    except (WrongShape, RecursionError):
        return False
    return value is not None


class NoObject(BadInput):
    """The file holds a list, or less: `it is not a file that …`."""


class Contents:
    """What a file holds, taken member by member and looked at; tasks are given on, not kept."""

    def __init__(self, format_: Format) -> None:
        self.format = format_
        self.head: dict[str, Any] | None = None
        self.tasks = 0
        self.repo_paths: set[str] = set()
        self._loose: dict[str, Path] = {}
        self._lists = LISTS[format_]
        self._members: dict[str, list[Member]] = {}
        self._keys: set[str] = set()
        self._task_ids: set[str] = set()
        self._groups: set[tuple[str, str]] = set()
        self._conversations: set[str] = set()
        self._used: dict[tuple[str, str], Path] = {}

    def take(self, member: Member) -> bool:
        """Look at a member; is it a task?

        Raises:
            WrongShape: it is not what belongs there.
            BadInput: the file is none of this format, or of a newer version.
        """
        key, index = member.key, member.index
        if key is None:
            raise NoObject("it is not a file that genie-tui has exported: it holds no object")
        if index in (None, 0):
            if key in self._keys:
                raise WrongShape((key,), "it is there twice; leave one out")
            self._keys.add(key)
        if key == "genie":
            self._take_head(member)
        elif key == self.format:
            self._take_single(member)
        elif key in self._lists:
            return self._take_row(key, member)
        else:
            raise WrongShape((key,), "nothing of that name belongs here")
        return False

    def finish(self) -> None:
        """Look at what only the whole file tells.

        Raises:
            WrongShape: something is missing, or refers to what is not there.
        """
        if self.head is None:
            raise WrongShape(("genie",), "missing; a file that genie-tui exports begins with it")
        if self.format not in self._members:
            raise WrongShape((self.format,), "expected an object, found nothing")
        for name, shape in self._lists.items():
            if shape.key:
                check_unique([row for row, _ in self.rows(name)], shape.key, (name,))
        check_unique([row for row, _ in self.rows("boards")], ("name",), ("boards",))
        for repo_path, path in self._loose.items():
            if self.format == "project" and repo_path != self.single[0].get("repo_path"):
                why = "false, but the task is not in the project's repository, either"
                raise WrongShape(path, why)
        there = {
            "task_types": {row["id"] for row, _ in self.rows("task_types")},
            "tags": {row["id"] for row, _ in self.rows("tags")},
            "boards": self._board_ids(),
        }
        for (name, wanted), path in self._used.items():
            if wanted not in there[name]:
                raise WrongShape(path, f"{found(wanted)} is not among the file's {name}")

    @property
    def single(self) -> tuple[dict[str, Any], str]:
        """The project or board that the file is about, and its text."""
        member = self._members[self.format][0]
        return member.value, member.text

    def rows(self, name: str) -> list[tuple[dict[str, Any], str]]:
        """The rows of a list other than the tasks, and their texts."""
        return [(member.value, member.text) for member in self._members.get(name, ())]

    def _board_ids(self) -> set[str]:
        if self.format == "board":
            return {self.single[0]["id"]}
        shared = {f"{SHARED}{place}" for place in range(len(self.rows("shared_boards")))}
        return shared | {row["id"] for row, _ in self.rows("boards")}

    def _take_head(self, member: Member) -> None:
        path = ("genie",)
        if member.index is not None or type(member.value) is not dict:
            raise WrongShape(path, f"expected an object, found {_kind(member)}")
        version = member.value.get("version")
        if type(version) is int and version > VERSION:
            raise BadInput(
                f"a newer genie-tui has made it (version {version} of the format; this one reads"
                f" {VERSION}); update genie-tui"
            )
        check(member.value, HEAD, path)
        if version != VERSION:
            raise WrongShape((*path, "version"), f"expected {VERSION}, found {found(version)}")
        if (format_ := member.value["format"]) != self.format:
            command = "genie-tui import" if format_ == "project" else "genie-tui board import"
            raise BadInput(f"it is the file of a {format_}; '{command} FILE' reads it")
        self.head = member.value

    def _take_single(self, member: Member) -> None:
        path = (self.format,)
        if member.index is not None:
            raise WrongShape(path, f"expected an object, found {_kind(member)}")
        check(member.value, SINGLE[self.format], path)
        check_storable(member.value, member.text, path)
        self._members[self.format] = [member]

    def _take_row(self, key: str, member: Member) -> bool:
        if member.index is None:
            if member.value != []:
                raise WrongShape((key,), f"expected a list, found {found(member.value)}")
            return False
        path = (key, member.index)
        check(member.value, self._lists[key], path)
        check_storable(member.value, member.text, path)
        if key == "tasks":
            self._take_task(member.value, path)
            return True
        if key == "shared_boards" and member.value.get("project") is not None:
            check(member.value["project"], OWNER, (*path, "project"))
        if key == "tags" and member.value.get("type_id") is not None:
            self._use("task_types", member.value["type_id"], (*path, "type_id"))
        self._members.setdefault(key, []).append(member)
        return False

    def _take_task(self, task: dict[str, Any], path: Path) -> None:
        self.tasks += 1
        self.repo_paths.add(task["repo_path"])
        if task.get("in_project") is False:
            self._loose.setdefault(task["repo_path"], (*path, "in_project"))
        self._once(self._task_ids, task["id"], (*path, "id"))
        parent, group = task.get("parent_id"), task.get("group_name")
        if parent is not None and group is not None:
            self._once(self._groups, (parent, group), (*path, "group_name"))
        self._use("task_types", task["type_id"], (*path, "type_id"))
        if task.get("board_id") is not None:
            self._use("boards", task["board_id"], (*path, "board_id"))
        for index, tag in enumerate(task.get("tags") or ()):
            self._use("tags", tag["tag_id"], (*path, "tags", index, "tag_id"))
        for index, other in enumerate(task.get("dependencies") or ()):
            if other["depends_on_id"] == task["id"]:
                place = (*path, "dependencies", index, "depends_on_id")
                raise WrongShape(place, "it is the task itself, which cannot wait for itself")
        if task.get("conversations"):
            self._take_conversations(task["conversations"], (*path, "conversations"))

    def _take_conversations(self, listed: list[dict[str, Any]], path: Path) -> None:
        """Messages are numbered through all conversations of a task."""
        numbers: set[int] = set()
        for place, talk in enumerate(listed):
            self._once(self._conversations, talk["id"], (*path, place, "id"))
            for index, message in enumerate(talk.get("messages") or ()):
                where = (*path, place, "messages", index)
                self._once(numbers, message["number"], (*where, "number"))
                if message.get("reply_to") == message["number"]:
                    raise WrongShape((*where, "reply_to"), "it is the message itself")
        for place, talk in enumerate(listed):
            _check_number(talk.get("parent_message"), numbers, (*path, place, "parent_message"))
            for index, message in enumerate(talk.get("messages") or ()):
                where = (*path, place, "messages", index, "reply_to")
                _check_number(message.get("reply_to"), numbers, where)

    def _once(self, seen: set[Any], value: Any, path: Path) -> None:
        if value in seen:
            shown = value[-1] if isinstance(value, tuple) else value
            raise WrongShape(path, f"{found(shown)} is there twice")
        seen.add(value)

    def _use(self, name: str, wanted: str, path: Path) -> None:
        self._used.setdefault((name, wanted), path)


def _check_number(number: int | None, numbers: set[int], path: Path) -> None:
    if number is not None and number not in numbers:
        raise WrongShape(path, f"the task has no message {number}")


def _kind(member: Member) -> str:
    return "a list" if member.index is not None else found(member.value)
