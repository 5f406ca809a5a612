"""Conversations: who said what, about which task, in answer to what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ROLES", "Message"]

ROLES = ("member", "admin", "read_only")
"""What a member of a conversation may do: write, decide on members too, or only read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `sender_type` is an actor type or `system`; `body` is plain text."""

    id: int
    conversation_id: str
    reply_to_id: int | None = None
    sender_type: str
    sender_id: str
    body: str
    created_at: datetime
    updated_at: datetime
