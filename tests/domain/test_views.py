"""How a board is looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.filters import parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View

views = st.builds(
    View,
    sort=st.sampled_from(Sort),
    hide_done=st.booleans(),
    hide_blocked=st.booleans(),
    group=st.sampled_from(Group),
)


def test_the_usual_view_hides_nothing_and_says_nothing() -> None:
    assert str(View().narrowed(parse("tag:bug"))) == "tag:bug"
    assert str(View()) == ""


def test_what_is_hidden_is_left_out_beside_what_the_filter_leaves_out() -> None:
    view = View(hide_done=True, hide_blocked=True)
    assert str(view.narrowed(parse("tag:bug"))) == "tag:bug !s:done,cancelled,blocked"
    assert str(view) == "without done and blocked"


def test_what_a_filter_asks_for_by_status_is_shown_although_it_is_hidden() -> None:
    assert str(View(hide_done=True).narrowed(parse("s:done"))) == "s:done"


@given(view=views)
def test_every_order_comes_round_and_hides_what_was_hidden(view: View) -> None:
    seen = [view]
    while (following := seen[-1].resorted()) != view:
        seen.append(following)
    assert [found.sort for found in seen] == [*dict.fromkeys(found.sort for found in seen)]
    assert len(seen) == len(Sort)
    assert {(found.hide_done, found.hide_blocked) for found in seen} == {
        (view.hide_done, view.hide_blocked)
    }


def test_lanes_come_round_too_and_are_told() -> None:
    seen = [View(sort=Sort.AGE)]
    while (following := seen[-1].regrouped()) != seen[0]:
        seen.append(following)
    assert [view.group for view in seen] == list(Group)
    assert str(seen[1]) == "by age, in lanes by assignee"
