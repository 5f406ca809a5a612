"""What tasks wait for, taken together: the tree of it, and where it goes in a circle."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from genie_tui.domain.tasks import DepType

__all__ = ["Dependency", "Leaf", "circles", "critical", "tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A row of task_dependencies: `task_id` depends on, blocks or relates to the other."""

    task_id: str
    depends_on_id: str
    dep_type: str

    @property
    def waits(self) -> tuple[str, str] | None:
        """Who waits for whom; None for what is only a link."""
        match self.dep_type:
            case DepType.DEPENDS_ON:
                return self.task_id, self.depends_on_id
            case DepType.BLOCKS:
                return self.depends_on_id, self.task_id
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A task in a tree, `depth` steps from the root (1 at least).

    `last` says of each of these steps whether it was the last of its branch. `again`: what hangs
    below it stands in the tree already, on its own way to the root (`circle`) or elsewhere.
    """

    task_id: str
    last: tuple[bool, ...]
    again: bool = False
    circle: bool = False

    @property
    def depth(self) -> int:
        return len(self.last)


def tree(root: str, edges: Mapping[str, Sequence[str]]) -> Iterator[Leaf]:
    """What is reached from the root, branch by branch; below each task once, so that it ends."""
    expanded, way = {root}, {root: None}
    branches = [deque(edges.get(root, ()))]
    last: list[bool] = []
    while branches:
        if not branches[-1]:
            branches.pop()
            way.popitem()
            del last[-1:]
            continue
        task_id = branches[-1].popleft()
        lasts = (*last, not branches[-1])
        below = edges.get(task_id, ())
        again = task_id in expanded and bool(below)
        yield Leaf(task_id=task_id, last=lasts, again=again, circle=task_id in way)
        if below and not again:
            expanded.add(task_id)
            way[task_id] = None
            branches.append(deque(below))
            last.append(lasts[-1])


def circles(pairs: Iterable[tuple[str, str]]) -> Mapping[str, int]:
    """Those that wait for themselves in the end, given who waits for whom, and on which circle.

    Two are on one if each is reached from the other (Kosaraju's strong components).
    """
    ahead, behind = defaultdict(list), defaultdict(list)
    for waiter, waited in pairs:
        ahead[waiter].append(waited)
        behind[waited].append(waiter)
    seen: set[str] = set()
    ended = [task for start in list(ahead) for task in _reached(start, ahead, seen)]
    seen.clear()
    parts = [tuple(_reached(start, behind, seen)) for start in reversed(ended)]
    return {task: number for number, part in enumerate(parts) if len(part) > 1 for task in part}


def _reached(start: str, edges: Mapping[str, Sequence[str]], seen: set[str]) -> Iterator[str]:
    """What is reached and was not seen before, the last reached first: each after those behind."""
    if start in seen:
        return
    seen.add(start)
    way = [(start, iter(edges.get(start, ())))]
    while way:
        task_id, rest = way[-1]
        following = next((other for other in rest if other not in seen), None)
        if following is None:
            way.pop()
            yield task_id
        else:
            seen.add(following)
            way.append((following, iter(edges.get(following, ()))))


def critical(
    root: str, pairs: Iterable[tuple[str, str]], among: Collection[str]
) -> tuple[str, ...]:
    """The longest chain through a task: each waits for the next; `pairs` are (waiter, waited).

    It leads over those in `among` alone, and not along circles, which have no longest way. Empty
    where the task is not among them, or nothing waits.
    """
    if root not in among:
        return ()
    inside = [(w, o) for w, o in pairs if w != o and w in among and o in among]
    turning = circles(inside)
    ahead, behind = defaultdict(list), defaultdict(list)
    for waiter, waited in inside:
        if waiter not in turning or turning[waiter] != turning.get(waited):
            ahead[waiter].append(waited)
            behind[waited].append(waiter)
    chain = (*reversed(_longest(root, behind)), root, *_longest(root, ahead))
    return chain if len(chain) > 1 else ()


def _longest(root: str, edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The longest way from a task, without it; of those as long, the first. There is no circle."""
    length: dict[str, int] = {}
    following: dict[str, str] = {}
    for task_id in _reached(root, edges, set()):
        below = edges.get(task_id, ())
        if below:
            following[task_id] = max(below, key=length.__getitem__)
        length[task_id] = 1 + max((length[other] for other in below), default=0)
    way = [root]
    while way[-1] in following:
        way.append(following[way[-1]])
    return tuple(way[1:])
