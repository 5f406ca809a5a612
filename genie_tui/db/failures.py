"""What the database refused, as an error that a user can act on."""

from __future__ import annotations

import psycopg
from psycopg import errors

from genie_tui.errors import Conflict, GenieError, Refused

__all__ = ["explained"]


def explained(error: psycopg.Error) -> GenieError:
    """The error to show in place of the driver's, which no service expected."""
    match error:
        case errors.SerializationFailure() | errors.DeadlockDetected() | errors.LockNotAvailable():
            return Conflict("somebody else was writing the same; nothing was done, repeat it")
        case errors.ReadOnlySqlTransaction():
            return Refused(
                "nothing is written: --read-only was given, or the server lets nobody write; "
                "leave it out, or use another server"
            )
        case errors.DiskFull():
            said = error.diag.message_primary
            return GenieError(
                f"the database's disk is full ({said}); nothing was done, make room and repeat"
            )
        case errors.InsufficientPrivilege():
            said = error.diag.message_primary
            return Refused(
                f"the database does not allow it ({said}); use a role that may, "
                "or ask for what 'genie-tui db status' says is missing"
            )
    said = (error.diag.message_primary or str(error)).strip().partition("\n")[0]
    return GenieError(f"the database refused it ({said}); nothing was done, look and repeat")
