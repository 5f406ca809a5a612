"""Payloads are taken apart as the contract says, and none of them is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.changes import CHANNELS, parse


@pytest.mark.parametrize(
    ("channel", "payload", "parts"),
    [
        ("genie_trigger_due", "trg-1", ("trg-1",)),
        ("genie_trigger_due", "a:b", ("a:b",)),
        ("genie_audit_event", "task:done:task-1", ("task", "done", "task-1")),
        ("genie_audit_event", "agent:state:pane:%12", ("agent", "state", "pane:%12")),
        ("genie_task_stage", "task-1::draft", ("task-1", "", "draft")),
        ("genie_task_stage", "task-1:build:review", ("task-1", "build", "review")),
        ("genie_message", "conv-1:42:eng:1", ("conv-1", "42", "eng:1")),
        ("genie_task_dep", "task-1:added:task-2:blocks", ("task-1", "added", "task-2", "blocks")),
        ("genie_agent_state", "a:b:c:idle:working", ("a:b:c", "idle", "working")),
        ("genie_mailbox_delivery", "team:eng-1:mail-1", ("team:eng-1", "mail-1")),
        ("tui_task_change", "task-1,task-2", ("task-1", "task-2")),
        ("tui_task_change", "*", ("*",)),
    ],
)
def test_values_may_hold_colons_themselves(
    channel: str, payload: str, parts: tuple[str, ...]
) -> None:
    assert parse(channel, payload).parts == parts


@pytest.mark.parametrize("channel", [*CHANNELS, "somebody_elses"])
def test_an_empty_payload_has_no_parts(channel: str) -> None:
    assert parse(channel, "").parts == ()


@given(st.sampled_from([*CHANNELS, "somebody_elses"]), st.text())
def test_no_payload_is_an_error_and_each_is_kept_as_it_came(channel: str, payload: str) -> None:
    hint = parse(channel, payload)
    assert (hint.channel, hint.payload) == (channel, payload)
