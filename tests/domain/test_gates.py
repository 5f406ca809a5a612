"""Gates: whose word lets a task go on."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from genie_tui.domain.actors import Kind
from genie_tui.domain.gates import Gate, Verdict, decide, waits_for

H, A = Kind.HUMAN, Kind.AGENT
EVERY = [set(words) for count in range(3) for words in combinations([H, A], count)]


@pytest.mark.parametrize(
    ("value", "gate"),
    [
        ("human", Gate.HUMAN),
        ("agent", Gate.AGENT),
        ("human+agent", Gate.BOTH),
        ("agent+human", Gate.HUMAN),
        ("council", Gate.HUMAN),
        (None, Gate.HUMAN),
        (5, Gate.HUMAN),
    ],
)
def test_what_is_unknown_is_a_persons(value: Any, gate: Gate) -> None:
    assert Gate.parse(value) is gate


def test_badges_are_short() -> None:
    assert [gate.short for gate in Gate] == ["H", "A", "H+A"]


@pytest.mark.parametrize(
    ("gate", "kind", "verdict"),
    [
        (Gate.HUMAN, H, Verdict.MOVE),
        (Gate.HUMAN, A, Verdict.REQUEST),
        (Gate.AGENT, A, Verdict.MOVE),
        (Gate.AGENT, H, Verdict.CONFIRM),
        (Gate.BOTH, H, Verdict.RECORD),
        (Gate.BOTH, A, Verdict.RECORD),
    ],
)
def test_the_first_word_is_judged_by_the_gate(gate: Gate, kind: Kind, verdict: Verdict) -> None:
    assert decide(gate, kind, ()) is verdict


@pytest.mark.parametrize("gate", list(Gate))
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("override", [False, True])
def test_a_gate_opens_only_once_all_agreed_or_a_person_insists_on_an_agents(
    gate: Gate, kind: Kind, override: bool
) -> None:
    for given in EVERY:
        opened = decide(gate, kind, given, override=override) is Verdict.MOVE
        insisted = override and kind is H and gate is Gate.AGENT
        assert opened == (gate.kinds <= {kind, *given} or insisted)


def test_an_agent_alone_never_opens_a_gate_that_asks_a_person() -> None:
    for gate in (Gate.HUMAN, Gate.BOTH):
        for override in (False, True):
            assert decide(gate, A, {A}, override=override) is not Verdict.MOVE


@pytest.mark.parametrize(
    ("gate", "given", "missing"),
    [
        (Gate.HUMAN, set(), None),
        (Gate.HUMAN, {A}, H),
        (Gate.AGENT, {A}, H),
        (Gate.AGENT, {H}, None),
        (Gate.BOTH, {A}, H),
        (Gate.BOTH, {H}, A),
        (Gate.BOTH, {H, A}, None),
    ],
)
def test_who_is_waited_for_follows_from_the_words_given(
    gate: Gate, given: set[Kind], missing: Kind | None
) -> None:
    assert waits_for(gate, given) is missing
