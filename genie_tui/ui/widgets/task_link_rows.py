"""What a task waits for and holds up, as rows: trees, its family, and the critical path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from genie_tui.domain.dependencies import Dependency, Leaf, circles, critical, tree
from genie_tui.domain.graph import Graph
from genie_tui.domain.task_parts import Family
from genie_tui.domain.tasks import Card, DepType, Link

__all__ = ["SAYS", "LinkRow", "Links", "link_rows"]

DEEPEST = 12
"""Steps by which a task is indented at most."""

ROWS_AT_MOST = 400
"""Of each tree: where each waits for many, it would be longer than anybody reads."""

SAYS = {
    DepType.DEPENDS_ON: "waits for",
    DepType.BLOCKS: "holds up",
    DepType.RELATES_TO: "is related to",
}
"""What a row of task_dependencies says, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A row: a task, or a heading or sentence where it has none.

    `last` says of each step to it whether that was the last of its branch. `row` is what links it
    to the task itself, where that is next to it; `type` what the row between it and the one above
    it in its tree says. `place` is its project, where that is another; `note` is told behind the
    title.
    """

    key: tuple[str, ...]
    text: str = ""
    style: str = "head"
    card: Card | Link | None = None
    last: tuple[bool, ...] = ()
    row: Dependency | None = None
    type: str = ""
    critical: bool = False
    place: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Links:
    """All that was read about the surroundings of a task."""

    task_id: str
    graph: Graph
    rows: tuple[Dependency, ...]
    family: Family

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Who waits for whom, in the order of their numbers."""
        order = self.graph.shape.place
        pairs = {row.waits for row in self.rows if row.waits}
        known = [pair for pair in pairs if pair[0] in order and pair[1] in order]
        return sorted(known, key=lambda pair: (order[pair[0]], order[pair[1]]))

    @cached_property
    def critical(self) -> tuple[str, ...]:
        """The longest chain of open tasks through this one."""
        return critical(self.task_id, self.pairs, self.graph.open)

    @cached_property
    def steps(self) -> frozenset[tuple[str, str]]:
        """Those that follow each other on that chain."""
        return frozenset(zip(self.critical, self.critical[1:], strict=False))

    @cached_property
    def circle(self) -> tuple[str, ...]:
        """Those with which the task waits for itself in the end."""
        found = circles(self.pairs)
        mine = found.get(self.task_id)
        others = (id_ for id_ in self.graph.shape.ids if id_ in found and id_ != self.task_id)
        return (self.task_id, *(o for o in others if found[o] == mine)) if mine is not None else ()

    def numbers(self, ids: Sequence[str], joint: str) -> str:
        """Their numbers, this task's own in brackets."""
        names = {id_: f"{self.place(id_)}#{self.graph.cards[id_].seq}" for id_ in ids}
        return joint.join(f"[{names[id_]}]" if id_ == self.task_id else names[id_] for id_ in ids)

    def place(self, id_: str) -> str:
        """The project of a task where numbers are another repository's; else empty."""
        cards = self.graph.cards
        elsewhere = cards[id_].repo_path != cards[self.task_id].repo_path
        return (cards[id_].project_name or "?") if elsewhere else ""


def link_rows(links: Links, arrow: str) -> list[LinkRow]:
    """Everything, from top to bottom; an `arrow` leads from who waits to what is waited for."""
    waited: defaultdict[str, list[str]] = defaultdict(list)
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for waiter, other in links.pairs:
        waited[waiter].append(other)
        waiting[other].append(waiter)
    return [
        *_summary(links, arrow),
        *_tree(links, "waits for", waited, down=True),
        *_tree(links, "holds up", waiting, down=False),
        *_related(links),
        *_family(links.family),
    ]


def _summary(links: Links, arrow: str) -> Iterator[LinkRow]:
    if chain := links.critical:
        way = links.numbers(chain, f" {arrow} ")
        text = f"critical path: {len(chain)} open, {way}"
        yield LinkRow(key=("critical",), text=text, style="critical")
    if circle := links.circle:
        told = links.numbers(circle, " ")
        text = f"a circle: {told} wait for each other, and none can begin; minus removes a link"
        yield LinkRow(key=("circle",), text=text, style="bad")
    if links.graph.left_out:
        text = f"{links.graph.left_out:,} tasks further away are not shown"
        yield LinkRow(key=("left out",), text=text, style="dim")


def _tree(
    links: Links, title: str, edges: Mapping[str, Sequence[str]], *, down: bool
) -> Iterator[LinkRow]:
    """One way from the task, branch by branch."""
    yield LinkRow(key=(title,), text=title)
    said = {pair: row for row in links.rows if (pair := row.waits)}
    way = [links.task_id]
    on_path = [True]
    leaves = list(tree(links.task_id, edges))
    for leaf in leaves[:ROWS_AT_MOST]:
        del way[leaf.depth :], on_path[leaf.depth :]
        above = way[-1]
        pair = (above, leaf.task_id) if down else (leaf.task_id, above)
        marked = on_path[-1] and pair in links.steps
        yield _task(links, title, leaf, [*way, leaf.task_id], said[pair], marked)
        way.append(leaf.task_id)
        on_path.append(marked)
    if len(leaves) > ROWS_AT_MOST:
        text = f"{len(leaves) - ROWS_AT_MOST:,} more ways"
        yield LinkRow(key=(title, "more"), text=text, style="dim")
    if not leaves:
        yield LinkRow(key=(title, "none"), text="nothing", style="dim")


def _task(
    links: Links, title: str, leaf: Leaf, way: Sequence[str], row: Dependency, critical: bool
) -> LinkRow:
    note = "in a circle" if leaf.circle else "as above" if leaf.again else ""
    return LinkRow(
        key=(title, *way),
        card=links.graph.cards[leaf.task_id],
        last=leaf.last[:DEEPEST],
        row=row if leaf.depth == 1 else None,
        type=row.dep_type,
        critical=critical and not leaf.again,
        place=links.place(leaf.task_id),
        note=note if leaf.depth <= DEEPEST else f"{leaf.depth} steps away; {note}".rstrip("; "),
    )


def _related(links: Links) -> Iterator[LinkRow]:
    related = [
        (row, row.depends_on_id if row.task_id == links.task_id else row.task_id)
        for row in links.rows
        if row.waits is None and links.task_id in (row.task_id, row.depends_on_id)
    ]
    if related:
        yield LinkRow(key=("related",), text="related to")
    for row, other in related:
        if other in links.graph.cards:
            card = links.graph.cards[other]
            key, place = ("related", other), links.place(other)
            yield LinkRow(key=key, card=card, row=row, type=row.dep_type, place=place)


def _family(family: Family) -> Iterator[LinkRow]:
    if family.parent is not None:
        yield LinkRow(key=("parent",), text="part of")
        yield LinkRow(key=("parent", family.parent.id), card=family.parent)
    if family.children:
        yield LinkRow(key=("children",), text="its parts")
    for child in family.children:
        yield LinkRow(key=("children", child.id), card=child)
    if family.more:
        text = f"{family.more:,} more parts"
        yield LinkRow(key=("children", "more"), text=text, style="dim")
