"""How agents stand: what their rows say is believed as long as it can be so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.agents import (
    Agent,
    Held,
    Life,
    Panes,
    Server,
    Standing,
    Team,
    crew_of,
    dollars,
    lives,
    pids,
    spent_by,
    words,
)
from genie_tui.domain.tasks import Lock

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PANES = Panes(
    servers=(
        Server(sessions=frozenset({"w"}), panes=frozenset({"%1", "%2"}), since=NOW - 5 * HOUR),
        Server(sessions=frozenset({"x"}), panes=frozenset({"%2", "%3"}), since=NOW - HOUR / 2),
    )
)
HUNG = replace(PANES, whole=False)


def agent(name: str = "eng-1", state: str = "working", **values: Any) -> Agent:
    usual: dict[str, Any] = {"since": NOW - HOUR, "pane": "%1"}
    return Agent(id=name, name=name, state=state, **(usual | values))


def held(run_id: str, seq: int = 1, *, since: datetime = NOW) -> Held:
    lock = Lock(run_id=run_id, since=since, timeout=timedelta(minutes=10))
    return Held(task_id=f"task-{seq}", seq=seq, title="x", lock=lock)


@pytest.mark.parametrize(
    ("values", "panes", "life"),
    [
        ({}, PANES, Life.ALIVE),
        ({}, None, Life.UNKNOWN),
        ({"pane": "%9"}, PANES, Life.GONE),
        ({"pane": "%9"}, HUNG, Life.UNKNOWN),
        ({"session": "w"}, HUNG, Life.ALIVE),
        ({"session": "x", "since": NOW}, PANES, Life.GONE),
        ({"session": "renamed"}, PANES, Life.ALIVE),
        ({"pane": "%3", "session": "x"}, PANES, Life.GONE),
        ({"pane": "%3", "session": "x", "since": NOW}, PANES, Life.ALIVE),
        ({"since": NOW - 6 * HOUR}, PANES, Life.GONE),
        ({"since": NOW - 6 * HOUR, "started_at": NOW - HOUR}, PANES, Life.ALIVE),
        ({"pane": "inline"}, PANES, Life.UNKNOWN),
        ({"pane": "%1; kill-server"}, PANES, Life.UNKNOWN),
        ({"pane": "41"}, None, Life.ALIVE),
        ({"pane": "inline:42"}, None, Life.GONE),
        ({"pane": "pid:43"}, None, Life.GONE),
        ({"pane": "inline", "pid": 41, "beat_at": NOW}, None, Life.ALIVE),
        ({"pane": "inline", "pid": 44, "beat_at": NOW}, None, Life.GONE),
    ],
)
def test_an_agent_lives_by_its_pane_or_its_process(
    values: dict[str, Any], panes: Panes | None, life: Life
) -> None:
    begun = {41: NOW - 2 * HOUR, 43: NOW - HOUR / 2, 44: NOW + HOUR}
    found = agent(**values)
    assert lives(found, panes, begun) is life
    assert found.in_tmux or pids([found]) <= {41, 42, 43, 44}


def test_a_row_that_says_working_is_gone_with_its_pane_but_who_is_done_is_done() -> None:
    gone = replace(agent(), life=Life.GONE)
    assert gone.standing is Standing.GONE
    assert not gone.attention
    assert replace(gone, locks=(held("agent-eng-1"),)).attention
    assert replace(gone, state="done").standing is Standing.DONE
    assert replace(gone, state="suspended").standing is Standing.SUSPENDED
    assert (
        replace(gone, state="what-a-newer-genie-says", life=Life.ALIVE).standing is Standing.ERROR
    )


states = st.sampled_from(
    ("spawning", "working", "idle", "permission", "question", "done", "error", "suspended")
)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(states, st.sampled_from(("%1", "%9", "inline"))), max_size=8),
    st.lists(st.integers(0, 11), max_size=6, unique=True),
)
def test_everybody_is_there_once_and_who_needs_somebody_stands_before_who_does_not(
    rows: list[tuple[str, str]], locked: list[int]
) -> None:
    agents = [agent(f"a{n}", state, pane=pane) for n, (state, pane) in enumerate(rows)]
    locks = [held(f"agent-a{n}" if n < 10 else "tui-ada@desk", n) for n in locked]
    crew = crew_of(agents, locks, [Team(name="t")], PANES, {})
    strangers = {f"agent-a{n}" for n in locked if len(rows) <= n < 10}
    assert {one.id for one in crew.agents} == {one.id for one in agents} | strangers
    assert len(crew.agents) == len(agents) + len(strangers)
    needing = [one.attention for one in crew.agents]
    assert needing == sorted(needing, reverse=True)
    told = [one.task_id for found in crew.agents for one in found.locks]
    assert sorted(told) == sorted(f"task-{n}" for n in locked if n < 10)
    for found in crew.agents:
        ranks = [list(Standing).index(one.standing) for one in crew.agents if one.attention]
        assert ranks == sorted(ranks)
        assert found.standing is not Standing.GONE or found.life is Life.GONE


def test_an_agent_is_found_by_words_about_it() -> None:
    found = agent(team="alpha", role="tester", task_id="t", task_seq=47, task_title="Token refresh")
    assert found.matches("ALPHA #47 tok")
    assert found.matches("working")
    assert not found.matches("alpha beta")
    assert Team(name="alpha", leader="mira", members=("eng-1",)).matches("mira eng")


def test_costs_are_added_up_under_every_name() -> None:
    both = replace(agent(), id="agent-7")
    costs = {"agent-7": Decimal("1.10"), "eng-1": Decimal("0.02"), "eng-2": Decimal(9)}
    assert spent_by(both, costs) == Decimal("1.12")
    assert spent_by(agent("nobody"), costs) is None
    told = [dollars(Decimal(n)) for n in ("14.2", "0", "0.001", "12345.6", "1234.5")]
    assert told == ["$14.20", "$0.00", "<$0.01", "$12,346", "$1,234.50"]
    assert dollars(None) == ""


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"tool": "Bash", "input": {"command": "rm -r build"}}, "Bash rm -r build"),
        ({"tool_name": "Read", "file_path": "a.py"}, "Read a.py"),
        ({"question": "Which\none?", "id": 3}, "Which one?"),
        ({"state": "permission"}, ""),
        ("just words", "just words"),
        (None, ""),
        ([1], ""),
        ({"tool": 3, "input": [1]}, ""),
    ],
)
def test_an_event_is_told_in_its_own_words(details: Any, said: str) -> None:
    assert words(details) == said
