"""How tasks go through the stages: what came of a wish to move one, and the log of moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from genie_tui.domain.actors import Kind

__all__ = ["Advance", "StageChange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What came of a wish to move a task.

    `moved`: it stands in `to_stage` now. `done`: it had come to the last column, and is done.
    `waits_for`: whose word is missing; the wish is recorded as an approval. `refused`: it may not
    go on, but something was written all the same (an approval, a lock released), so that this is
    no error and the transaction must be kept; the command line ends with 4. `message` says it in
    words: `#12 build → review`, `#12 waits for a person at review`.
    """

    task_id: str
    from_stage: str
    to_stage: str | None = None
    moved: bool = False
    done: bool = False
    waits_for: Kind | None = None
    refused: bool = False
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """A row of task_stage_log; `gate_type` is the gate of the column left, `agent:override`
    where a person opened an agent's, `undo` where a move was taken back."""

    id: int
    from_stage: str | None
    to_stage: str
    actor_type: str | None
    actor_id: str | None
    run_id: str | None
    gate_type: str | None
    at: datetime
