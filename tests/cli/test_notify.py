"""`genie-tui notify`: who is told what, and how."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Cli


def channels(cli: Cli, *words: str) -> dict[str, Any]:
    """Who is told, and on which channels."""
    return {
        each["actor_id"]: each["channels"]
        for each in cli("notify", "resolve", *words, "--json").json
    }


def test_preferences_are_kept_listed_and_forgotten(cli: Cli) -> None:
    assert "told in tmux, from normal priority on" in cli("notify", "list").err
    kept = cli("notify", "set", "tmux", "--threshold", "high")
    assert (kept.err, kept.out) == ("", "ada is told on tmux from high priority on\n")
    off = cli("notify", "set", "email", "--disable", "--for", "omni_agent/jonas")
    assert off.out == "omni_agent/jonas is not told on email\n"
    assert cli("notify", "set", "tmux").out == "ada is told on tmux from high priority on already\n"
    assert cli("notify", "set", "SLACK", "--default", "--json").json["is_default"] is True
    lines = [line.split() for line in cli("notify", "list").out.splitlines()]
    assert lines == [
        ["who", "channel", "threshold", "enabled", "default"],
        ["ada", "slack", "normal", "yes", "yes"],
        ["ada", "tmux", "high", "yes"],
        ["omni_agent/jonas", "email", "normal", "no"],
    ]
    assert len(cli("notify", "list", "--for", "@me", "--json").json) == 2
    forgotten = cli("notify", "remove", "slack")
    assert forgotten.out == "ada has no preference for slack any more\n"
    assert len(cli("notify", "list", "--json").json) == 2


def test_it_is_resolved_who_would_be_told(cli: Cli) -> None:
    cli("task", "create", "one", "--assign", "eng-1", "--priority", "high")
    cli("notify", "set", "tmux", "--threshold", "urgent")
    cli("notify", "set", "slack", "--threshold", "low", "--default", "--for", "eng-1")
    assert channels(cli, "1") == {"ada": [], "eng-1": ["slack"]}
    assert channels(cli, "1", "--priority", "urgent") == {"ada": ["tmux"], "eng-1": ["slack"]}
    assert channels(cli, "1", "--for", "jonas") == {"jonas": ["tmux"]}
    assert channels(cli) == {"ada": []}
    assert channels(cli, "--priority", "low", "--for", "eng-1", "--for", "jonas") == {
        "eng-1": ["slack"],
        "jonas": [],
    }
    lines = [line.split() for line in cli("notify", "resolve", "1").out.splitlines()]
    assert lines == [["who", "channels"], ["ada", "not", "told"], ["eng-1", "slack"]]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["set", "smoke"], 2, "is not one of 'tmux', 'whatsapp'"),
        (["set", "tmux", "--threshold", "some"], 2, "is not one of 'urgent'"),
        (["set", "tmux", "--for", ""], 2, "the actor's name is empty"),
        (["set", "tmux", "--read-only"], 4, "--read-only"),
        (["remove", "tmux"], 3, "ada has no preference for tmux; 'genie-tui notify list'"),
        (["resolve", "9"], 3, "no task 9"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    refused = cli("notify", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert cli("notify", "list", "--json").json == []
