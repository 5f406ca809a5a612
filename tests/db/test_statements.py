"""Taking scripts apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.db.statements import split

PIECES = [
    "SELECT 1",
    "SELECT ';'",
    "SELECT 'it''s; fine'",
    r"SELECT E'a\';b'",
    'SELECT 1 AS "a;b"',
    "DO $$ BEGIN NULL; END; $$",
    "DO $body$ SELECT $$;$$; $body$",
    "SELECT 1 -- one; two\n + 1",
    "SELECT /* a; /* nested; */ b; */ 2",
    "SELECT a$b, c$d",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_joined_statements_come_apart_as_they_were(pieces: list[str]) -> None:
    assert [one.text for one in split(";\n".join([*pieces, ""]))] == [f"{one};" for one in pieces]


@given(st.text(alphabet="a;'\"$-/*\n \\Ee", max_size=40))
def test_nothing_but_space_comments_and_lone_semicolons_is_lost(script: str) -> None:
    position = 0
    for statement in split(script):
        position = script.index(statement.text, position)
        assert script.count("\n", 0, position) + 1 == statement.line
        position += len(statement.text)


@pytest.mark.parametrize("script", ["", "  \n", "-- only a comment", "/* a */ ; -- b\n;"])
def test_a_script_without_statements_has_none(script: str) -> None:
    assert list(split(script)) == []


def test_each_statement_knows_the_line_of_its_first_word() -> None:
    script = "-- head\n\nSELECT 1;\n\n-- why\nSELECT\n  2;"
    assert [(one.line, one.text) for one in split(script)] == [
        (3, "SELECT 1;"),
        (6, "SELECT\n  2;"),
    ]


def test_every_migration_of_this_project_ends_its_statements() -> None:
    for path in (Path(__file__).parents[2] / "migrations").glob("*.sql"):
        assert all(one.text.endswith(";") for one in split(path.read_text())), path.name
