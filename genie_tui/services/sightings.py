"""What no log tells of: agents, mail and runs, as their own rows stand.

What was seen is remembered, so that a look after a break finds what is new, and nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

from genie_tui.domain.runs import ENDED
from genie_tui.services.cards import clamped

__all__ = ["Agent", "Letter", "Run", "Seen", "Sightings", "Wanted", "look"]

MARGIN = timedelta(seconds=60)
"""How long before the last look a row may have been begun that is committed only after it."""

REMEMBERED = 4096
"""Letters and runs that are known by their ids."""

# Ids of agents, mail and runs are random text, so what came meanwhile is found by its time.
AGENTS = """
SELECT id, state, coalesce(nullif(custom_name, ''), id) AS name, task_id
  FROM agents
 WHERE %(every)s OR id = ANY(%(ids)s)
 ORDER BY last_state_change, id
"""

LETTERS = f"""
SELECT id, from_worker, to_worker, left(body, 400) AS body, {clamped("created_at")} AS at
  FROM mailbox
 WHERE id = ANY(%(ids)s) OR created_at >= %(since)s
 ORDER BY created_at DESC, id DESC
 LIMIT 1000
"""

RUNS = """
SELECT r.id, r.status, r.exit_code, s.name AS schedule
  FROM runs AS r
  JOIN triggers AS t ON t.id = r.trigger_id
  JOIN schedules AS s ON s.id = t.schedule_id
 WHERE r.id = ANY(%(ids)s) OR r.created_at >= %(since)s
 ORDER BY r.created_at DESC, r.id DESC
 LIMIT 1000
"""

NOW = "SELECT now()"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent, and the state it is in."""

    id: str
    state: str
    name: str
    task_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail for an agent; `body` is its beginning."""

    id: str
    from_worker: str
    to_worker: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a schedule, and how it stands."""

    id: str
    status: str
    exit_code: int | None
    schedule: str


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What to look for: by id, at runs that are new, or at `everything` that is."""

    agents: set[str] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    new_runs: bool = False
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.agents or self.letters or self.runs or self.new_runs or self.everything)

    def merge(self, other: Wanted) -> None:
        """Look for this too."""
        self.agents |= other.agents
        self.letters |= other.letters
        self.runs |= other.runs
        self.new_runs |= other.new_runs
        self.everything |= other.everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look saw; `now` is the server's time, set where all that is new was looked for."""

    agents: tuple[Agent, ...] = ()
    letters: tuple[Letter, ...] = ()
    runs: tuple[Run, ...] = ()
    now: datetime | None = None


class Sightings:
    """What was seen already."""

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.open_runs: set[str] = set()
        self._agents: dict[str, str] = {}
        self._letters: dict[str, None] = {}
        self._runs: dict[str, str] = {}

    def take(self, seen: Seen, wanted: Wanted) -> Seen:
        """What of it is new; to the first look, only what was asked for by its id."""
        first = self.since is None
        self.since = seen.now or self.since
        agents = [agent for agent in seen.agents if self._changed(agent)]
        letters = [letter for letter in seen.letters if self._unknown(letter)]
        runs = [run for run in seen.runs if self._went_on(run)]
        if first:
            letters = [letter for letter in letters if letter.id in wanted.letters]
            runs = [run for run in runs if run.id in wanted.runs]
        return Seen(agents=tuple(agents), letters=tuple(letters), runs=tuple(runs), now=seen.now)

    def heard(self, agent_id: str, state: str) -> None:
        """An agent's change of state was announced."""
        self._agents[agent_id] = state

    def _changed(self, agent: Agent) -> bool:
        known = self._agents.get(agent.id)
        self._agents[agent.id] = agent.state
        return known is not None and known != agent.state

    def _unknown(self, letter: Letter) -> bool:
        if letter.id in self._letters:
            return False
        self._letters[letter.id] = None
        if len(self._letters) > REMEMBERED:
            del self._letters[next(iter(self._letters))]
        return True

    def _went_on(self, run: Run) -> bool:
        known = self._runs.pop(run.id, None)
        self._runs[run.id] = run.status
        if run.status in ENDED:
            self.open_runs.discard(run.id)
        else:
            self.open_runs.add(run.id)
        if len(self._runs) > REMEMBERED:
            oldest = next(iter(self._runs))
            del self._runs[oldest]
            self.open_runs.discard(oldest)
        return known != run.status


async def look(conn: AsyncConnection, wanted: Wanted, known: Sightings) -> Seen:
    """See what is wanted; what is known stays as it is."""
    now = await _server_time(conn) if wanted.everything else None
    start = known.since or now
    since = start - MARGIN if start is not None else "infinity"
    recent = since if wanted.everything else "infinity"
    new_runs = since if wanted.everything or wanted.new_runs else "infinity"
    runs = wanted.runs | (known.open_runs if wanted.everything or wanted.new_runs else set())
    async with conn.pipeline():
        agents = await _ask(conn, Agent, AGENTS, ids=list(wanted.agents), every=wanted.everything)
        letters = await _ask(conn, Letter, LETTERS, ids=list(wanted.letters), since=recent)
        going_on = await _ask(conn, Run, RUNS, ids=list(runs), since=new_runs)
        return Seen(
            agents=tuple(await agents.fetchall()),
            letters=tuple(reversed(await letters.fetchall())),
            runs=tuple(reversed(await going_on.fetchall())),
            now=now,
        )


async def _ask(conn: AsyncConnection, row: type[T], query: str, **values: Any) -> AsyncCursor[T]:
    cursor = conn.cursor(row_factory=class_row(row))
    await cursor.execute(query, values)
    return cursor


async def _server_time(conn: AsyncConnection) -> datetime:
    """By the clock that the rows' times are from."""
    row = await (await conn.execute(NOW)).fetchone()
    assert row is not None
    return cast(datetime, row[0])
