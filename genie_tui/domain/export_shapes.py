"""What each row of an exported file looks like (`exports` says which rows there are)."""

from __future__ import annotations

from genie_tui.domain.shapes import (
    Field,
    Shape,
    anything,
    flag,
    moment,
    one_of,
    rows,
    some_text,
    text,
    texts,
    uuid,
    whole,
)

__all__ = [
    "BOARD",
    "COLUMN",
    "HEAD",
    "OWNER",
    "PROJECT",
    "SHARED_BOARD",
    "TAG",
    "TASK",
    "TASK_TYPE",
]

_ACTOR_TYPES = ("local", "genie_os_user", "omni_agent")

COLUMN = Shape(
    fields={
        "id": text(),
        "name": some_text(),
        "label": text(),
        "gate": one_of("human", "agent", "human+agent"),
        "action": text(),
        "auto_advance": flag(),
        "transitions": rows(
            Shape(
                fields={
                    "event": text(required=True),
                    "target": text(required=True),
                    "condition": text(),
                    "action": text(),
                },
                open=True,
            )
        ),
        "roles": texts(),
        "color": text(),
        "parallel": flag(),
        "on_fail": text(),
        "position": whole(),
    },
    open=True,
)
"""A column of a board, or a stage of a task type; other clients may store more in it."""


def _columns(name: str) -> dict[str, Field]:
    return {name: rows(COLUMN, as_text=True), f"stored_{name}": anything()}


HEAD = Shape(
    fields={
        "format": one_of("project", "board", required=True),
        "version": whole(required=True),
        "history": flag(),
    }
)

PROJECT = Shape(
    fields={
        "id": some_text(),
        "name": some_text(),
        "repo_path": text(),
        "description": text(),
        "created_at": moment(required=True),
    }
)

TASK_TYPE = Shape(
    fields={
        "id": some_text(),
        "name": text(required=True),
        "description": text(),
        "icon": text(),
        **_columns("stages"),
    },
    key=("id",),
)

TAG = Shape(
    fields={
        "id": some_text(),
        "name": text(required=True),
        "color": text(),
        "type_id": text(),
    },
    key=("id",),
)

OWNER = Shape(fields={"name": some_text(), "repo_path": text(), "description": text()})

SHARED_BOARD = Shape(
    fields={
        "project": anything(),
        "name": text(required=True),
        "description": text(),
        **_columns("columns"),
        "config": anything(),
    },
)

BOARD = Shape(
    fields={
        "id": some_text(),
        "name": text(required=True),
        "description": text(),
        **_columns("columns"),
        "config": anything(),
        "created_at": moment(required=True),
        "updated_at": moment(required=True),
    },
    key=("id",),
)

MESSAGE = Shape(
    fields={
        "number": whole(required=True),
        "reply_to": whole(),
        "sender_type": one_of(*_ACTOR_TYPES, "system", required=True),
        "sender_id": text(required=True),
        "body": text(required=True),
        "metadata": anything(),
        "created_at": moment(required=True),
        "updated_at": moment(required=True),
    }
)

MEMBER = Shape(
    fields={
        "actor_type": one_of(*_ACTOR_TYPES, required=True),
        "actor_id": text(required=True),
        "role": one_of("member", "admin", "read_only", required=True),
        "joined_at": moment(required=True),
    },
    key=("actor_type", "actor_id"),
)

CONVERSATION = Shape(
    fields={
        "id": some_text(),
        "parent_message": whole(),
        "name": text(),
        "type": one_of("dm", "group", required=True),
        "linked_entity": text(),
        "linked_entity_id": text(),
        "created_by_type": one_of(*_ACTOR_TYPES, "system"),
        "created_by_id": text(),
        "metadata": anything(),
        "created_at": moment(required=True),
        "updated_at": moment(required=True),
        "members": rows(MEMBER),
        "messages": rows(MESSAGE),
    },
)

TASK = Shape(
    fields={
        "id": some_text(),
        "seq": whole(required=True),
        "in_project": flag(),
        "parent_id": text(),
        "repo_path": text(required=True),
        "genie_os_folder_id": uuid(),
        "wish_file": text(),
        "group_name": text(),
        "title": text(required=True),
        "description": text(),
        "acceptance_criteria": text(),
        "type_id": text(required=True),
        "stage": text(required=True),
        "status": one_of(
            "blocked", "ready", "in_progress", "done", "failed", "cancelled", required=True
        ),
        "priority": one_of("urgent", "high", "normal", "low", required=True),
        **dict.fromkeys(("start_date", "due_date", "started_at", "ended_at"), moment()),
        "estimated_effort": text(),
        "blocked_reason": text(),
        "release_id": text(),
        "checkout_run_id": text(),
        "execution_locked_at": moment(),
        "checkout_timeout_ms": whole(),
        **dict.fromkeys(("session_id", "pane_id", "trace_id"), text()),
        "metadata": anything(),
        "created_at": moment(required=True),
        "updated_at": moment(required=True),
        "board_id": text(),
        "column_id": text(),
        "actors": rows(
            Shape(
                fields={
                    "actor_type": one_of(*_ACTOR_TYPES, required=True),
                    "actor_id": text(required=True),
                    "role": text(required=True),
                    "permissions": anything(),
                    "created_at": moment(required=True),
                },
                key=("actor_type", "actor_id", "role"),
            )
        ),
        "tags": rows(
            Shape(
                fields={
                    "tag_id": text(required=True),
                    "added_by_type": text(most=20),
                    "added_by_id": text(),
                    "created_at": moment(required=True),
                },
                key=("tag_id",),
            )
        ),
        "dependencies": rows(
            Shape(
                fields={
                    "depends_on_id": text(required=True),
                    "dep_type": one_of("depends_on", "blocks", "relates_to", required=True),
                    "created_at": moment(required=True),
                },
                key=("depends_on_id",),
            )
        ),
        "stage_log": rows(
            Shape(
                fields={
                    "from_stage": text(),
                    "to_stage": text(required=True),
                    "actor_type": text(most=20),
                    **dict.fromkeys(("actor_id", "run_id", "gate_type"), text()),
                    "created_at": moment(required=True),
                }
            )
        ),
        "approvals": rows(
            Shape(
                fields={
                    "stage": text(required=True),
                    "kind": one_of("human", "agent", required=True),
                    "actor_type": one_of(*_ACTOR_TYPES, required=True),
                    "actor_id": text(required=True),
                    "created_at": moment(required=True),
                },
                key=("stage", "kind"),
            )
        ),
        "conversations": rows(CONVERSATION),
        "history": rows(
            Shape(
                fields={
                    "event_type": text(required=True),
                    "actor": text(),
                    "details": anything(),
                    "created_at": moment(required=True),
                }
            )
        ),
    }
)
