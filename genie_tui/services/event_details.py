"""What there is to know of one line of the activity beside the line itself."""

from __future__ import annotations

import json
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.boards import decoded

__all__ = ["details_of"]

AT_MOST = 20_000
"""Characters that are read of a text."""

AUDIT = """
    SELECT e.entity_type || ' ' || e.event_type || ' ' || e.entity_id,
           CASE WHEN pg_column_size(e.details) < 200000 THEN e.details END
      FROM audit_events e
     WHERE e.id = %(id)s::bigint
"""

MESSAGE = """
    SELECT 'message ' || m.id || ' in ' || coalesce(c.name, c.id), left(m.body, %(most)s)
      FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE m.id = %(id)s::bigint
"""

LETTER = """
    SELECT 'mail ' || b.id || ' to ' || b.to_worker, left(b.body, %(most)s)
      FROM mailbox b
     WHERE b.id = %(id)s
"""

RUN = """
    SELECT 'run ' || r.id || ', ' || r.status
           || coalesce(', exit code ' || r.exit_code, ''),
           concat_ws(E'\\n', right(r.output, %(most)s), right(r.error, %(most)s))
      FROM runs r
     WHERE r.id = %(id)s
"""

_READS = {"audit_events": AUDIT, "messages": MESSAGE, "mailbox": LETTER, "runs": RUN}


async def details_of(conn: AsyncConnection, key: tuple[str, str]) -> tuple[str, str]:
    """What it is, and all that it says; both empty where no row tells of it (any more)."""
    table, id_ = key
    if (query := _READS.get(table)) is None:
        return "", ""
    wanted = id_.partition(" ")[0] if table == "runs" else id_
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, {"id": wanted, "most": AT_MOST})
        row = await cursor.fetchone()
    return (str(row[0]), _text(row[1])) if row else ("", "")


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    told = json.dumps(decoded(value), indent=2, ensure_ascii=False, default=str)
    return "" if told in ("{}", "null") else told[:AT_MOST]
