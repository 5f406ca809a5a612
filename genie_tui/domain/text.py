"""Text that people and agents type, made fit to be stored."""

from __future__ import annotations

from genie_tui.errors import BadInput

__all__ = ["given", "line", "prose", "storable"]


def line(text: str, what: str) -> str:
    """One line: white space becomes single blanks.

    Raises:
        BadInput: nothing is left, or it cannot be stored; `what` names it: `a task's title`.
    """
    return prose(" ".join(text.split()), what)


def prose(text: str, what: str) -> str:
    """Any text that says something, without blanks around it.

    Raises:
        BadInput: nothing is left, or it cannot be stored.
    """
    if not (stripped := text.strip()):
        raise BadInput(f"{what} is empty; write something")
    return given(stripped, what)


def given(text: str, what: str) -> str:
    """The text as it is, if a database can hold it.

    Raises:
        BadInput: it cannot.
    """
    if not storable(text):
        raise BadInput(f"{what} holds characters that cannot be stored; leave them out")
    return text


def storable(text: str) -> bool:
    """Can a database hold it? Not NUL, nor the halves of letters that a wrong decoding leaves."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
