"""Who is told what: preferences per actor and channel, with the least priority that is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from genie_tui.domain.tasks import Priority

__all__ = ["USUAL", "Channel", "Preference", "told_by"]


class Channel(StrEnum):
    """A way to reach somebody. `tmux` works here; the others are for clients that have them."""

    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    EMAIL = "email"
    SLACK = "slack"
    DISCORD = "discord"
    TMUX = "tmux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Whether an actor wants to be told on a channel, and from which priority on.

    Of several, those that are `is_default` come first.
    """

    channel: Channel
    threshold: Priority = Priority.NORMAL
    is_default: bool = False
    enabled: bool = True

    def admits(self, priority: Priority) -> bool:
        """Is something of that priority told?"""
        return self.enabled and priority.rank <= self.threshold.rank


USUAL = (Preference(channel=Channel.TMUX),)
"""What holds for somebody who has said nothing."""


def told_by(preferences: Iterable[Preference], priority: Priority) -> tuple[Channel, ...]:
    """The channels on which something of that priority is told, the preferred ones first.

    Whoever has no preferences has the usual ones; whoever has some, only these.
    """
    chosen = tuple(preferences) or USUAL
    admitting = [preference for preference in chosen if preference.admits(priority)]
    admitting.sort(key=lambda preference: (not preference.is_default, preference.channel))
    return tuple(dict.fromkeys(preference.channel for preference in admitting))
