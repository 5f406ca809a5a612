"""`genie-tui task dep`: what tasks wait for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.bulk import shortened
from genie_tui.cli.options import Group
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.dependencies import Dependency, Leaf, circles, tree
from genie_tui.domain.tasks import DepType
from genie_tui.services import bulk
from genie_tui.services import dependencies as deps
from genie_tui.services.bulk import Seen
from genie_tui.services.task_objects import object_of

__all__ = ["dep"]

REF = click.argument("reference", metavar="REF", type=arguments.TASK)
OTHER = click.argument("other", metavar="OTHER", type=arguments.TASK)

WORDS = {
    DepType.DEPENDS_ON: "waits for",
    DepType.BLOCKS: "holds up",
    DepType.RELATES_TO: "is related to",
}


@click.group(cls=Group)
def dep() -> None:
    """What tasks wait for.

    \b
    genie-tui task dep add 12 47      #12 waits for #47
    genie-tui task dep list 12
    """


@dep.command()
@REF
@OTHER
@click.option(
    "--type",
    "dep_type",
    type=click.Choice([str(word) for word in WORDS]),
    default="depends_on",
    show_default=True,
    help="blocks: OTHER waits for REF; relates_to: a link, nobody waits.",
)
@transaction
async def add(here: Here, reference: str, other: str, dep_type: str) -> Answer:
    """Say that a task waits for another.

    Refused (exit 4) where it would wait for itself in the end. With --json: the task, with the
    row under `dependency`.

    \b
    genie-tui task dep add 12 47
    genie-tui task dep add 12 47 --type blocks
    """
    ids = await here.task(reference), await here.task(other)
    added = await deps.add_dependency(here.conn, *ids, dep_type, actor=here.me)
    told = f"{WORDS[DepType(dep_type)]} {{}}{'' if added else ' already'}"
    row = Dependency(task_id=ids[0], depends_on_id=ids[1], dep_type=DepType(dep_type).value)
    return await _answer(here, ids, told, row)


@dep.command()
@REF
@OTHER
@transaction
async def remove(here: Here, reference: str, other: str) -> Answer:
    """Take back that a task depends on another, whichever way it was said.

    With --json: the task, with the row that was removed under `dependency`; null where there was
    none.

    \b
    genie-tui task dep remove 12 47
    """
    ids = await here.task(reference), await here.task(other)
    row = _said(await deps.surroundings(here.conn, ids[0]), *ids)
    if row is None:
        return await _answer(here, ids, "does not depend on {}", None)
    await deps.remove_dependency(here.conn, row.task_id, row.depends_on_id, actor=here.me)
    return await _answer(here, ids, "does not depend on {} any more", row)


def _said(rows: Iterable[Dependency], one: str, other: str) -> Dependency | None:
    """What is said of two tasks by the row of the one; or by the other's, where that means it."""
    found = {(row.task_id, row.depends_on_id): row for row in rows}
    turned = found.get((other, one))
    if turned is not None and turned.dep_type == DepType.DEPENDS_ON:
        turned = None
    return found.get((one, other)) or turned


async def _answer(here: Here, ids: tuple[str, str], told: str, row: Dependency | None) -> Answer:
    names = bulk.names(await bulk.see(here.conn, ids))
    return Answer(
        value={**await object_of(here.conn, ids[0]), "dependency": row and asdict(row)},
        text=f"{names[ids[0]]} {told.format(names[ids[1]])}",
    )


@dep.command("list")
@REF
@click.option("--tree", "whole", is_flag=True, help="Also what those wait for, and so on.")
@transaction
async def list_(here: Here, reference: str, whole: bool) -> Answer:
    """List what a task waits for, what waits for it, and what it is related to.

    Tasks that wait for themselves in the end are marked. With --json: the rows, with both tasks
    (`task`, `depends_on`) and `circle`: whether both are in one; with --tree those further away
    are among them.

    \b
    genie-tui task dep list 12
    genie-tui task dep list 12 --tree
    """
    task_id = await here.task(reference)
    rows = await deps.surroundings(here.conn, task_id)
    ids = dict.fromkeys([task_id, *(i for row in rows for i in (row.task_id, row.depends_on_id))])
    seen = {task.id: task for task in await bulk.see(here.conn, list(ids))}
    direct = [row for row in rows if task_id in (row.task_id, row.depends_on_id)]
    shown = rows if whole else direct
    turning = circles(row.waits for row in rows if row.waits)
    found = _Surroundings(task_id=task_id, rows=rows, direct=direct, seen=seen, circles=turning)
    return Answer(
        value=[found.value(row) for row in shown],
        text=found.draw(ascii_only=here.settings.ascii) if whole else found.write,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """A task with all that it waits for and that wait for it."""

    task_id: str
    rows: Sequence[Dependency]
    direct: Sequence[Dependency]
    seen: Mapping[str, Seen]
    circles: Mapping[str, int]

    def value(self, row: Dependency) -> object:
        """A row as --json prints it."""
        return {
            **asdict(row),
            "task": asdict(self.seen[row.task_id]),
            "depends_on": asdict(self.seen[row.depends_on_id]),
            "circle": self._turns(row),
        }

    def _turns(self, row: Dependency) -> bool:
        """Is it part of a circle of waiting?"""
        ends = {self.circles.get(task_id) for task_id in (row.task_id, row.depends_on_id)}
        return row.waits is not None and len(ends) == 1 and None not in ends

    def write(self) -> None:
        """Print a table of what is next to the task."""
        names = bulk.names(list(self.seen.values()))
        if not self.direct:
            click.echo(output.printable(f"{names[self.task_id]} has no dependencies"))
            return
        rows = []
        for row in self.direct:
            other, how = self._beside(row)
            task = self.seen[other]
            circle = "circle" if self._turns(row) else None
            rows.append((how, names[other], task.title, task.stage, task.status, circle))
        write_table(
            (names[self.task_id], "task", "title", "stage", "status", ""),
            [row for word in WORDS.values() for row in rows if row[0] == word],
            flexible=("title",),
        )

    def _beside(self, row: Dependency) -> tuple[str, str]:
        """The other task of a row, and how this one stands to it."""
        other = row.depends_on_id if row.task_id == self.task_id else row.task_id
        if row.waits is None:
            return other, WORDS[DepType.RELATES_TO]
        waits = row.waits[0] == self.task_id
        return other, WORDS[DepType.DEPENDS_ON if waits else DepType.BLOCKS]

    def draw(self, *, ascii_only: bool) -> str:
        """The trees of what the task waits for, and of what waits for it."""
        waited, waiting = defaultdict(list), defaultdict(list)
        for waiter, other in (row.waits for row in self.rows if row.waits):
            waited[waiter].append(other)
            waiting[other].append(waiter)
        names = bulk.names(list(self.seen.values()))
        lines = [self._named(self.task_id, names)]
        for heading, edges in (
            (WORDS[DepType.DEPENDS_ON], waited),
            (WORDS[DepType.BLOCKS], waiting),
        ):
            if edges.get(self.task_id):
                lines.append(heading)
                leaves = tree(self.task_id, edges)
                lines.extend(self._line(leaf, names, ascii_only=ascii_only) for leaf in leaves)
        related = [self._beside(row)[0] for row in self.direct if row.waits is None]
        if related:
            lines.append(WORDS[DepType.RELATES_TO])
            lines.extend(f"   {self._named(other, names)}" for other in related)
        return "\n".join(
            lines if len(lines) > 1 else [f"{names[self.task_id]} has no dependencies"]
        )

    def _line(self, leaf: Leaf, names: Mapping[str, str], *, ascii_only: bool) -> str:
        through, branch, end = ("|  ", "|- ", "`- ") if ascii_only else ("│  ", "├─ ", "└─ ")
        before = "".join("   " if last else through for last in leaf.last[:-1])
        turn = end if leaf.last[-1] else branch
        note = "  (circle)" if leaf.circle else "  (as above)" if leaf.again else ""
        return f"{before}{turn}{self._named(leaf.task_id, names)}{note}"

    def _named(self, task_id: str, names: Mapping[str, str]) -> str:
        task = self.seen[task_id]
        return f"{names[task_id]} {shortened(task.title)} ({task.stage}, {task.status})"
