"""A task's row as it is stored, column by column."""

from __future__ import annotations

import json

from psycopg import AsyncConnection, sql
from psycopg.rows import tuple_row

from genie_tui.domain import documents
from genie_tui.domain.boards import decoded
from genie_tui.domain.task_parts import Value
from genie_tui.services.task_rows import no_task

__all__ = ["values"]

LETTERS, LETTERS_OF_JSON = 20_000, 200_000
"""Of each value. What is cut off of jsonb cannot be told apart from what is no JSON."""

# Whatever other clients have added is shown, too.
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_attribute a
     WHERE a.attrelid = 'tasks'::regclass AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum
"""

ROW = "SELECT {values} FROM tasks t WHERE t.id = {id}"


async def values(conn: AsyncConnection, task_id: str) -> tuple[Value, ...]:
    """Every column with its value as PostgreSQL writes it, jsonb over several lines.

    Text in jsonb that holds JSON is taken for what it holds.

    Raises:
        NotFound: there is no such task.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(COLUMNS)
        columns = await cursor.fetchall()
        parts = (_parts(name, type_) for name, type_ in columns)
        query = sql.SQL(ROW).format(values=sql.SQL(", ").join(parts), id=sql.Placeholder("id"))
        await cursor.execute(query, {"id": task_id})
        if (row := await cursor.fetchone()) is None:
            raise no_task(task_id)
    texts = zip(row[::2], row[1::2], strict=True)
    return tuple(
        _value(name, type_, text, letters)
        for (name, type_), (text, letters) in zip(columns, texts, strict=True)
    )


def _parts(name: str, type_: str) -> sql.Composed:
    """The beginning of a column's text, and the length of all of it."""
    most = LETTERS_OF_JSON if type_ == "jsonb" else LETTERS
    return sql.SQL("left(t.{0}::text, {1}), length(t.{0}::text)").format(
        sql.Identifier(name), sql.Literal(most)
    )


def _value(name: str, type_: str, text: str | None, letters: int | None) -> Value:
    if text is None:
        return Value(column=name, type=type_, text=None)
    if type_ == "jsonb" and letters == len(text):
        text = json.dumps(decoded(documents.loads(text)), indent=2, ensure_ascii=False)
        letters = len(text)
    return Value(column=name, type=type_, text=text[:LETTERS], letters=letters or 0)
