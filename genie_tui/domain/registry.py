"""What the registry holds: agents, skills, apps, boards and more that can be installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from genie_tui.domain.manifests import Need
from genie_tui.errors import Refused

__all__ = ["Entry", "Version", "in_order", "needed_by", "unmet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of `app_store`, with what `installed_apps` says of it.

    `active` is None where it is not installed. `manifest` is what its author says of it, text in
    jsonb decoded.
    """

    id: str
    name: str
    item_type: str
    version: str
    description: str = ""
    author: str = ""
    author_url: str = ""
    git_url: str = ""
    path: str = ""
    approval: str = "local"
    category: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    manifest: Mapping[str, Any] | None = None
    installed_at: datetime | None = None
    active: bool | None = None

    def matches(self, text: str) -> bool:
        """Is every word of it in the entry's name, type, description, category or tags?"""
        said = (self.name, self.item_type, self.description, self.category, *self.tags)
        whole = " ".join(said).casefold()
        return all(word in whole for word in text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A row of `app_versions`."""

    version: str
    git_tag: str = ""
    git_sha: str = ""
    changelog: str = ""
    published_at: datetime | None = None


def in_order(name: str, there: Mapping[str, Entry]) -> tuple[Entry, ...]:
    """What has to be active for an item to be, the item itself last: each after what it needs.

    Raises:
        Refused: something is missing or too old, or things need each other in a circle.
    """
    found: dict[str, Entry] = {}
    path: dict[str, None] = {}
    # No recursion: a chain is as long as whoever wrote it likes.
    ahead: list[tuple[str, bool]] = [(name, False)]
    while ahead:
        one, left = ahead.pop()
        if left:
            del path[one]
            found[one] = there[one]
        elif one in path:
            circle = [*list(path)[list(path).index(one) :], one]
            circle = circle if len(circle) <= 8 else [*circle[:6], "…", one]
            raise Refused(f"{' needs '.join(circle)}: nothing can be first; change one of them")
        elif one not in found:
            missing = unmet(there[one], there)
            if missing:
                raise Refused("; ".join(missing), reasons=tuple(missing))
            path[one] = None
            ahead.append((one, True))
            ahead += [(need.name, False) for need in reversed(_needs(there[one]))]
    return tuple(found.values())


def unmet(entry: Entry, there: Mapping[str, Entry]) -> list[str]:
    """What an item needs and has not: a sentence each."""
    said = []
    for need in _needs(entry):
        if (other := there.get(need.name)) is None:
            said.append(f"{entry.name} needs {need}, which is not in the registry; add it first")
        elif not need.met_by(other.version):
            said.append(f"{entry.name} needs {need}, and there is {other.version}; upgrade it")
    return said


def needed_by(name: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The items that need one of a name."""
    return tuple(entry for entry in entries if any(need.name == name for need in _needs(entry)))


def _needs(entry: Entry) -> Sequence[Need]:
    """What it needs; what another client wrote in a way of its own is taken for a name."""
    return [Need.of(text) or Need(name=text) for text in entry.dependencies]
