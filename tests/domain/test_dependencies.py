"""The tree of what tasks wait for, and its circles, for any graph."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.dependencies import Dependency, circles, critical, tree

PAIRS = st.lists(st.tuples(*[st.sampled_from("abcdefgh")] * 2), unique=True)


def _reached(start: str, pairs: list[tuple[str, str]]) -> set[str]:
    """What is reached from a task in one step or more."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        here = ahead.pop()
        new = {other for one, other in pairs if one == here} - found
        found |= new
        ahead.extend(new)
    return found


@given(PAIRS)
def test_two_are_on_one_circle_exactly_where_each_is_reached_from_the_other(
    pairs: list[tuple[str, str]],
) -> None:
    pairs = [(one, other) for one, other in pairs if one != other]
    reached = {task: _reached(task, pairs) for task in "abcdefgh"}
    found = circles(pairs)
    for one in "abcdefgh":
        assert (one in found) == (one in reached[one])
        for other in set("abcdefgh") - {one}:
            together = one in reached[other] and other in reached[one]
            assert (one in found and found[one] == found.get(other)) == together


@given(PAIRS)
def test_a_tree_ends_and_shows_every_edge_that_is_reached_once(
    pairs: list[tuple[str, str]],
) -> None:
    edges = defaultdict(list)
    for one, other in pairs:
        edges[one].append(other)
    leaves = list(tree("a", edges))
    assert {leaf.task_id for leaf in leaves} == _reached("a", pairs)
    inside = _reached("a", pairs) | {"a"}
    assert len(leaves) == sum(one in inside for one, _ in pairs)


@given(PAIRS)
def test_a_leaf_closes_a_circle_where_it_stands_on_its_own_way(
    pairs: list[tuple[str, str]],
) -> None:
    edges = defaultdict(list)
    for one, other in pairs:
        edges[one].append(other)
    way = ["a"]
    for leaf in tree("a", edges):
        del way[leaf.depth :]
        assert leaf.circle == (leaf.task_id in way)
        assert not leaf.circle or leaf.again
        way.append(leaf.task_id)


def test_a_long_chain_is_no_deep_recursion() -> None:
    names = [str(number) for number in range(3000)]
    edges = {one: [other] for one, other in pairwise(names)}
    *_, last = tree("0", edges)
    assert last.depth == 2999
    assert circles([(one, other) for one, (other,) in edges.items()]) == {}


def test_only_two_types_say_that_somebody_waits() -> None:
    def waits(kind: str) -> tuple[str, str] | None:
        return Dependency(task_id="a", depends_on_id="b", dep_type=kind).waits

    assert waits("depends_on") == ("a", "b")
    assert waits("blocks") == ("b", "a")
    assert waits("relates_to") is None


def _ways(start: str, pairs: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    """All ways from a task, where there is no circle."""
    steps = [_ways(other, pairs) for one, other in pairs if one == start]
    return [(start,), *((start, *way) for ways in steps for way in ways)]


@given(PAIRS, st.sets(st.sampled_from("abcdefgh")))
def test_the_critical_path_is_the_longest_chain_of_open_tasks_through_one(
    pairs: list[tuple[str, str]], among: set[str]
) -> None:
    pairs = [(one, other) for one, other in pairs if one < other]
    chain = critical("d", pairs, among)
    inside = [pair for pair in pairs if set(pair) <= among]
    back = [(other, one) for one, other in inside]
    longest = max(map(len, _ways("d", inside))) + max(map(len, _ways("d", back))) - 1
    assert len(chain) == (longest if "d" in among and longest > 1 else 0)
    assert not chain or "d" in chain
    assert all(pair in inside for pair in pairwise(chain))


@given(PAIRS)
def test_no_critical_path_goes_along_a_circle(pairs: list[tuple[str, str]]) -> None:
    chain = critical("d", pairs, set("abcdefgh"))
    assert len(set(chain)) == len(chain)
    turning = circles(pairs)
    assert all(one not in turning or turning[one] != turning.get(o) for one, o in pairwise(chain))
