"""What the registry holds: agents, skills, apps, boards and more that can be installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Entry", "Version"]


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
