"""Projects: what tasks of one repository belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

__all__ = ["Project", "name_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project; `repo_path` is None for one that other clients made without a repository."""

    id: str
    name: str
    repo_path: str | None = None
    description: str | None = None
    created_at: datetime


def name_of(repo_path: str) -> str:
    """What the project of a repository is called: its last path component."""
    return PurePath(repo_path).name or repo_path
