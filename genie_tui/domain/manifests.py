"""The manifest of what the registry holds: `genie.json`, and what may be in it.

    name          a-z, 0-9, and . _ - within; at most 64
    type          agent, skill, app, board, workflow, stack, template or hook
    version       as semver.org has it: 1.4.2, 2.0.0-rc.1
    description, author, author_url, category, license       text, if at all
    tags          a list of texts
    dependencies  a list of names; "diff-reader>=1.2.0" wants that version or a later one
    config        an object, for the item itself

Keys that begin with `x-` are anybody's. Everything that is wrong is said at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import total_ordering
from typing import Any, Self

from genie_tui.domain.text import clean
from genie_tui.errors import BadInput

__all__ = ["FILE", "LARGEST", "TYPES", "Manifest", "Need", "Semver", "parse"]

FILE = "genie.json"
LARGEST = 256 * 1024
"""Bytes of a manifest."""
TYPES = ("agent", "skill", "app", "board", "workflow", "stack", "template", "hook")
TEXTS = {
    "description": 10_000,
    "author": 200,
    "author_url": 500,
    "category": 100,
    "license": 100,
}
LISTS = {"tags": 50, "dependencies": 100}
"""Key -> how many it may have."""
KNOWN = ("name", "type", "version", *TEXTS, *LISTS, "config")

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_PRE = r"(?:0|[1-9][0-9]{0,8}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
SEMVER = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PRE}(?:\.{_PRE})*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
LONGEST_VERSION = 64
NEED = re.compile(r"\s*([^\s<>=@^~!]+)\s*(?:>=\s*(\S+)\s*)?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Semver:
    """A semantic version, which comes before and after others; what was built does not count."""

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Self | None:
        """None where it is none."""
        if len(text) > LONGEST_VERSION or (found := SEMVER.fullmatch(text)) is None:
            return None
        major, minor, patch, pre = found.groups()
        return cls((int(major), int(minor), int(patch)), tuple(pre.split(".")) if pre else ())

    def __lt__(self, other: Semver) -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[Any, ...]:
        # Without a pre-release it is later; numbers come before words.
        parts = [(0, int(one), "") if one.isdigit() else (1, 0, one) for one in self.pre]
        return (self.numbers, not self.pre, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an item needs: another by its name, at least of a version."""

    name: str
    least: str = ""

    @classmethod
    def of(cls, text: str) -> Need | None:
        """None where it says nothing that is known."""
        found = NEED.fullmatch(text)
        if found is None or (found[2] and Semver.of(found[2]) is None):
            return None
        return cls(name=found[1], least=found[2] or "")

    def met_by(self, version: str) -> bool:
        """Is a version enough? What is no semantic version, of another client, is any."""
        least, found = Semver.of(self.least), Semver.of(version)
        return least is None or found is None or found >= least

    def __str__(self) -> str:
        return f"{self.name}>={self.least}" if self.least else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the author of an item says of it; `whole` is the file's object."""

    name: str
    item_type: str
    version: str
    texts: Mapping[str, str]
    tags: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    whole: Mapping[str, Any]


def parse(data: bytes, where: str) -> Manifest:
    """A manifest that is right.

    Raises:
        BadInput: it is not; with all that is wrong, and `where` it is.
    """
    try:
        if len(data) > LARGEST:
            raise ValueError(f"longer than {LARGEST:,} bytes")
        value = json.loads(data, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadInput(f"{where} holds no object; it takes name, type and version at least")
    if wrong := list(_wrong(value)):
        raise BadInput(f"{where} is not right: {'; '.join(wrong)}")
    return Manifest(
        name=value["name"],
        item_type=value["type"],
        version=value["version"],
        texts={key: value[key] for key in TEXTS if value.get(key)},
        tags=tuple(dict.fromkeys(value.get("tags", ()))),
        dependencies=tuple(dict.fromkeys(_needs(value))),
        whole=value,
    )


def _needs(value: Mapping[str, Any]) -> Iterator[str]:
    for text in value.get("dependencies", ()):
        need = Need.of(text)
        assert need is not None
        yield str(need)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _wrong(value: Mapping[str, Any]) -> Iterator[str]:
    name, version, kind = value.get("name"), value.get("version"), value.get("type")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield f"name is {_shown(name)}; it takes a-z, 0-9 and . _ - within, at most 64"
    if kind not in TYPES:
        yield f"type is {_shown(kind)}; it takes one of {', '.join(TYPES)}"
    if not isinstance(version, str) or Semver.of(version) is None:
        yield f"version is {_shown(version)}; it takes a semantic version, as 1.4.2"
    for key, longest in TEXTS.items():
        if key in value and not _is_text(value[key], longest):
            yield f"{key} takes a text of at most {longest:,} letters"
    for key, most in LISTS.items():
        if key in value and not _is_list(value[key], most):
            yield f"{key} takes a list of at most {most} texts"
    if not isinstance(value.get("config", {}), dict):
        yield "config takes an object"
    if _is_list(value.get("dependencies", ()), LISTS["dependencies"]):
        yield from _wrong_needs(name, value.get("dependencies", ()))
    yield from _strange(value)
    if "\\u0000" in json.dumps(value) or _is_broken(value):
        yield "it holds a null character, or half of a letter"


def _wrong_needs(name: object, texts: list[str]) -> Iterator[str]:
    for text in texts:
        need = Need.of(text)
        if need is None or not NAME.fullmatch(need.name):
            yield f'dependencies: {_shown(text)} is none; write "name" or "name>=1.2.0"'
        elif need.name == name:
            yield "dependencies: it depends on itself"


def _strange(value: Mapping[str, Any]) -> Iterator[str]:
    from difflib import get_close_matches  # Only mistakes are worth its import.

    for key in value:
        if key not in KNOWN and not key.startswith("x-"):
            close = get_close_matches(key, KNOWN, n=1)
            meant = f"did you mean {close[0]}?" if close else "keys of your own begin with x-"
            yield f"{_shown(key)} is not known; {meant}"


def _is_broken(value: Mapping[str, Any]) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _is_list(value: object, most: int) -> bool:
    if not isinstance(value, list | tuple) or len(value) > most:
        return False
    return all(_is_text(one, 200) and one.strip() for one in value)


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    text = clean(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 60 else f"{text[:59]}…"
