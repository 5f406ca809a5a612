"""What a read would tell of the lanes of cards that are in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from genie_tui.domain.lanes import LANES_AT_MOST, OTHERS, Group
from genie_tui.domain.tasks import Card


def laned(
    columns: Mapping[str, Sequence[Card]], group: Group, most: int = LANES_AT_MOST
) -> dict[str, Any]:
    """The part of a Window about lanes, for all cards of all columns."""
    if group is Group.NONE:
        return {}
    lanes = {group.key(card): group.lane(card) for cards in columns.values() for card in cards}
    named = sorted(key for key in lanes if key < OTHERS.key)
    beyond = set(named[most:])
    counts = {
        column: Counter(
            OTHERS.key if group.key(card) in beyond else group.key(card) for card in cards
        )
        for column, cards in columns.items()
    }
    shown = {key: OTHERS if key in beyond else lane for key, lane in lanes.items()}
    return {
        "group": group,
        "lanes": tuple({lane.key: lane for lane in shown.values()}.values()),
        "laned": {column: dict(found) for column, found in counts.items()},
    }
