"""Filters as conditions of a query; `Filter.matches` says the same of a card in memory."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import (
    Age,
    Due,
    DueIs,
    Field,
    Filter,
    Fuzzy,
    Is,
    Number,
    OneOf,
    Test,
    Title,
    Word,
)
from genie_tui.domain.fuzzy import GAP
from genie_tui.services.cards import LOCK_ENDS, WAITS

__all__ = ["compile"]

# None of these is ever null, nor holds a per cent sign, which psycopg would take for a parameter.
# What they say of other tables is asked once for all tasks wherever it can be (`t.id IN`), because
# asking for each of a hundred thousand takes longer than a keystroke may.
# Whether the letters are there at all is found out at a quarter of the cost of the expression.
FUZZY = "(lower(t.title) LIKE lower({letters}::text) AND lower(t.title) ~ lower({near}::text))"

LOCKED = "(t.checkout_run_id IS NOT NULL)"

# A lock without expiry has no end to compare: it is not stale, and neither is that unknown.
STALE = f"(t.checkout_run_id IS NOT NULL AND coalesce({LOCK_ENDS} < {{now}}, false))"

# With all the types there are, because the index on actors begins with the type.
MINE = """(t.id IN (
    SELECT l.id FROM tasks l WHERE l.checkout_run_id = {run}
     UNION ALL
    SELECT a.task_id FROM task_actors a
     WHERE a.actor_type IN ('local', 'genie_os_user', 'omni_agent') AND a.actor_id = {me}
       AND a.role = 'assignee'))"""

# Most tasks have no dependency at all; only of the others it is asked what they wait for.
READY = f"""(t.status = 'ready' AND t.checkout_run_id IS NULL AND NOT (
    (t.id IN (SELECT d.task_id FROM task_dependencies d WHERE d.dep_type = 'depends_on')
     OR t.id IN (SELECT d.depends_on_id FROM task_dependencies d WHERE d.dep_type = 'blocks'))
    AND {WAITS}))"""

BLOCKED = "(t.status = 'blocked')"

# The stages that there are, found by jumping from one to the next in an index, are few.
STAGED = """((t.type_id, t.stage) IN (
    WITH RECURSIVE known (type_id, stage) AS (
        (SELECT s.type_id, s.stage FROM tasks s ORDER BY s.type_id, s.stage LIMIT 1)
         UNION ALL
        SELECT next.type_id, next.stage FROM known k CROSS JOIN LATERAL (
            SELECT s.type_id, s.stage FROM tasks s
             WHERE (s.type_id, s.stage) > (k.type_id, k.stage)
             ORDER BY s.type_id, s.stage LIMIT 1) next)
    SELECT k.type_id, k.stage FROM known k WHERE lower(k.stage) = ANY({values})))"""

TAGGED = """(t.id IN (
    SELECT tt.task_id FROM task_tags tt
     WHERE tt.tag_id = ANY(ARRAY(
        SELECT g.id FROM tags g
         WHERE lower(g.id) = ANY({values}) OR lower(g.name) = ANY({values})))))"""

# The same reading of a run id as Lock.holder's.
HOLDER = """CASE
    WHEN starts_with(l.checkout_run_id, 'agent-') THEN substr(l.checkout_run_id, 7)
    WHEN starts_with(l.checkout_run_id, 'tui-') AND strpos(l.checkout_run_id, '@') > 0
    THEN coalesce(nullif(regexp_replace(substr(l.checkout_run_id, 5), '@[^@]*$', ''), ''),
                  l.checkout_run_id)
    ELSE l.checkout_run_id END"""

PERSON = f"""(t.id IN (
    SELECT l.id FROM tasks l
     WHERE l.checkout_run_id IS NOT NULL AND lower({HOLDER}) = ANY({{values}})
     UNION ALL
    SELECT a.task_id FROM task_actors a
     WHERE a.role = 'assignee' AND lower(a.actor_id) = ANY({{values}})))"""

OVERDUE = """(t.due_date IS NOT NULL AND t.due_date < {now}
    AND t.status NOT IN ('done', 'cancelled'))"""


def compile(filter: Filter, *, now: datetime, me: Actor) -> tuple[str, dict[str, Any]]:  # noqa: A001, A002
    """A condition over the alias `t` (tasks), and its named parameters (`filter_0`, …).

    What was typed is only ever a parameter. The condition is never null; that of an empty filter
    is TRUE.
    """
    conditions = _Conditions(now, me)
    terms = [f"{'NOT ' * term.negated}{conditions.of(term.test)}" for term in filter.terms]
    return " AND ".join(terms) or "TRUE", conditions.parameters


class _Conditions:
    """Writes conditions, and keeps their parameters."""

    def __init__(self, now: datetime, me: Actor) -> None:
        self.now = now
        self.me = me
        self.parameters: dict[str, Any] = {}

    def of(self, test: Test) -> str:
        match test:
            case Title(text=text):
                return f"(strpos(lower(t.title), lower({self.value(text)}::text)) > 0)"
            case Fuzzy(letters=letters):
                return FUZZY.format(
                    letters=self.value(_anywhere(letters)), near=self.value(_near(letters))
                )
            case Number(seq=seq):
                return f"(t.seq = {self.value(seq)})"
            case OneOf(field=field, values=values):
                return self.one_of(field, values)
            case Due(left=left):
                bound = self.value(self.now + left.span)
                return f"(t.due_date IS NOT NULL AND t.due_date {left.sign} {bound})"
            case DueIs(state="none"):
                return "(t.due_date IS NULL)"
            case DueIs():
                return OVERDUE.format(now=self.value(self.now))
            case Age(since=since):
                before = "<" if since.sign == ">" else ">"
                return f"(t.created_at {before} {self.value(self.now - since.span)})"
            case Is(word=word):
                return self.named(word)

    def one_of(self, field: Field, values: tuple[str, ...]) -> str:
        match field:
            case Field.PRIORITY | Field.STATUS:
                column = "priority" if field is Field.PRIORITY else "status"
                return f"(t.{column} = ANY({self.value(list(values))}::text[]))"
            case Field.STAGE:
                return STAGED.format(values=self.folded(values))
            case Field.TAG:
                return TAGGED.format(values=self.folded(values))
            case Field.PERSON:
                return PERSON.format(values=self.folded(values))

    def named(self, word: Word) -> str:
        match word:
            case Word.LOCKED:
                return LOCKED
            case Word.STALE:
                return STALE.format(now=self.value(self.now))
            case Word.MINE:
                return MINE.format(run=self.value(self.me.run_id), me=self.value(self.me.id))
            case Word.READY:
                return READY
            case Word.BLOCKED:
                return BLOCKED

    def value(self, value: Any) -> str:
        name = f"filter_{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"

    def folded(self, values: tuple[str, ...]) -> str:
        """The server's own `lower`, in case its letters are folded otherwise than ours."""
        return f"ARRAY[{', '.join(f'lower({self.value(value)}::text)' for value in values)}]"


_SIGNS = "\x01-/:-@[-`{-\x7f"
"""The signs of ASCII, after which words begin, between the brackets of a regular expression."""

_BETWEEN = f"(?:[^{_SIGNS}]{{0,{GAP}}}|.*[{_SIGNS}])"
"""What may stand between two letters; `fuzzy.near` says the same."""


_LIKE = {sign: f"\\{sign}" for sign in "\\%_"}
"""What is no letter in a pattern, as one."""


def _near(letters: str) -> str:
    """A regular expression for titles that have these letters."""
    return _BETWEEN.join(map(re.escape, letters))


def _anywhere(letters: str) -> str:
    """A pattern for titles in which these letters come in their order."""
    return f"%{'%'.join(_LIKE.get(letter, letter) for letter in letters)}%"
