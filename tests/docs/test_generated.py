"""The reference pages that are written from the program: they are current, and so is the nav."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from docs import layers, lists, schema, sizes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", lists.FILES, ids=lambda file: file.name)
def test_a_page_of_the_reference_is_current(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == lists.FILES[file](), (
        "python -m docs.lists writes it anew"
    )


def test_the_page_of_the_database_is_current(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        assert schema.FILE.read_text(encoding="utf-8") == schema.schema(conn), (
            "python -m docs.schema writes it anew"
        )


def test_the_contracts_of_imports_are_drawn_as_they_are() -> None:
    assert layers.PAGE.read_text(encoding="utf-8") == layers.page(), (
        "python -m docs.layers writes it anew"
    )


def test_what_is_long_has_its_reason() -> None:
    # The page's figures are those of its day; that nothing is too long without a reason is not.
    assert sizes.page().startswith("# Sizes")
    told = sizes.PAGE.read_text(encoding="utf-8")
    there = {name for _, name in (*sizes.modules(), *sizes.functions())}
    assert set(sizes.WHY) <= there
    assert all(name in there for name in re.findall(r"^\| `([^`]+)` \|", told, re.MULTILINE))


def test_every_page_stands_in_the_navigation_once() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    told = re.findall(r"(\S+\.md)$", nav, re.MULTILINE)
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(told) == sorted(there)
