"""`genie-tui session`: what was said, where words are, and what it cost."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.agents import dollars
from genie_tui.domain.session_facts import marked
from genie_tui.domain.text import clean
from genie_tui.services import costs, session_reading, task_transcripts
from genie_tui.services.metrics import last_days

if TYPE_CHECKING:
    from genie_tui.domain.session_facts import Hit, Overview, Spending
    from genie_tui.domain.task_parts import Turn

__all__ = ["cost", "list_", "search", "show"]

LETTERS = 2**30
"""Of a turn that is told in full: more than any has."""

BAR = 24
"""Cells of the longest bar."""

NONE = "no sessions here; 'genie-tui session import' reads them, --all-projects shows all"

TURNS = click.IntRange(1, 10_000)


@click.command("list", cls=Command)
@click.option("--agent", metavar="NAME", type=arguments.AGENT, help="Only those of an agent.")
@click.option("--task", metavar="TASK", type=arguments.TASK, help="Only those on a task.")
@click.option("--limit", type=TURNS, default=100, show_default=True, help="How many at most.")
@transaction
async def list_(here: Here, agent: str | None, task: str | None, limit: int) -> Answer:
    """List the sessions, the newest first.

    With --json: a list of sessions, costs being dollars.

    \b
    genie-tui session list --agent eng-1
    genie-tui session list --task 12 --json
    """
    found = await session_reading.overview(
        here.conn,
        project_id=None if task else await here.scope(),
        agent=agent,
        task_id=await here.task(task) if task else None,
        limit=limit,
    )

    def text() -> None:
        if not found:
            click.echo(NONE, err=True)
            return
        headings = ("session", "agent", "task", "status", "began", "turns", "cost")
        rows = [_row(one) for one in found]
        write_table(headings, rows, flexible=("session", "agent", "task"), optional=("cost",))

    return Answer(value=[_told(one) for one in found], text=text)


@click.command(cls=Command)
@click.argument("session", metavar="SESSION")
@click.option("--from", "first", type=click.IntRange(0), help="Begin with this turn.")
@click.option("--limit", type=TURNS, default=50, show_default=True, help="How many turns at most.")
@click.option("--full", is_flag=True, help="What tools were asked and gave in full, too.")
@transaction
async def show(here: Here, session: str, first: int | None, limit: int, full: bool) -> Answer:
    """Show the last turns of a session, or those from one on.

    SESSION is its id, or the beginning of it. What a tool was asked or gave is folded to a line.
    With --json: the session, its `turns` in full, and how many are `before` and `after` them.

    \b
    genie-tui session show 7c1f
    genie-tui session show 7c1f --from 0 --full
    """
    found = await session_reading.find(here.conn, session)
    if first is None:
        page = await task_transcripts.before(here.conn, found.id, limit=limit, letters=LETTERS)
    else:
        page = await task_transcripts.after(
            here.conn, found.id, first - 1, limit=limit, letters=LETTERS
        )
    value = _told(found) | {
        "turns": [_turn(turn) for turn in page.turns],
        "before": page.before,
        "after": page.after,
    }

    def text() -> None:
        output.write_fields(_fields(found))
        if page.before:
            click.echo(f"\n({output.counted(page.before, 'earlier turn')}; --from 0 begins there)")
        for turn in page.turns:
            _write_turn(turn, full=full)
        if page.after:
            on = page.turns[-1].index + 1
            click.echo(f"\n({output.counted(page.after, 'later turn')}; --from {on} goes on)")
        if not page.turns:
            click.echo("nothing of what was said is stored there", err=True)

    return Answer(value=value, text=text)


@click.command(cls=Command)
@click.argument("words", nargs=-1, required=True)
@click.option("--session", metavar="SESSION", help="Only in one session.")
@click.option("--limit", type=TURNS, default=20, show_default=True, help="How many at most.")
@transaction
async def search(here: Here, words: tuple[str, ...], session: str | None, limit: int) -> Answer:
    """Find turns that hold words; what was stored last comes first.

    Words are taken in all their forms; "in quotes" they stand together, `or` is one of two, and
    -word is none. With --json: a list of turns, whose `excerpt` is pieces of text, each with
    whether it was `found`.

    \b
    genie-tui session search token refresh
    genie-tui session search '"race condition" -lock' --json
    """
    one = await session_reading.find(here.conn, session) if session else None
    hits = await session_reading.search(
        here.conn,
        " ".join(words),
        project_id=None if one else await here.scope(),
        session_id=one.id if one else None,
        limit=limit,
    )

    def text() -> None:
        for hit in hits:
            _write_hit(hit)
        if not hits:
            click.echo("nothing was found here; --all-projects looks in all", err=True)

    return Answer(value=[_found(hit) for hit in hits], text=text)


@click.command(cls=Command)
@click.option(
    "--by",
    type=click.Choice(list(costs.BY)),
    default="day",
    show_default=True,
    help="What it is told by.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    help="How many days back, today included.",
)
@transaction
async def cost(here: Here, by: str, days: int) -> Answer:
    """Show what agents spent by session, agent, model, task or day: dollars and tokens.

    It is what they reported of themselves, which is kept for 30 days. With --json: a list,
    costs being dollars; an empty name is what nobody can be told of.

    \b
    genie-tui session cost --by model
    genie-tui session cost --by agent --days 7 --json
    """
    span = last_days(days, datetime.now(UTC))
    spent = await costs.spent(here.conn, by, span, project_id=await here.scope())

    def text() -> None:
        if not any(one.requests for one in spent):
            click.echo("nothing was reported here in these days", err=True)
            return
        headings = (by, "cost", "", "requests", "input", "output", "cache read", "cache written")
        most = max(one.cost for one in spent)
        rows = [_spent(one, most) for one in spent]
        write_table(headings, rows, flexible=(by,), optional=("cache written", "cache read", ""))

    value = [_priced(one, by) for one in spent]
    return Answer(value=value, text=text)


def _told(one: Overview) -> dict[str, Any]:
    return asdict(one) | {"cost": None if one.cost is None else float(one.cost)}


def _row(one: Overview) -> tuple[object, ...]:
    at = output.moment(one.started_at)
    who = one.agent_id or one.role
    return (one.id, who, _task(one), one.status, at, one.total_turns, dollars(one.cost))


def _task(one: Overview) -> str | None:
    return f"#{one.task_seq} {one.task_title}" if one.task_seq is not None else one.task_id


def _fields(one: Overview) -> dict[str, object]:
    """What is known of a session; what is not is left out."""
    facts = {
        "session": one.id,
        "agent": one.agent_id,
        "role": one.role,
        "team": one.team,
        "task": _task(one),
        "status": one.status,
        "began": output.moment(one.started_at),
        "ended": one.ended_at and output.moment(one.ended_at),
        "turns": one.total_turns,
        "cost": dollars(one.cost),
        "directory": one.project_path,
        "file": one.jsonl_path,
    }
    return {name: clean(str(value)) for name, value in facts.items() if value not in (None, "")}


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "turn_index": turn.index,
        "role": turn.role,
        "tool_name": turn.tool,
        "content": turn.text,
        "timestamp": turn.at,
    }


def _write_turn(turn: Turn, *, full: bool) -> None:
    """A line of who and when, then the words; what is a tool's on one line."""
    name = clean(f"{turn.role} {turn.tool}" if turn.tool else turn.role)
    head = f"{turn.index}  {name}"
    if (turn.tool is not None or turn.role.startswith("tool")) and not full:
        says = clean(" ".join(turn.text[:400].split()))[:80]
        click.echo(f"\n{head}  {says}  ({turn.letters:,} letters)")
        return
    click.echo("\n" + click.style(f"{head}  {output.moment(turn.at)}", bold=True))
    click.echo(output.printable(turn.text))


def _found(hit: Hit) -> dict[str, Any]:
    return {
        "session_id": hit.session_id,
        "turn_index": hit.turn_index,
        "role": hit.role,
        "tool_name": hit.tool_name,
        "agent_id": hit.agent_id,
        "timestamp": hit.timestamp,
        "excerpt": [{"text": text, "found": found} for text, found in marked(hit.excerpt)],
    }


def _write_hit(hit: Hit) -> None:
    """Where it is, and the words around it; what was found is bold and underlined."""
    who = " ".join(filter(None, (hit.agent_id, hit.role, hit.tool_name)))
    at = output.moment(hit.timestamp)
    click.echo(clean(f"{hit.session_id}  turn {hit.turn_index}  {who}  {at}"))
    pieces = ((clean(text), found) for text, found in marked(hit.excerpt))
    words = [click.style(text, bold=True, underline=True) if at else text for text, at in pieces]
    click.echo(f"  {''.join(words)}")


def _spent(one: Spending, most: Any) -> tuple[object, ...]:
    length = round(one.cost / most * BAR) if most else 0
    tokens = (one.input_tokens, one.output_tokens, one.cache_read_tokens, one.cache_creation_tokens)
    mark = "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"
    name = one.name or "(not said)"
    return (name, dollars(one.cost), mark * (length or bool(one.cost)), one.requests, *tokens)


def _priced(one: Spending, by: str) -> dict[str, Any]:
    return {
        by: one.name,
        "cost": float(one.cost),
        "requests": one.requests,
        "input_tokens": int(one.input_tokens),
        "output_tokens": int(one.output_tokens),
        "cache_read_tokens": int(one.cache_read_tokens),
        "cache_creation_tokens": int(one.cache_creation_tokens),
    }
