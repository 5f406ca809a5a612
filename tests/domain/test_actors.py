"""Who acts, from what options and environment say."""

from __future__ import annotations

import pytest

from genie_tui.domain.actors import Actor, Kind, acting
from genie_tui.errors import BadInput


def who(name: str | None = None, agent_name: str | None = None, run_id: str | None = None) -> Actor:
    return acting(name=name, agent_name=agent_name, login="ada", host="desk", run_id=run_id)


def test_without_options_it_is_the_person_who_logged_in() -> None:
    assert who() == Actor(id="ada", type="local", kind=Kind.HUMAN, run_id="tui-ada@desk")


def test_an_agents_environment_makes_an_agent() -> None:
    assert who(agent_name="eng-1") == Actor.agent("eng-1")
    assert who(agent_name="eng-1").run_id == "agent-eng-1"


def test_a_name_that_was_given_goes_before_the_environment() -> None:
    assert who("bob") == Actor.human("bob", "desk")
    assert who("bob", agent_name="eng-1") == Actor.agent("bob")


def test_a_prefix_says_which_kind() -> None:
    assert who("agent:eng-1") == Actor.agent("eng-1")
    assert who("human:bob", agent_name="eng-1") == Actor.human("bob", "desk")
    assert who("robot:x").id == "robot:x"


def test_a_type_of_the_schema_can_be_named() -> None:
    actor = who("agent:omni_agent/eng-1")
    assert (actor.type, actor.id, actor.kind) == ("omni_agent", "eng-1", Kind.AGENT)
    assert who("team/bob").id == "team/bob"


def test_a_run_id_that_was_given_is_kept() -> None:
    assert who("agent:eng-1", run_id="run-17").run_id == "run-17"


@pytest.mark.parametrize("name", ["", " ", "agent:", "human: ", "local/"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="the actor's name is empty"):
        who(name)


@pytest.mark.parametrize("name", ["a\0", "\udcff"])
def test_a_name_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="cannot be stored"):
        who(name)
    with pytest.raises(BadInput, match="the run id"):
        who("ada", run_id=name)
