"""What the demo's two projects are about: stories to be told as tasks (`stories.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["DIFFERENT", "Story", "more_stories", "stories"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A task before it has a number, a stage and a history; `tags` are ids."""

    title: str
    why: str
    criteria: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """Markdown."""
        return f"## Why\n\n{self.why}\n"

    @property
    def acceptance_criteria(self) -> str | None:
        """A Markdown list of boxes to tick; None where nobody wrote any."""
        return "\n".join(f"- [ ] {one}" for one in self.criteria) or None


@cache
def stories() -> dict[str, tuple[Story, ...]]:
    """The stories by theme: `sprint`, `bugs` and `operations`."""
    text = files(__package__).joinpath("stories.toml").read_text(encoding="utf-8")
    return {
        theme: tuple(_story(**one) for one in all_) for theme, all_ in tomllib.loads(text).items()
    }


def _story(title: str, why: str, criteria: Sequence[str] = (), tags: Sequence[str] = ()) -> Story:
    return Story(title=title, why=why.strip(), criteria=tuple(criteria), tags=tuple(tags))


_VERBS = ("Speed up", "Simplify", "Test", "Document", "Rework", "Harden", "Measure", "Clean up")
_THINGS = (
    "the invoice editor",
    "the customer list",
    "the tax rules",
    "the mail templates",
    "the price import",
    "the payment matching",
    "the webhook log",
    "the permission checks",
    "the nightly report",
    "the account merge",
    "the address form",
    "the template cache",
)
_PLACES = ("", " on mobile", " for large accounts", " in the API", " for guests", " after midnight")
DIFFERENT = len(_VERBS) * len(_THINGS) * len(_PLACES)
"""Stories that can be made up before one has to be told again."""


def more_stories(number: int) -> Story:
    """The story of that number, from 0 on, for when those above are used up; no two alike."""
    rest, verb = divmod(number, len(_VERBS))
    rest, thing = divmod(rest, len(_THINGS))
    rest, place = divmod(rest, len(_PLACES))
    again = f" ({rest + 1})" if rest else ""
    # Walk the things with the verbs, so that neighbours differ in both.
    subject = _THINGS[(thing + verb) % len(_THINGS)]
    return Story(
        title=f"{_VERBS[verb]} {subject}{_PLACES[place]}{again}",
        why=f"It came up in the retrospective: {subject} costs us time every week.",
        criteria=("agreed with whoever asked for it", "covered by a test"),
        tags=("improvement" if verb % 2 else "chore",),
    )
