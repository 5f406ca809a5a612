"""Who acts: people and agents (`behaviour.md` › Who is acting)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

from genie_tui.domain.text import given
from genie_tui.errors import BadInput

__all__ = ["Actor", "ActorType", "Kind", "acting"]

ActorType = Literal["local", "genie_os_user", "omni_agent"]


class Kind(StrEnum):
    """What a gate asks of an actor: is it a person or an agent?"""

    HUMAN = "human"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who writes: `type` and `id` go into the rows, `kind` decides at gates.

    `run_id` is the name under which the actor holds locks; it is the same in every process of
    the same actor, so that who checks a task out can also release it.
    """

    id: str
    type: ActorType = "local"
    kind: Kind = Kind.HUMAN
    run_id: str

    @classmethod
    def human(cls, name: str, host: str) -> Actor:
        """A person at a terminal of `host`."""
        return cls(id=name, kind=Kind.HUMAN, run_id=f"tui-{name}@{host}")

    @classmethod
    def agent(cls, name: str) -> Actor:
        """A coding agent."""
        return cls(id=name, kind=Kind.AGENT, run_id=f"agent-{name}")


def acting(
    *,
    name: str | None,
    agent_name: str | None,
    login: str,
    host: str,
    run_id: str | None = None,
) -> Actor:
    """The actor that options and environment name.

    `name` is what `--as` was given: `NAME`, `agent:NAME`, `human:NAME` or `TYPE/NAME` with one of
    the actor types of the schema. `agent_name` and `run_id` are GENIE_AGENT_NAME and GENIE_RUN_ID.

    Raises:
        BadInput: the name is empty or its prefix is not one of these.
    """
    kind = Kind.AGENT if agent_name else Kind.HUMAN
    chosen = name if name is not None else agent_name or login
    prefix, colon, rest = chosen.partition(":")
    if colon and prefix in set(Kind):
        kind, chosen = Kind(prefix), rest
    actor_type, slash, rest = chosen.partition("/")
    if slash and actor_type in get_args(ActorType):
        chosen = rest
    else:
        actor_type = "local"
    if not chosen.strip():
        raise BadInput("the actor's name is empty; use --as NAME, agent:NAME or human:NAME")
    run = run_id or (f"agent-{chosen}" if kind is Kind.AGENT else f"tui-{chosen}@{host}")
    return Actor(
        id=given(chosen, "the actor's name"),
        type=_checked(actor_type),
        kind=kind,
        run_id=given(run, "the run id"),
    )


def _checked(name: str) -> ActorType:
    for known in get_args(ActorType):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise BadInput(f"no actor type {name!r}; one of {', '.join(get_args(ActorType))}")
