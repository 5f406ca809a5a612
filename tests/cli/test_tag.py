"""`genie-tui tag`: which tags there are."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli


def test_tags_are_made_listed_changed_and_deleted(cli: Cli) -> None:
    made = cli("tag", "create", "Security Review", "--color", "#EF4444", "--type", "software")
    assert (made.err, made.out) == ("", "made the tag security-review\n")
    cli("task", "create", "one", "--tag", "security-review")
    lines = [line.split() for line in cli("tag", "list").out.splitlines()]
    assert ["security-review", "Security", "Review", "1", "#ef4444", "software"] in lines
    edit = ("tag", "edit", "security review")
    assert cli(*edit).code == 2
    assert cli(*edit, "--color", "#ef4444").out == "nothing changed\n"
    edited = cli(*edit, "--name", "Sec", "--type", "none", "--colour", "#000000", "--json").json
    edited.pop("created_at")
    assert edited == {
        "id": "security-review",
        "name": "Sec",
        "color": "#000000",
        "type_id": None,
        "tasks": 1,
    }
    assert cli("task", "show", "1", "--json").json["tags"] == ["security-review"]
    asked = cli("tag", "delete", "Sec")
    assert asked.code == 4
    assert "This deletes the tag security-review, and takes it off 1 task." in asked.err
    gone = cli("tag", "delete", "Sec", "--yes")
    assert gone.out == "deleted the tag security-review, and took it off 1 task\n"
    assert cli("task", "show", "1", "--json").json["tags"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["create", "bug"], 4, "there is a tag 'bug' already"),
        (["create", " "], 2, "a tag's name is empty"),
        (["create", "x", "--color", "red"], 2, "write one as #rrggbb"),
        (["create", "x", "--type", "nope"], 3, "no task type 'nope'"),
        (["edit", "chore", "--name", "BUG"], 4, "there is a tag 'BUG' already"),
        (["edit", "nope", "--name", "x"], 3, "no tag 'nope'; there are bug, chore"),
        (["delete", "nope", "--yes"], 3, "no tag 'nope'"),
        (["delete", "bug", "--yes", "--read-only"], 4, "--read-only"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    refused = cli("tag", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(cli("tag", "list", "--json").json) == 6


async def test_odd_tags_are_listed(cli: Cli, conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO tags (id, name, color) VALUES ('odd', %s, NULL)", ("\x1b[31m\u202e" * 500,)
    )
    await conn.commit()
    listed = cli("tag", "list")
    assert (listed.code, "\x1b" in listed.out) == (0, False)
    (odd,) = (each for each in cli("tag", "list", "--json").json if each["id"] == "odd")
    assert odd["color"] is None
