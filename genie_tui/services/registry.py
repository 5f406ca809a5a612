"""Reading the registry: entries, and the versions of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from genie_tui.domain.boards import decoded
from genie_tui.domain.registry import Entry, Version
from genie_tui.services.cards import clamped

__all__ = ["AT_MOST", "entries", "objects", "version_objects", "versions"]

AT_MOST = 2_000
"""So many entries are read; a registry is a shelf, not a log."""

ENTRIES = f"""
    SELECT s.id, s.name, s.item_type, s.version, left(coalesce(s.description, ''), 10000)
           AS description, coalesce(s.author_name, '') AS author,
           coalesce(s.author_url, '') AS author_url, coalesce(s.git_url, '') AS git_url,
           coalesce(i.install_path, s.install_path, '') AS path, s.approval_status AS approval,
           coalesce(s.category, '') AS category, coalesce(s.license, '') AS license,
           coalesce(s.tags, '{{}}') AS tags, coalesce(s.dependencies, '{{}}') AS dependencies,
           s.manifest, {clamped("coalesce(i.installed_at, s.installed_at)")} AS installed_at,
           i.is_active AS active
      FROM app_store s LEFT JOIN installed_apps i ON i.app_store_id = s.id
     ORDER BY s.item_type, lower(s.name), s.id
     LIMIT %(limit)s
"""

VERSIONS = f"""
    SELECT v.version, coalesce(v.git_tag, '') AS git_tag, coalesce(v.git_sha, '') AS git_sha,
           left(coalesce(v.changelog, ''), 2000) AS changelog,
           {clamped("v.published_at")} AS published_at
      FROM app_versions v
     WHERE v.app_store_id = %(entry)s
     ORDER BY v.published_at DESC NULLS LAST, v.id
     LIMIT 50
"""

OBJECTS = f"""
    SELECT s.id, s.name, s.item_type, s.version, s.description, s.author_name, s.author_url,
           s.git_url, coalesce(i.install_path, s.install_path) AS install_path, s.manifest,
           s.approval_status, s.tags, s.category, s.license, s.dependencies,
           {clamped("s.installed_at")} AS installed_at, {clamped("s.updated_at")} AS updated_at,
           i.id IS NOT NULL AS installed, coalesce(i.is_active, false) AS is_active
      FROM app_store s LEFT JOIN installed_apps i ON i.app_store_id = s.id
     WHERE %(id)s::text IS NULL OR s.id = %(id)s
     ORDER BY s.item_type, lower(s.name), s.id
     LIMIT %(limit)s
"""

VERSION_OBJECTS = f"""
    SELECT v.id, v.version, v.git_tag, v.git_sha, v.manifest, v.changelog,
           {clamped("v.published_at")} AS published_at
      FROM app_versions v
     WHERE v.app_store_id = %(entry)s
     ORDER BY v.published_at DESC NULLS LAST, v.id
     LIMIT 500
"""


async def objects(conn: AsyncConnection, entry_id: str | None = None) -> list[dict[str, Any]]:
    """All items, or one, as JSON output has them."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, {"id": entry_id, "limit": AT_MOST})
        return [row | {"manifest": decoded(row["manifest"])} for row in await cursor.fetchall()]


async def version_objects(conn: AsyncConnection, entry_id: str) -> list[dict[str, Any]]:
    """The versions of an item, the newest first, as JSON output has them."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(VERSION_OBJECTS, {"entry": entry_id})
        return [row | {"manifest": decoded(row["manifest"])} for row in await cursor.fetchall()]


async def entries(conn: AsyncConnection) -> tuple[Entry, ...]:
    """All entries by their types and names, as many as `AT_MOST`."""
    async with conn.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(ENTRIES, {"limit": AT_MOST})
        return tuple(_plain(entry) for entry in await cursor.fetchall())


async def versions(conn: AsyncConnection, entry_id: str) -> tuple[Version, ...]:
    """The versions of an entry, the newest first."""
    async with conn.cursor(row_factory=class_row(Version)) as cursor:
        await cursor.execute(VERSIONS, {"entry": entry_id})
        return tuple(await cursor.fetchall())


def _plain(entry: Entry) -> Entry:
    """Arrays as tuples; a manifest that another client stored as text is read again."""
    manifest: Any = decoded(entry.manifest)
    return replace(
        entry,
        tags=tuple(str(tag) for tag in entry.tags if tag),
        dependencies=tuple(str(name) for name in entry.dependencies if name),
        manifest=manifest if isinstance(manifest, Mapping) else {"": manifest},
    )
