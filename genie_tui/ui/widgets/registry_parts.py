"""An entry of the registry in full, as content that is built from variables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from genie_tui.domain.registry import Entry, Version
from genie_tui.ui.widgets.plain import brief

__all__ = ["about"]

HEAD = "bold $primary"
DIM = "$foreground 55%"
MANIFEST_LINES = 200


def about(entry: Entry, versions: Sequence[Version]) -> Content:
    """What is known of it, its versions, and its manifest."""
    parts = [
        Content.assemble((brief(entry.name), "bold"), (f"  {brief(entry.version)}", DIM)),
        *_paragraph(entry.description),
        Content(""),
        *_facts(entry),
        *_versions(versions),
        *_manifest(entry),
    ]
    return Content("\n").join(parts)


def _paragraph(text: str) -> list[Content]:
    return [Content(brief(line)) for line in text.splitlines()[:40]]


def _facts(entry: Entry) -> list[Content]:
    state = {True: "active", False: "installed, not active", None: "not installed"}[entry.active]
    rows = [
        ("type", entry.item_type),
        ("state", f"{state} ({entry.approval})"),
        ("author", " ".join(filter(None, (entry.author, entry.author_url)))),
        ("licence", entry.license),
        ("category", entry.category),
        ("tags", " ".join(entry.tags)),
        ("needs", " ".join(entry.dependencies)),
        ("path", entry.path),
        ("git", entry.git_url),
        ("since", _day(entry.installed_at)),
        ("id", entry.id),
    ]
    return [Content.assemble((f"{name:<9}", DIM), brief(text)) for name, text in rows if text]


def _versions(versions: Sequence[Version]) -> list[Content]:
    if not versions:
        return []
    rows = []
    for version in versions:
        where = " ".join(filter(None, (version.git_tag, version.git_sha[:12])))
        rows.append(
            Content.assemble(
                (brief(version.version), "bold"),
                (f"  {_day(version.published_at)}  {brief(where)}", DIM),
            )
        )
        rows += [Content(f"  {brief(line)}") for line in version.changelog.splitlines()[:8]]
    return [Content(""), Content.styled("versions", HEAD), *rows]


def _manifest(entry: Entry) -> list[Content]:
    if not entry.manifest:
        return []
    lines = json.dumps(entry.manifest, indent=2, ensure_ascii=False, default=str).splitlines()
    shown = [Content(brief(line)) for line in lines[:MANIFEST_LINES]]
    if len(lines) > MANIFEST_LINES:
        more = f"and {len(lines) - MANIFEST_LINES} lines more"
        shown.append(Content.styled(more, DIM))
    return [Content(""), Content.styled("manifest", HEAD), *shown]


def _day(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d}" if at else ""
