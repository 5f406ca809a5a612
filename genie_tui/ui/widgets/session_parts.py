"""A transcript as content that is built from variables, and what was spent as figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.content import Content

from genie_tui.domain.agents import dollars
from genie_tui.domain.session_facts import Hit, Overview, Spending, marked
from genie_tui.domain.task_parts import Transcript, Turn
from genie_tui.ui.widgets.figure import Figure, Series, Shape
from genie_tui.ui.widgets.plain import brief, clean
from genie_tui.ui.widgets.task_style import moment
from genie_tui.ui.widgets.task_transcript import is_tool

__all__ = ["figures", "transcript"]

DIM = "$foreground 55%"
FOUND = "bold underline $warning"
FOLDED = 32
"""Letters of what a tool was asked or gave: it stays on a line in half a terminal."""

MOST = 8
"""Bars of a figure that have names."""


def transcript(item: Overview | Hit, said: Transcript, *, whole: bool, now: datetime) -> Content:
    """Turns of a session: what tools were asked and gave on a line each, unless `whole`."""
    parts = [_head(item)]
    if said.before:
        parts.append(Content.styled(f"{said.before:,} earlier turns", DIM))
    words = _words(item)
    parts += [_turn(turn, whole=whole, now=now, words=words) for turn in said.turns]
    if said.after:
        parts.append(Content.styled(f"\n{said.after:,} later turns", DIM))
    if not said.turns:
        parts.append(Content.styled("nothing of what was said in it is stored", DIM))
    return Content("\n").join(parts)


def _head(item: Overview | Hit) -> Content:
    if isinstance(item, Hit):
        return Content.assemble(
            (brief(item.session_id), "bold"), (f"  turn {item.turn_index}", DIM)
        )
    facts = (item.agent_id, item.role, item.team, item.status, dollars(item.cost))
    told = "  ".join(brief(fact) for fact in facts if fact)
    where = f"\n{brief(item.project_path)}" if item.project_path else ""
    return Content.assemble((brief(item.id), "bold"), (f"  {told}{where}", DIM))


def _words(item: Overview | Hit) -> re.Pattern[str] | None:
    """What was found, to be seen wherever else it stands."""
    if not isinstance(item, Hit):
        return None
    found = {clean(text) for text, at in marked(item.excerpt) if at and text.strip()}
    longest = sorted(map(re.escape, found), key=len, reverse=True)
    return re.compile("|".join(longest), re.IGNORECASE) if longest else None


def _turn(turn: Turn, *, whole: bool, now: datetime, words: re.Pattern[str] | None) -> Content:
    name = clean((turn.tool or turn.role)[:60])
    if is_tool(turn) and not whole:
        says = clean(" ".join(turn.text[:400].split()))[:FOLDED]
        text = _lit(says, words, DIM)
        size = (f"  {turn.letters:,} letters", "$foreground 40%")
        return Content.assemble(
            (f"{turn.index} ", DIM), (f"{name}  ", "bold $secondary"), text, size
        )
    style = "bold $secondary" if is_tool(turn) else "bold $accent"
    style = "bold" if turn.role == "assistant" else style
    lines = [_lit(clean(line), words, "") for line in turn.text.splitlines()]
    if (more := turn.letters - len(turn.text)) > 0:
        lines.append(Content.styled(f"and {more:,} letters more", DIM))
    head = Content.assemble(
        (f"\n{turn.index} ", DIM), (name, style), (f"  {moment(turn.at, now)}", DIM)
    )
    return Content("\n").join([head, *lines])


def _lit(text: str, words: re.Pattern[str] | None, style: str) -> Content:
    content = Content.styled(text, style) if style else Content(text)
    return content.highlight_regex(words, style=FOUND) if words else content


def figures(spent: Mapping[str, Sequence[Spending]]) -> list[Figure]:
    """Dollars by day as bars, by agent, model and task with their names."""
    days = spent.get("day", ())
    if not any(one.requests for one in days):
        return []
    return [
        Figure(
            shape=Shape.BARS,
            series=(Series(values=tuple(float(one.cost) for one in days), style="s0"),),
            names=tuple(one.name[5:] for one in days),
            title="dollars by day",
            told=_told,
        ),
        *(_named(by, spent[by]) for by in ("agent", "model", "task") if spent.get(by)),
    ]


def _named(by: str, spent: Sequence[Spending]) -> Figure:
    costs = tuple(float(one.cost) for one in spent[:MOST])
    return Figure(
        shape=Shape.SPANS,
        series=(Series(values=costs, style="s0"), Series(values=costs, style="s2")),
        names=tuple(brief(one.name) or "(not said)" for one in spent[:MOST]),
        title=f"dollars by {by}",
        told=_told,
        top=0.01,
    )


def _told(amount: float) -> str:
    return f"${amount:,.2f}"
