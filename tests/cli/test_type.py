"""`genie-tui type`: task types and their stages, as a user or a script changes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make_board, row_of

RESEARCH = ("type", "create", "Research", "--stages", "question,reading,answer")


def stages(cli: Cli, name: str = "research") -> list[str]:
    """The names of a type's stages."""
    return [stage["name"] for stage in cli("type", "show", name, "--json").json["stages"]]


def test_types_are_made_listed_and_shown(cli: Cli) -> None:
    made = cli(*RESEARCH, "--description", "why", "--icon", "book")
    assert (made.err, made.out) == ("", "made the type research: question, reading, answer\n")
    assert cli("task", "create", "why", "--type", "research").out == "#1 made in question\n"
    lines = cli("type", "list").out.splitlines()
    assert lines[2].split() == ["Research", "research", "1", "question,", "reading,", "answer"]
    listed = cli("type", "list", "--json").json
    assert [(each["id"], each["tasks"]) for each in listed] == [("software", 0), ("research", 1)]
    shown = cli("type", "show", "Software Development").out
    assert "Genie" in shown
    assert ["build", "Build", "[A»]", "/work", "*"] in [line.split() for line in shown.splitlines()]


def test_a_type_is_changed_stage_by_stage(cli: Cli) -> None:
    cli(*RESEARCH)
    task = cli("task", "create", "why", "--type", "research", "--stage", "reading", "--json").json
    edit = ("type", "edit", "research")
    renamed = cli(*edit, "--rename-stage", "reading=study", "--rename-stage", "answer = done")
    assert renamed.out == ("changed the type research: question, study, done; 1 task followed\n")
    assert cli("task", "show", "1", "--json").json["stage"] == "study"
    assert cli("task", "log", "1", "--json").json["log"] == []
    refused = cli(*edit, "--stages", "question,done")
    assert refused.code == 4
    assert "1 in study" in refused.err
    assert cli(*edit, "--stages", "done,study,talk", "--name", "Study").code == 0
    assert stages(cli) == ["done", "study", "talk"]
    assert cli(*edit, "--stages", "done,study,talk").out == "nothing changed\n"
    assert task["type_id"] == "research"


async def test_stages_come_from_a_board_a_type_or_a_file(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    await make_board(conn)
    await conn.commit()
    cli("type", "create", "flow", "--from-board", "Flow")
    assert stages(cli, "flow") == ["draft", "build", "review", "qa", "ship"]
    cli("type", "create", "ours", "--from-type", "software")
    assert stages(cli, "ours")[-1] == "ship"
    own = [{"name": "a", "gate": "agent", "sla": {"hours": 4}}, {"name": "b"}]
    (repo / "stages.json").write_text(json.dumps(own))
    cli("type", "edit", "ours", "--from-file", "stages.json")
    printed = cli("type", "show", "ours", "--json")
    assert printed.json["stages"][0]["sla"] == {"hours": 4}
    again = cli("type", "create", "again", "--from-file", "-", stdin=printed.out)
    assert again.code == 0
    assert stages(cli, "again") == ["a", "b"]
    cli("type", "edit", "again", "--stages", "b,a,c")
    now = cli("type", "show", "again", "--json").json["stages"]
    assert (now[1]["gate"], now[1]["sla"]) == ("agent", {"hours": 4})


async def test_a_type_that_is_not_used_is_deleted(cli: Cli, conn: AsyncConnection) -> None:
    cli(*RESEARCH)
    task = cli("task", "create", "why", "--type", "research", "--json").json
    cli("tag", "create", "deep", "--type", "research")
    used = cli("type", "delete", "research", "--yes")
    assert (used.code, used.err) == (
        4,
        "error: 1 task and 1 tag refer to the type Research; delete them first, or keep it\n",
    )
    cli("task", "delete", "1", "--yes")
    cli("tag", "delete", "deep", "--yes")
    asked = cli("type", "delete", "research")
    assert asked.code == 4
    assert "This deletes the type Research with its 3 stages." in asked.err
    assert cli("type", "delete", "research", "--yes", "--json").json["id"] == "research"
    assert cli("type", "show", "research").code == 3
    with pytest.raises(ValueError, match="unpack"):
        await row_of(conn, task["id"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "nope"], 3, "no task type 'nope'"),
        (["create", "x"], 2, "of which stages?"),
        (["create", "x", "--stages", "a,a"], 4, "there is a stage 'a' already"),
        (["create", "x", "--stages", "a,,b"], 2, "a stage's name is empty"),
        (["create", "x", "--stages", "a", "--from-type", "software"], 2, "come from one place"),
        (["create", "x", "--from-file", "nope"], 2, "nope cannot be read"),
        (["create", "x", "--from-file", "-"], 2, "standard input: it is no JSON"),
        (["create", "x", "--from-board", "nope"], 3, "no board 'nope'"),
        (["create", "RESEARCH", "--stages", "a"], 4, "there is a task type 'RESEARCH' already"),
        (["edit", "research"], 2, "nothing to change"),
        (["edit", "research", "--rename-stage", "reading"], 2, "write it as OLD=NEW"),
        (["edit", "research", "--rename-stage", "x=y"], 3, "no stage 'x'; there are question"),
        (["edit", "research", "--rename-stage", "reading=Answer"], 4, "there is a stage 'answer'"),
        (["edit", "software", "--name", "x"], 4, "--from-type software"),
        (["delete", "software", "--yes"], 4, "Genie's own"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    cli(*RESEARCH)
    refused = cli("type", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert stages(cli) == ["question", "reading", "answer"]
