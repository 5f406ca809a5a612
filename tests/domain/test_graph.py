"""Graphs of tasks: their circles, layers and longest chains, and how they are laid out."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.graph import Arrow, Graph, Shape
from genie_tui.domain.graph_layers import Layered, layered
from genie_tui.domain.graph_outline import outline
from genie_tui.domain.graph_tracks import Routed, routed
from genie_tui.domain.graph_walk import Direction, step_in_layers, step_in_outline
from genie_tui.domain.tasks import Status
from tests.ui.boards import card

NAMES = [f"t{number:02}" for number in range(12)]

ARROWS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(lambda pair: Arrow(*pair)),
    max_size=30,
)

SHAPES = ARROWS.map(lambda arrows: Shape.of(NAMES, arrows))

fifty = settings(max_examples=50, deadline=None)


def shape(*pairs: str) -> Shape:
    """`ab` is an arrow from a to b."""
    ids = sorted({letter for pair in pairs for letter in pair})
    return Shape.of(ids, (Arrow(*pair) for pair in pairs))


def broad(many: int) -> Shape:
    """More long arrows than there is room for."""
    chain = [f"c{number:02}" for number in range(40)]
    others = [f"o{number:03}" for number in range(many)]
    arrows = [Arrow(*pair) for pair in pairwise(chain)]
    arrows += [Arrow(other, chain[-1]) for other in others]
    return Shape.of((*chain, *others), arrows)


# What hangs together how


@fifty
@given(SHAPES)
def test_without_the_broken_arrows_each_node_comes_after_what_it_waits_for(shape: Shape) -> None:
    place = {id_: number for number, id_ in enumerate(shape.flow)}
    assert sorted(place) == sorted(shape.ids)
    assert all(place[arrow.tail] < place[arrow.head] for arrow in shape.forward)
    assert all(shape.layers[a.tail] < shape.layers[a.head] for a in shape.forward)
    assert all(shape.circular(arrow) for arrow in shape.broken)


@fifty
@given(SHAPES)
def test_only_on_a_circle_are_arrows_broken(shape: Shape) -> None:
    assert bool(shape.circles) == bool(shape.broken)
    for circle in set(shape.circles.values()):
        on_it = {id_ for id_, number in shape.circles.items() if number == circle}
        assert any(arrow.tail in on_it for arrow in shape.broken)


def test_a_layer_is_the_longest_way_from_what_waits_for_nothing() -> None:
    found = shape("ab", "bc", "ac", "cd", "ed")
    assert found.layers == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 0}


def test_what_is_around_a_node_is_counted_in_arrows_either_way() -> None:
    found = shape("ab", "bc", "cd", "eb")
    assert found.around("a", 1) == {"a", "b"}
    assert found.around("a", 2) == {"a", "b", "c", "e"}
    assert [set(part) for part in shape("ab", "cd").parts] == [{"a", "b"}, {"c", "d"}]


@fifty
@given(SHAPES, st.sets(st.sampled_from(NAMES), min_size=1))
def test_the_longest_chain_is_as_long_as_any(shape: Shape, among: set[str]) -> None:
    chain = shape.longest(among)
    assert set(chain) <= among
    assert all(Arrow(*pair) in shape.forward for pair in pairwise(chain))
    longest = dict.fromkeys(among, 1)
    for id_ in shape.flow:
        for tail in (a.tail for a in shape.forward if a.head == id_ and {*a} <= among):
            longest[id_] = max(longest[id_], longest[tail] + 1)
    most = max(longest.values())
    assert len(chain) == (most if most > 1 else 0)


def test_the_critical_path_is_of_open_tasks_alone() -> None:
    states = [Status.DONE, Status.READY, Status.BLOCKED, Status.FAILED, Status.CANCELLED]
    cards = [card(number, status=status) for number, status in enumerate(states, 1)]
    rows = [
        Dependency(task_id=one.id, depends_on_id=other.id, dep_type="depends_on")
        for other, one in pairwise(cards)
    ]
    graph = Graph.of(cards, rows)
    assert [graph.cards[id_].seq for id_ in graph.critical] == [2, 3, 4]
    done = graph.updated([card(3, status=Status.DONE)])
    assert done.critical == ()
    assert done.shape is graph.shape


def test_each_sort_of_dependency_is_an_arrow_from_what_is_waited_for() -> None:
    one, two, three = (card(number) for number in (1, 2, 3))
    rows = [
        Dependency(task_id=one.id, depends_on_id=two.id, dep_type="depends_on"),
        Dependency(task_id=two.id, depends_on_id=three.id, dep_type="blocks"),
        Dependency(task_id=one.id, depends_on_id=three.id, dep_type="relates_to"),
        Dependency(task_id=one.id, depends_on_id="task-gone", dep_type="depends_on"),
    ]
    graph = Graph.of([three, two, one], rows)
    assert set(graph.shape.arrows) == {Arrow(two.id, one.id), Arrow(two.id, three.id)}
    assert graph.linked(three.id) == (one.id,)
    assert graph.shape.ids == (one.id, two.id, three.id)


# Layers


@fifty
@given(SHAPES)
def test_every_node_has_a_place_of_its_own_in_its_layer(shape: Shape) -> None:
    layout = layered(shape)
    assert set(layout.spots) == set(shape.ids)
    assert {id_: spot.layer for id_, spot in layout.spots.items()} == shape.layers
    for one, other in combinations(layout.spots.values(), 2):
        assert one.layer != other.layer or abs(one.line - other.line) >= 2
    lines = [spot.line for spot in layout.spots.values()]
    assert min(lines) >= 0
    assert max(lines) < layout.height


@fifty
@given(ARROWS, st.randoms())
def test_the_same_graph_is_laid_out_in_the_same_way(arrows: list[Arrow], chance: object) -> None:
    first = layered(Shape.of(NAMES, arrows))
    chance.shuffle(arrows)  # type: ignore[attr-defined]
    second = layered(Shape.of(NAMES, arrows))
    assert (first.spots, first.wires, first.far) == (second.spots, second.wires, second.far)


def followed(layout: Layered, source: str) -> set[str]:
    """The nodes to which the wires of one lead, gutter by gutter."""
    found: set[str] = set()
    layer, line = layout.spots[source]
    while True:
        wires = layout.wires[layer] if layer < len(layout.wires) else ()
        mine = [wire for wire in wires if wire.source == source]
        if not mine:
            return found
        (wire,) = mine
        assert wire.line == line
        layer += 1
        onward = [pin for pin in wire.pins if pin.node is None]
        for pin in wire.pins:
            if pin.node is not None:
                assert layout.spots[pin.node] == (layer, pin.line)
                found.add(pin.node)
        if not onward:
            return found
        ((line, _, leads),) = onward
        assert all(layout.spots[id_].layer > layer for id_ in leads)


@fifty
@given(SHAPES)
def test_wires_lead_along_every_arrow_and_nowhere_else(shape: Shape) -> None:
    layout = layered(shape)
    drawn = {Arrow(one, other) for one in shape.ids for other in followed(layout, one)}
    backwards = {Arrow(arrow.head, arrow.tail) for arrow in shape.broken}
    assert not layout.far
    assert drawn == set(shape.forward) | backwards


def test_the_longest_arrows_are_far_ones_where_they_are_too_many() -> None:
    shape = broad(300)
    layout = layered(shape)
    drawn = {Arrow(one, other) for one in shape.ids for other in followed(layout, one)}
    assert layout.far
    assert drawn | layout.far == set(shape.arrows)
    assert not drawn & layout.far


def test_a_chain_is_straight_and_a_fork_stands_in_the_middle() -> None:
    chain = layered(shape("ab", "bc", "cd")).spots
    assert {spot.line for spot in chain.values()} == {0}
    fork = layered(shape("ab", "ac", "bd", "cd")).spots
    assert [fork[id_].line for id_ in "abcd"] == [1, 0, 2, 1]


# Tracks


def shared(one: Routed, other: Routed) -> bool:
    """Do two wires meet in one track, where they do not come together to one node?"""
    if one.track is None or one.track != other.track:
        return False
    first = max(one.extent[0], other.extent[0])
    last = min(one.extent[1], other.extent[1])
    ends = {lane.pin.node for route in (one, other) for lane in route.lanes}
    return first < last or (first == last and len(ends) > 1)


@fifty
@given(SHAPES)
def test_wires_share_a_track_only_where_they_do_not_meet(shape: Shape) -> None:
    for wires in layered(shape).wires:
        gutter = routed(wires)
        assert [route.wire for route in gutter.wires] == list(wires)
        assert not any(shared(one, other) for one, other in combinations(gutter.wires, 2))
        assert all((route.track or 0) < max(gutter.tracks, 1) for route in gutter.wires)


@fifty
@given(SHAPES)
def test_no_wire_seems_to_lead_on_where_another_one_ends(shape: Shape) -> None:
    for wires in layered(shape).wires:
        gutter = routed(wires)
        for one, other in permutations(gutter.wires, 2):
            for lane in other.lanes:
                straight = [(lane.line, lane.pin) for lane in one.lanes]
                if lane.line == one.wire.line:
                    beside = {w.line for w in wires} >= {lane.line - 1, lane.line + 1}
                    assert straight == [(lane.line, lane.pin)] or beside


# The tree, and walking


@fifty
@given(SHAPES)
def test_in_a_tree_each_task_stands_once_as_deep_as_its_layer(shape: Shape) -> None:
    rows = outline(shape)
    assert sorted(row.id for row in rows) == sorted(shape.ids)
    way: list[str] = []
    for row in rows:
        assert len(row.last) == shape.layers[row.id]
        way[len(row.last) :] = [row.id]
        above = set(way[-2:-1])
        assert above | set(row.others) == set(shape.before.get(row.id, ()))


@fifty
@given(SHAPES, st.sampled_from(NAMES))
def test_keys_lead_to_that_side_or_nowhere(shape: Shape, start: str) -> None:
    layout, rows = layered(shape), outline(shape)
    here = layout.spots[start]
    sides: dict[Direction, bool] = {
        "left": layout.spots[step_in_layers(layout, start, "left")].layer < here.layer,
        "right": layout.spots[step_in_layers(layout, start, "right")].layer > here.layer,
        "up": layout.spots[step_in_layers(layout, start, "up")].line < here.line,
        "down": layout.spots[step_in_layers(layout, start, "down")].line > here.line,
    }
    for direction, moved in sides.items():
        assert moved or step_in_layers(layout, start, direction) == start
        assert step_in_outline(rows, shape, start, direction) in shape.place


def test_sideways_leads_along_an_arrow_before_it_leads_to_what_is_nearer() -> None:
    layout = layered(shape("ab", "bz", "cd", "de", "az"))
    assert step_in_layers(layout, "a", "right") == "b"
    assert step_in_layers(layout, "z", "left") == "b"
    assert step_in_layers(layout, "z", "right") == "z"
