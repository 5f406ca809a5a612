"""What the dashboard remembers between two starts: of each project board, filter, view and theme.

It is a file in the home, written anew as a whole. What cannot be read is forgotten, and what cannot
be written is no reason to stop: nothing of it is anybody's work.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genie_tui.domain.filters import Filter, FilterError, parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View

__all__ = ["Memory", "Remembered"]

EVERYTHING = "*"
"""Stands for all projects together."""

PROJECTS_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The board that was shown last (its key), and how it was looked at.

    `theme` is empty where none was chosen.
    """

    board: str
    filter: Filter
    view: View
    theme: str = ""


class Memory:
    """Reads the file when it is first asked, and writes it when something else is to be kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._projects: dict[str, Any] | None = None

    @classmethod
    def of_home(cls, home: Path) -> Memory:
        """What is remembered in a home."""
        return cls(home / "tui.state.json")

    def of(self, project_id: str | None) -> Remembered | None:
        """What was shown last of a project, or of all of them; None where that is not known."""
        found = self._read().get(project_id or EVERYTHING)
        if not isinstance(found, dict) or not isinstance(found.get("board"), str):
            return None
        theme = str(found.get("theme") or "")
        return Remembered(
            board=found["board"], filter=_filter(found), view=_view(found), theme=theme
        )

    @property
    def theme(self) -> str:
        """That of the project that was looked at last; empty where none was chosen."""
        last = next(reversed(self._read().values()), None)
        return str(last.get("theme") or "") if isinstance(last, dict) else ""

    def keep(self, project_id: str | None, last: Remembered) -> None:
        """Remember this for the next start."""
        projects, key = self._read(), project_id or EVERYTHING
        kept = {
            "board": last.board,
            "filter": str(last.filter),
            "sort": last.view.sort.value,
            "hide_done": last.view.hide_done,
            "hide_blocked": last.view.hide_blocked,
            "folded": list(last.view.folded),
            "group": last.view.group.value,
            "theme": last.theme,
        }
        if projects.get(key) == kept and next(reversed(projects)) == key:
            return
        # The newest last, so that what is dropped is what was not looked at for longest.
        projects.pop(key, None)
        projects[key] = kept
        while len(projects) > PROJECTS_AT_MOST:
            del projects[next(iter(projects))]
        with contextlib.suppress(OSError):
            self._write(projects)

    def _read(self) -> dict[str, Any]:
        if self._projects is None:
            self._projects = {}
            with contextlib.suppress(OSError, ValueError, RecursionError):
                found = json.loads(self._path.read_text(encoding="utf-8"))
                if isinstance(found, dict) and isinstance(found.get("projects"), dict):
                    self._projects = found["projects"]
        return self._projects

    def _write(self, projects: Mapping[str, Any]) -> None:
        """Under another name first, so that whoever reads it meanwhile reads all of it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        other = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        other.write_text(json.dumps({"projects": projects}, indent=1), encoding="utf-8")
        other.replace(self._path)


def _filter(found: Mapping[str, Any]) -> Filter:
    try:
        return parse(str(found.get("filter") or ""))
    except FilterError:
        return Filter()


def _view(found: Mapping[str, Any]) -> View:
    sort, folded, group = found.get("sort"), found.get("folded"), found.get("group")
    return View(
        sort=Sort(sort) if isinstance(sort, str) and sort in set(Sort) else Sort.PRIORITY,
        hide_done=found.get("hide_done") is True,
        hide_blocked=found.get("hide_blocked") is True,
        folded=tuple(str(column) for column in folded) if isinstance(folded, list) else (),
        group=Group(group) if isinstance(group, str) and group in set(Group) else Group.NONE,
    )
