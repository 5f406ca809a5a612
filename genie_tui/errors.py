"""Errors that a user can act on: the message says what happened, and what to do about it."""

from __future__ import annotations

__all__ = [
    "Ambiguous",
    "BadInput",
    "Conflict",
    "GenieError",
    "LockLost",
    "NoDatabase",
    "NotDone",
    "NotFound",
    "NothingReady",
    "Refused",
]


class GenieError(Exception):
    """Something failed: `what happened; what to do about it`.

    `code` names the kind of error in JSON output; `exit_code` is the command line's.
    """

    code = "failed"
    exit_code = 1


class BadInput(GenieError):
    """What was asked for cannot be understood: `what is wrong with it; what would be right`."""

    code = "usage"
    exit_code = 2


class NotFound(GenieError):
    """Nothing goes by that name: `no task #12 in acme; 'genie-tui task list' shows them`."""

    code = "not_found"
    exit_code = 3


class NothingReady(NotFound):
    """No task is ready to be claimed: `nothing is ready in build`."""

    code = "nothing_ready"


class Refused(GenieError):
    """A gate, a lock or a dependency says no: `why; who or what would let it through`.

    `reasons` holds each reason alone. `override` is true where a person may insist, by asking
    again with `override=True` once the reasons were shown.
    """

    code = "refused"
    exit_code = 4

    def __init__(
        self, message: str, *, reasons: tuple[str, ...] = (), override: bool = False
    ) -> None:
        super().__init__(message)
        self.reasons = reasons or (message,)
        self.override = override


class Conflict(Refused):
    """Somebody else was first: `what changed meanwhile; read again and repeat`."""

    code = "conflict"


class Ambiguous(Refused):
    """A reference fits more than one: `#12 is each of …; name one by its id`."""

    code = "ambiguous"


class LockLost(Conflict):
    """A run wanted to renew or release a lock that it no longer holds."""

    code = "lock_lost"


class NoDatabase(GenieError):
    """The database cannot be reached or started: `why; what to do`, with the log's last lines."""

    code = "no_database"
    exit_code = 5


class NotDone(NoDatabase):
    """The connection broke, and it is known that nothing was written: it may be done again."""

    code = "not_done"
