"""What an imported file shares with what is here: task types, tags, boards of others.

The same content under the same name is shared; ids and times say nothing of it. What differs is
refused, unless it was said what to do: nothing that is here is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.boards import decoded
from genie_tui.domain.exports import SHARED
from genie_tui.errors import Conflict
from genie_tui.services.export_rows import COLUMN_IDS, WITHOUT_IDS

__all__ = ["OnConflict", "Sharing"]

OnConflict: TypeAlias = Literal["refuse", "share", "rename"]
"""What differs is refused; what is here counts; or the file's gets another name."""

Rows: TypeAlias = Sequence[tuple[dict[str, Any], str]]
"""Rows of a file: values, and their texts."""

_ROW = "%(row)s::jsonb"

LOOK_TYPE = f"""
    SELECT y.id,
           y.name IS NOT DISTINCT FROM r.name AND y.description IS NOT DISTINCT FROM r.description
           AND y.icon IS NOT DISTINCT FROM r.icon
           AND y.stages = coalesce({_ROW} -> 'stages', {_ROW} -> 'stored_stages', '[]')
      FROM task_types y,
           jsonb_to_record({_ROW}) AS r (name text, description text, icon text)
     WHERE y.id = %(name)s
"""

ADD_TYPE = f"""
    INSERT INTO task_types (id, name, description, icon, stages)
    SELECT %(name)s, r.name, r.description, r.icon,
           coalesce({_ROW} -> 'stages', {_ROW} -> 'stored_stages', '[]')
      FROM jsonb_to_record({_ROW}) AS r (name text, description text, icon text)
 RETURNING id
"""

LOOK_TAG = f"""
    SELECT g.id,
           g.name IS NOT DISTINCT FROM r.name AND g.color IS NOT DISTINCT FROM r.color
           AND g.type_id IS NOT DISTINCT FROM %(type)s
      FROM tags g, jsonb_to_record({_ROW}) AS r (name text, color text)
     WHERE g.id = %(name)s
"""

ADD_TAG = f"""
    INSERT INTO tags (id, name, color, type_id)
    SELECT %(name)s, r.name, r.color, %(type)s
      FROM jsonb_to_record({_ROW}) AS r (name text, color text)
 RETURNING id
"""

_COLUMNS = f"coalesce({_ROW} -> 'columns', {_ROW} -> 'stored_columns', '[]')"

LOOK_BOARD = f"""
    SELECT b.id,
           b.description IS NOT DISTINCT FROM r.description
           AND b.config = coalesce({_ROW} -> 'config', '{{}}') AND ({WITHOUT_IDS}) = {_COLUMNS}
      FROM boards b, jsonb_to_record({_ROW}) AS r (description text)
     WHERE b.name = %(name)s AND b.project_id IS NOT DISTINCT FROM %(project)s
"""

ADD_BOARD = f"""
    INSERT INTO boards (name, project_id, description, config, columns)
    SELECT %(name)s, %(project)s, {_ROW} ->> 'description',
           coalesce({_ROW} -> 'config', '{{}}'),
           CASE WHEN jsonb_typeof({_COLUMNS}) <> 'array' THEN {_COLUMNS}
           ELSE (SELECT coalesce(jsonb_agg(
                            CASE jsonb_typeof(item) WHEN 'object'
                            THEN item || jsonb_build_object('id', gen_random_uuid()) ELSE item END
                            ORDER BY place), '[]')
                   FROM jsonb_array_elements(
                            CASE jsonb_typeof({_COLUMNS}) WHEN 'array' THEN {_COLUMNS}
                            ELSE '[]' END) WITH ORDINALITY AS c (item, place)) END
 RETURNING id
"""

PROJECT_NAMED = "SELECT id FROM projects WHERE name = %(name)s"

ADD_PROJECT = """
    INSERT INTO projects (name, repo_path, description)
    VALUES (%(name)s, %(repo_path)s, %(description)s)
 RETURNING id
"""

BOARD_COLUMNS = "SELECT columns FROM boards WHERE id = %(board)s"


@dataclass(slots=True, kw_only=True)
class Sharing:
    """Finds or makes what a file shares; what differs is gathered, and told at once."""

    conn: AsyncConnection
    on_conflict: OnConflict = "refuse"
    made: list[str] = field(default_factory=list)
    _conflicts: list[str] = field(default_factory=list)

    async def types(self, rows: Rows) -> dict[str, str]:
        """Task types: their ids in the file, and here."""
        return {
            row["id"]: await self._settle("type", LOOK_TYPE, ADD_TYPE, row["id"], {"row": text})
            for row, text in rows
        }

    async def tags(self, rows: Rows, types: Mapping[str, str]) -> dict[str, str]:
        """Tags: their ids in the file, and here."""
        found = {}
        for row, text in rows:
            type_id = row.get("type_id")
            params = {"row": text, "type": None if type_id is None else types[type_id]}
            found[row["id"]] = await self._settle("tag", LOOK_TAG, ADD_TAG, row["id"], params)
        return found

    async def boards(self, rows: Rows) -> tuple[dict[str, str], dict[str, str | None]]:
        """Boards that are not the project's own: their ids, and those of their columns."""
        boards: dict[str, str] = {}
        columns: dict[str, str | None] = {}
        for place, (row, text) in enumerate(rows):
            key = f"{SHARED}{place}"
            params = {"row": text, "project": await self._owner(row.get("project"))}
            boards[key] = await self._settle("board", LOOK_BOARD, ADD_BOARD, row["name"], params)
            for number, column_id in enumerate(await self._column_ids(boards[key], row)):
                columns[f"{key}/{SHARED}{number}"] = column_id
        return boards, columns

    def check(self) -> None:
        """Go on only where nothing differed.

        Raises:
            Conflict: something did.
        """
        if self._conflicts:
            raise Conflict(
                f"here, {'; '.join(self._conflicts)}. --on-conflict share takes what is here,"
                " rename brings the file's under other names"
            )

    async def _settle(
        self, noun: str, look: str, add: str, wanted: str, params: Mapping[str, Any]
    ) -> str:
        for number in count(1):
            name = wanted if number == 1 else f"{wanted}-{number}"
            found = await self._row(look, {**params, "name": name})
            if found is None:
                made = await self._row(add, {**params, "name": name})
                assert made is not None
                self.made.append(f"{noun} {name}")
                return str(made[0])
            if found[1] or self.on_conflict != "rename":
                if not found[1] and self.on_conflict == "refuse":
                    self._conflicts.append(f"the {noun} {name!r} is not like the file's")
                return str(found[0])
        raise AssertionError("there is always a free number")

    async def _owner(self, project: Mapping[str, Any] | None) -> str | None:
        """The project, here, whose board it is."""
        if project is None:
            return None
        params = {name: project.get(name) for name in ("name", "repo_path", "description")}
        found = await self._row(PROJECT_NAMED, params)
        if found is None:
            found = await self._row(ADD_PROJECT, params)
            self.made.append(f"project {project['name']}")
        assert found is not None
        return str(found[0])

    async def _column_ids(self, board_id: str, row: Mapping[str, Any]) -> list[str | None]:
        """The ids of the columns that the file's are here: by place where they are alike."""
        async with self.conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(COLUMN_IDS, {"boards": [board_id]})
            by_place = {place: column_id for _, column_id, place in await cursor.fetchall()}
        stored = await self._row(BOARD_COLUMNS, {"board": board_id})
        here = _listed(stored[0] if stored else None)
        found: list[str | None] = []
        for place, column in enumerate(_listed(row.get("columns", row.get("stored_columns")))):
            name = _name(column)
            same = [nth for nth, other in enumerate(here) if _name(other) == name]
            at = place if place in same else next(iter(same), None)
            found.append(None if at is None else by_place.get(at))
        return found

    async def _row(self, query: str, params: Mapping[str, Any]) -> tuple[Any, ...] | None:
        async with self.conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query, params)
            return await cursor.fetchone()


def _listed(columns: Any) -> list[Any]:
    listed = decoded(columns)
    return listed if isinstance(listed, list) else []


def _name(column: Any) -> Any:
    return json.dumps(column.get("name"), default=str) if isinstance(column, dict) else None
