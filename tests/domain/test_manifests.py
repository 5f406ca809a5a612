"""Manifests that are right or say what is wrong, versions in their order, and who needs whom."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.manifests import Need, Semver, parse
from genie_tui.domain.registry import Entry, in_order, needed_by
from genie_tui.errors import BadInput, Refused

RIGHT = {"name": "review-bot", "type": "agent", "version": "1.4.2"}


def read(**more: Any) -> Any:
    return parse(json.dumps(RIGHT | more).encode(), "genie.json")


def test_a_manifest_that_is_right_is_read_whole() -> None:
    found = read(tags=["a", "a"], dependencies=["x", "y >= 1.0.0"], **{"x-mine": 1})
    assert (found.name, found.item_type, found.version) == ("review-bot", "agent", "1.4.2")
    assert (found.tags, found.dependencies) == (("a",), ("x", "y>=1.0.0"))
    assert found.whole["x-mine"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "../up"}, "name is"),
        ({"name": None}, "name is missing"),
        ({"name": "-rf"}, "name is"),
        ({"type": "virus"}, "one of agent, skill"),
        ({"type": ["agent"]}, "one of agent, skill"),
        ({"version": "v1"}, "semantic version"),
        ({"version": "01.0.0"}, "semantic version"),
        ({"version": "1" * 5000 + ".0.0"}, "semantic version"),
        ({"descripton": "x"}, "did you mean description?"),
        ({"zzz": 1}, "begin with x-"),
        ({"tags": "a"}, "tags takes a list"),
        ({"tags": [1]}, "tags takes a list"),
        ({"dependencies": ["a=>1"]}, "is none"),
        ({"dependencies": ["review-bot"]}, "depends on itself"),
        ({"config": []}, "config takes an object"),
        ({"description": 5}, "description takes a text"),
        ({"description": "a\0b"}, "null character"),
        ({"x-half": "\ud800"}, "half of a letter"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(more: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=r"genie\.json is not right") as caught:
        read(**more)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"[" * 100_000, b'{"a": NaN}', b'{"a":1,"a":2}', b"\xff", b" " * 300_000]
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"there is no JSON|there holds no object"):
        parse(data, "there")


def test_versions_come_in_the_order_of_semver_org() -> None:
    texts = """0.9.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2
               1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0"""
    found = [Semver.of(text) for text in texts.split()]
    assert all(one and other and one < other for one, other in pairwise(found))
    assert Semver.of("1.0.0+a") == Semver.of("1.0.0+b")


def entry(name: str, *needs: str, version: str = "1.0.0") -> Entry:
    return Entry(id=name, name=name, item_type="skill", version=version, dependencies=needs)


GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=1)


@given(GRAPHS)
def test_what_is_needed_comes_first_or_it_is_said_why_that_cannot_be(
    graph: dict[str, set[str]],
) -> None:
    there = {name: entry(name, *sorted(needs)) for name, needs in graph.items()}
    name = next(iter(graph))
    reached, ahead = set(), [name]
    while ahead:
        if (one := ahead.pop()) not in reached:
            reached.add(one)
            ahead += graph.get(one, set())
    try:
        order = [one.name for one in in_order(name, there)]
    except Refused:
        missing = any(one not in graph for one in reached)
        assert missing or any(_in_a_circle(one, graph) for one in reached)
        return
    assert set(order) == reached
    assert order[-1] == name
    for at, one in enumerate(order):
        assert graph[one] <= set(order[:at])


def _in_a_circle(name: str, graph: dict[str, set[str]]) -> bool:
    reached: set[str] = set()
    ahead = set(graph.get(name, set()))
    while ahead:
        one = ahead.pop()
        reached.add(one)
        ahead |= graph.get(one, set()) - reached
    return name in reached


def test_a_long_chain_is_followed_to_its_end() -> None:
    there = {f"n{n}": entry(f"n{n}", *([f"n{n + 1}"] if n < 2000 else [])) for n in range(2001)}
    assert len(in_order("n0", there)) == 2001
    there["n2000"] = entry("n2000", "n0")
    with pytest.raises(Refused, match="nothing can be first"):
        in_order("n0", there)


def test_what_is_too_old_is_not_enough() -> None:
    there = {"a": entry("a", "b>=1.2.0"), "b": entry("b", version="1.2.0-rc.1")}
    with pytest.raises(Refused, match=r"a needs b>=1.2.0, and there is 1.2.0-rc.1"):
        in_order("a", there)
    assert Need(name="b", least="1.2.0").met_by("1.2.0")
    assert [one.name for one in needed_by("b", there.values())] == ["a"]
