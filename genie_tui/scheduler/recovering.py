"""What other daemons left behind: begun again, taken over, or ended for them."""

from __future__ import annotations

from datetime import timedelta

from psycopg import AsyncConnection

from genie_tui.domain.runs import Fate, Leased, fate
from genie_tui.scheduler import presence
from genie_tui.scheduler.commands import Worker
from genie_tui.scheduler.firing import Held, Log
from genie_tui.services import leases, orphans
from genie_tui.services.leases import Ended
from genie_tui.services.orphans import Executing

__all__ = ["look_after"]

NEVER_BEGUN = "its daemon died before its command was begun; it is fired again"
UNKNOWN = "orphaned: its daemon and its command ended, and what became of it is not known"


async def look_after(
    conn: AsyncConnection, one: Executing, daemon: str, there: presence.Host, said: Log
) -> Held | None:
    """Do what is to be done about a trigger that is being executed.

    Gives a run that `daemon` has taken over and now has to watch to its end, be that past.
    """
    worker = presence.worker_of(one, there.name)
    lost = one.expired or one.leased_by == daemon or presence.is_dead(one.leased_by, there.name)
    leased = Leased(
        run_status=one.run_status,
        lost=lost,
        lives=await there.lives(one) if lost else None,
        ours=worker is not None,
    )
    match fate(leased):
        case Fate.AGAIN:
            if await orphans.again(conn, one, NEVER_BEGUN):
                said("fired again", run=one.run_id, schedule=one.name)
        case Fate.CLOSE:
            await orphans.close(conn, one)
        case Fate.ADOPT | Fate.SETTLE if worker is not None:
            if await orphans.adopt(conn, one, daemon):
                said("taken over", run=one.run_id, schedule=one.name, pid=worker.pid)
                return _taken_over(one, worker)
        case Fate.SETTLE:
            await _fail(conn, one, said)
        case _:
            pass
    return None


async def _fail(conn: AsyncConnection, one: Executing, said: Log) -> None:
    assert one.run_id is not None
    if await leases.finish(conn, one.run_id, Ended(status="failed", error=UNKNOWN), one.name):
        said("orphaned", run=one.run_id, schedule=one.name)


def _taken_over(one: Executing, worker: Worker) -> Held:
    assert one.run_id is not None
    return Held(
        trigger_id=one.trigger_id,
        run_id=one.run_id,
        name=one.name,
        left=one.left or timedelta(),
        worker=worker,
        adopted=True,
    )
