"""Gates: whose word lets a task go on (`behaviour.md` › Tasks, Advance)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from genie_tui.domain.actors import Kind

__all__ = ["Approval", "Gate", "Verdict", "decide", "waits_for"]


class Gate(StrEnum):
    """Whose word opens a column's gate."""

    HUMAN = "human"
    AGENT = "agent"
    BOTH = "human+agent"

    @classmethod
    def parse(cls, value: Any) -> Gate:
        """A gate as a column stores it; a person's word where it is missing or unknown."""
        return cls(value) if isinstance(value, str) and value in set(cls) else cls.HUMAN

    @property
    def short(self) -> str:
        """The badge: `H`, `A` or `H+A`."""
        return {Gate.HUMAN: "H", Gate.AGENT: "A", Gate.BOTH: "H+A"}[self]

    @property
    def kinds(self) -> frozenset[Kind]:
        """Those who must have agreed before the gate opens."""
        return frozenset(Kind(part) for part in self.split("+"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One side's word that a task may leave its stage."""

    kind: Kind
    actor_id: str
    at: datetime


class Verdict(Enum):
    """What comes of somebody's wish to advance a task."""

    MOVE = "the gate opens"
    RECORD = "the word is recorded; the other side's is missing"
    CONFIRM = "a person may insist, after confirming"
    REQUEST = "refused; the wish is recorded, and a person asked"


def decide(gate: Gate, kind: Kind, approved: Iterable[Kind], *, override: bool = False) -> Verdict:
    """What a wish to advance by an actor of `kind` leads to, given who approved already.

    The gate opens once all have agreed whom it asks: so it does to a person, unconfirmed, where
    the agent whose word it wants has given that before, and waits for somebody to look.
    """
    if gate.kinds <= {kind, *approved}:
        return Verdict.MOVE
    if gate is Gate.BOTH:
        return Verdict.RECORD
    if kind is Kind.AGENT:
        return Verdict.REQUEST
    return Verdict.MOVE if override else Verdict.CONFIRM


def waits_for(gate: Gate, approved: Iterable[Kind]) -> Kind | None:
    """For whose word a task waits at its gate; None where nobody has asked to go on.

    An agent's word at an agent's gate without auto-advance waits for a person too: the agent has
    done its part, and somebody has to look.
    """
    given = set(approved)
    if Kind.AGENT in given and Kind.HUMAN not in given:
        return Kind.HUMAN
    if Kind.HUMAN in given and gate is Gate.BOTH and Kind.AGENT not in given:
        return Kind.AGENT
    return None
