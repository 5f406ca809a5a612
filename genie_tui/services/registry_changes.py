"""Changing the registry: items come, are active or not, are upgraded, and go.

What an item needs is active while it is; what others need does not go. All changes take their turn,
so that two of them cannot make a circle together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.actors import Actor
from genie_tui.domain.manifests import Need, Semver
from genie_tui.domain.registry import Entry, in_order, needed_by, unmet
from genie_tui.errors import Conflict, NotFound, Refused
from genie_tui.services import audit, registry
from genie_tui.services.registry_sources import Release, Source

__all__ = ["Added", "activate", "add", "deactivate", "find", "remove", "upgrade"]

TURN = "SELECT pg_advisory_xact_lock(hashtext('genie_tui.registry'))"

_COLUMNS = (
    "name, item_type, version, description, author_name, author_url, git_url, install_path,"
    " manifest, tags, category, license, dependencies"
)

ADD = f"""
    INSERT INTO app_store (id, {_COLUMNS})
    VALUES (%(id)s, %(name)s, %(type)s, %(version)s, %(description)s, %(author)s, %(author_url)s,
            %(git_url)s, %(path)s, %(manifest)s, %(tags)s, %(category)s, %(license)s, %(needs)s)
"""

CHANGE = f"""
    UPDATE app_store
       SET ({_COLUMNS}, updated_at)
         = (%(name)s, %(type)s, %(version)s, %(description)s, %(author)s, %(author_url)s,
            %(git_url)s, %(path)s, %(manifest)s, %(tags)s, %(category)s, %(license)s, %(needs)s,
            now())
     WHERE id = %(id)s
"""

INSTALL = """
    INSERT INTO installed_apps (app_store_id, install_path, is_active)
    VALUES (%(id)s, %(path)s, %(active)s)
        ON CONFLICT (app_store_id)
        DO UPDATE SET install_path = excluded.install_path, is_active = excluded.is_active,
                      updated_at = now()
"""

ACTIVE = """
    UPDATE installed_apps SET is_active = %(active)s, updated_at = now()
     WHERE app_store_id = ANY(%(ids)s)
"""

RELEASE = """
    INSERT INTO app_versions (
        app_store_id, version, git_tag, git_sha, manifest, changelog, published_at)
    VALUES (%(id)s, %(version)s, %(tag)s, %(sha)s, %(manifest)s, %(changelog)s,
            coalesce(%(at)s::timestamptz, now()))
        ON CONFLICT (app_store_id, version)
        DO UPDATE SET git_tag = excluded.git_tag, git_sha = excluded.git_sha,
                      manifest = excluded.manifest,
                      changelog = coalesce(excluded.changelog, app_versions.changelog)
"""

REMOVE = "DELETE FROM app_store WHERE id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding or upgrading; `also` became active with it, `missing` says why not."""

    entry: Entry
    also: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


async def find(conn: AsyncConnection, name: str) -> Entry:
    """The item of a name, or of an id.

    Raises:
        NotFound: there is none.
    """
    there = await registry.entries(conn)
    for one in there:
        if one.name == name:
            return one
    for one in there:
        if one.id == name:
            return one
    raise NotFound(f"nothing in the registry is called {name!r}; 'genie-tui app list' shows all")


async def add(conn: AsyncConnection, source: Source, me: Actor) -> Added:
    """Take an item in; it is active at once where all is there that it needs.

    Raises:
        Conflict: its name is taken. Refused: it and others would need each other in a circle.
    """
    there = await _there(conn)
    manifest = source.chosen.manifest
    if manifest.name in there:
        raise Conflict(
            f"there is an item called {manifest.name} already; "
            f"'genie-tui app upgrade {manifest.name}' takes a newer version of it"
        )
    entry = _entry(source)
    there[entry.name] = entry
    _no_circle(entry, there)
    _still_met(entry, there)
    missing = _missing(entry, there)
    await conn.execute(ADD, _values(source))
    also = () if missing else await _activated(conn, entry, there, me)
    await _installed(conn, source, active=not missing)
    said = {"name": entry.name, "version": entry.version}
    await audit.record(conn, entry.id, "added", me, said, entity_type="app")
    return Added(entry=await find(conn, entry.name), also=also, missing=missing)


async def upgrade(
    conn: AsyncConnection, entry: Entry, source: Source, me: Actor, *, asked: bool = False
) -> Added:
    """Put the version that was found in the place of the one there is; `asked` if an older one may.

    Raises:
        Refused: it is another item, or an older one, or too old for others, or what it needs is
            not there.
    """
    there = await _there(conn)
    before = there.get(entry.name)
    if before is None or before.id != entry.id:
        raise Conflict(f"{entry.name} is no longer what it was; look again, and repeat it")
    now = replace(_entry(source), active=before.active)
    if now.name != before.name:
        raise Refused(f"its source holds {now.name} now, which is another item; add it as that")
    old, new = Semver.of(before.version), Semver.of(now.version)
    if old and new and new < old and not asked:
        raise Refused(f"{now.name} is {before.version}, and its source has no newer one")
    there[now.name] = now
    _no_circle(now, there)
    _still_met(now, there)
    also = await _activated(conn, now, there, me) if before.active else ()
    await conn.execute(CHANGE, _values(source))
    await _installed(conn, source, active=bool(before.active))
    if before.version != now.version:
        said = {"name": now.name, "from": before.version, "to": now.version}
        await audit.record(conn, now.id, "upgraded", me, said, entity_type="app")
    return Added(entry=await find(conn, now.name), also=also)


async def activate(conn: AsyncConnection, entry: Entry, me: Actor) -> tuple[str, ...]:
    """Have an item take part, and before it what it needs; the names of what was not active.

    Raises:
        Refused: something that it needs is missing, or too old, or its files are gone.
    """
    there = await _there(conn)
    if entry.name not in there:
        raise NotFound(f"{entry.name} has been removed meanwhile")
    also = await _activated(conn, there[entry.name], there, me)
    if there[entry.name].active:
        return also
    _lies_there(there[entry.name])
    await _set_active(conn, there[entry.name], me)
    return (*also, entry.name)


async def deactivate(conn: AsyncConnection, entry: Entry, me: Actor) -> bool:
    """Have an item not take part; false where it did not.

    Raises:
        Refused: others that are active need it.
    """
    there = await _there(conn)
    found = there.get(entry.name)
    if found is None or not found.active:
        return False
    using = [one.name for one in needed_by(entry.name, there.values()) if one.active]
    if using:
        raise Refused(f"{_all(using)} need {entry.name}; deactivate that first")
    await conn.execute(ACTIVE, {"ids": [found.id], "active": False})
    said = {"name": found.name}
    await audit.record(conn, found.id, "deactivated", me, said, entity_type="app")
    return True


async def remove(conn: AsyncConnection, entry: Entry, me: Actor) -> None:
    """Take an item out of the registry, with its versions.

    Raises:
        Refused: others need it.
    """
    there = await _there(conn)
    if using := [one.name for one in needed_by(entry.name, there.values())]:
        raise Refused(f"{_all(using)} need {entry.name}; remove that first")
    if (await conn.execute(REMOVE, {"id": entry.id})).rowcount == 0:
        raise NotFound(f"{entry.name} has been removed already")
    said = {"name": entry.name, "version": entry.version}
    await audit.record(conn, entry.id, "removed", me, said, entity_type="app")


async def _there(conn: AsyncConnection) -> dict[str, Entry]:
    """All items by their names, while nobody else changes any."""
    await conn.execute(TURN)
    return {one.name: one for one in await registry.entries(conn)}


async def _activated(
    conn: AsyncConnection, entry: Entry, there: Mapping[str, Entry], me: Actor
) -> tuple[str, ...]:
    """Make active what an item needs, and is not; its names."""
    needed = [one for one in in_order(entry.name, there)[:-1] if not one.active]
    for one in needed:
        _lies_there(one)
        await _set_active(conn, one, me)
    return tuple(one.name for one in needed)


async def _set_active(conn: AsyncConnection, entry: Entry, me: Actor) -> None:
    await conn.execute(INSTALL, {"id": entry.id, "path": entry.path, "active": True})
    said = {"name": entry.name}
    await audit.record(conn, entry.id, "activated", me, said, entity_type="app")


async def _installed(conn: AsyncConnection, source: Source, *, active: bool) -> None:
    values = {"id": source.item_id, "path": str(source.path), "active": active}
    await conn.execute(INSTALL, values)
    for release in source.releases:
        await conn.execute(RELEASE, {"id": source.item_id, **_release(release)})


def _lies_there(entry: Entry) -> None:
    if not entry.path or not Path(entry.path).is_dir():
        where = entry.path or "nowhere"
        raise Refused(f"the files of {entry.name} are gone ({where}); add or upgrade it again")


def _no_circle(entry: Entry, there: Mapping[str, Entry]) -> None:
    """Refuse what would need itself, also where not all of it is there yet."""
    whole = dict(there)
    for one in there.values():
        for text in one.dependencies:
            name = (Need.of(text) or Need(name=text)).name
            whole.setdefault(name, Entry(id=name, name=name, item_type="", version=""))
    bare = {
        name: replace(one, dependencies=tuple(_names(one.dependencies)))
        for name, one in whole.items()
    }
    in_order(entry.name, bare)


def _still_met(entry: Entry, there: Mapping[str, Entry]) -> None:
    """Refuse a version that is too old for others that are active."""
    for one in needed_by(entry.name, there.values()):
        if one.active and (said := unmet(one, {**there, entry.name: entry})):
            raise Refused(f"{said[0].partition(';')[0]}: {entry.version} is too old for it")


def _missing(entry: Entry, there: Mapping[str, Entry]) -> tuple[str, ...]:
    try:
        in_order(entry.name, there)
    except Refused as error:
        return error.reasons
    return ()


def _names(needs: Iterable[str]) -> list[str]:
    return [(Need.of(text) or Need(name=text)).name for text in needs]


def _entry(source: Source) -> Entry:
    manifest = source.chosen.manifest
    return Entry(
        id=source.item_id,
        name=manifest.name,
        item_type=manifest.item_type,
        version=manifest.version,
        path=str(source.path),
        dependencies=manifest.dependencies,
    )


def _values(source: Source) -> dict[str, Any]:
    manifest = source.chosen.manifest
    return {
        "id": source.item_id,
        "name": manifest.name,
        "type": manifest.item_type,
        "version": manifest.version,
        "description": manifest.texts.get("description"),
        "author": manifest.texts.get("author"),
        "author_url": manifest.texts.get("author_url"),
        "git_url": source.git_url,
        "path": str(source.path),
        "manifest": Jsonb(manifest.whole),
        "tags": list(manifest.tags),
        "category": manifest.texts.get("category"),
        "license": manifest.texts.get("license"),
        "needs": list(manifest.dependencies),
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "version": release.manifest.version,
        "tag": release.git_tag,
        "sha": release.git_sha,
        "manifest": Jsonb(release.manifest.whole),
        "changelog": release.changelog,
        "at": release.at,
    }


def _all(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
