"""Who is told what: the rule alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.notifications import USUAL, Channel, Preference, told_by
from genie_tui.domain.tasks import Priority

PRIORITIES = st.sampled_from(Priority)

PREFERENCES = st.lists(
    st.builds(
        Preference,
        channel=st.sampled_from(Channel),
        threshold=PRIORITIES,
        is_default=st.booleans(),
        enabled=st.booleans(),
    ),
    unique_by=lambda preference: preference.channel,
)


def test_without_a_preference_tmux_tells_from_normal_on() -> None:
    told = {priority: told_by((), priority) for priority in Priority}
    assert told == {
        Priority.URGENT: (Channel.TMUX,),
        Priority.HIGH: (Channel.TMUX,),
        Priority.NORMAL: (Channel.TMUX,),
        Priority.LOW: (),
    }


@given(PREFERENCES, PRIORITIES, PRIORITIES)
def test_what_is_more_pressing_is_told_wherever_less_pressing_is(
    preferences: list[Preference], one: Priority, other: Priority
) -> None:
    urgent, less = sorted((one, other), key=lambda priority: priority.rank)
    assert set(told_by(preferences, less)) <= set(told_by(preferences, urgent))


@given(PREFERENCES, PRIORITIES)
def test_each_channel_tells_just_what_its_preference_admits(
    preferences: list[Preference], priority: Priority
) -> None:
    order = ["urgent", "high", "normal", "low"]
    chosen = preferences or USUAL
    assert set(told_by(preferences, priority)) == {
        each.channel
        for each in chosen
        if each.enabled and order.index(priority) <= order.index(each.threshold)
    }


@given(PREFERENCES, PRIORITIES)
def test_the_default_channels_come_first_and_none_comes_twice(
    preferences: list[Preference], priority: Priority
) -> None:
    told = told_by(preferences, priority)
    default = {each.channel for each in preferences if each.is_default}
    assert len(set(told)) == len(told)
    ranks = [channel not in default for channel in told]
    assert ranks == sorted(ranks)
    assert told == told_by(reversed(preferences), priority)


@given(PREFERENCES.filter(bool))
def test_whoever_disables_every_channel_is_never_told(preferences: list[Preference]) -> None:
    silent = [Preference(channel=each.channel, enabled=False) for each in preferences]
    assert not any(told_by(silent, priority) for priority in Priority)
