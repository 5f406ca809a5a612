"""Changes of the registry that meet."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.errors import Conflict, GenieError, Refused
from genie_tui.services import registry, registry_changes
from genie_tui.services.registry_sources import Source, from_directory


def source(place: Path, name: str, *needs: str) -> Source:
    """An item in a directory."""
    (place / name).mkdir(exist_ok=True)
    whole = {"name": name, "type": "skill", "version": "1.0.0", "dependencies": needs}
    (place / name / "genie.json").write_text(json.dumps(whole))
    return from_directory(place / name)


async def add(database: Database, found: Source, me: Actor) -> GenieError | None:
    """Add it; why not, where that was refused."""
    try:
        async with database.connection() as conn:
            await registry_changes.add(conn, found, me)
    except GenieError as error:
        return error
    return None


async def test_two_who_make_a_circle_together_are_not_both_let(
    database: Database, ada: Actor, tmp_path: Path
) -> None:
    ring = [source(tmp_path, *names) for names in (("a", "b"), ("b", "c"), ("c", "a"))]
    said = await asyncio.gather(*(add(database, one, ada) for one in ring))
    (why,) = filter(None, said)
    assert isinstance(why, Refused)
    assert "nothing can be first" in str(why)
    async with database.connection() as conn:
        assert len(await registry.entries(conn)) == 2


async def test_of_several_who_add_one_name_only_one_does(
    database: Database, ada: Actor, tmp_path: Path
) -> None:
    said = await asyncio.gather(*(add(database, source(tmp_path, "a"), ada) for _ in range(4)))
    assert said.count(None) == 1
    assert all(isinstance(one, Conflict) for one in said if one is not None)
