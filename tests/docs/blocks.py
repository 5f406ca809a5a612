"""The command blocks of a page, and running them as somebody does who reads it.

A fence marked `console` holds commands after `$ `, and under each what it prints; `...` stands for
anything, within a line or as a line. A fence marked `sh` holds commands alone, which all succeed.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Command", "Ran", "commands", "matches", "run"]

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is typed at a line of a page; `prints` is None where any success will do."""

    line: int
    text: str
    prints: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed, and its exit code; None where the shell did not come so far."""

    output: str
    code: int | None


def commands(page: str) -> Iterator[Command]:
    """All commands of a page, in their order."""
    for found in FENCE.finditer(page):
        line = page.count("\n", 0, found.start()) + 2
        if found[1] == "sh":
            yield Command(line=line, text=found[2].rstrip("\n"), prints=None)
        elif found[1] == "console":
            yield from _shown(found[2], line)


def _logical(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Lines with those that a backslash continues."""
    begun, text = first, ""
    for number, line in enumerate(lines, start=first):
        begun, text = (begun, f"{text}\n{line}") if text else (number, line)
        if not line.endswith("\\"):
            yield begun, text
            text = ""


def _shown(block: str, line: int) -> Iterator[Command]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not parts[0].strip(), f"line {line}: a console block begins with a command"
    at = line
    for part in parts[1:]:
        (number, text), *_ = _logical(part.splitlines(), at)
        printed = part[len(text) + 1 :]
        yield Command(line=number, text=text, prints=printed)
        at += part.count("\n")


def matches(output: str, wanted: str) -> bool:
    """Is the output what the page shows?"""
    pattern = ""
    for line in wanted.splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n"
    text = "".join(f"{line.rstrip()}\n" for line in output.splitlines())
    return re.fullmatch(pattern, text) is not None


def run(found: Sequence[Command], at: Path, env: Mapping[str, str], place: Path) -> list[Ran]:
    """Run commands one after the other in one shell; `place` is for what they print."""
    place.mkdir()
    script = "".join(
        f"{{ {'set -e' if command.prints is None else ':'}\n{command.text}\n}}"
        f" >{place}/{n}.out 2>&1 </dev/null; echo $? >{place}/{n}.code; set +e\n"
        for n, command in enumerate(found)
    )
    subprocess.run(
        ["bash", "-c", script],
        cwd=at,
        env=dict(env),
        timeout=PATIENCE,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return [_ran(place, n) for n in range(len(found))]


def _ran(place: Path, n: int) -> Ran:
    output, code = place / f"{n}.out", place / f"{n}.code"
    return Ran(
        output=output.read_text(encoding="utf-8", errors="replace") if output.exists() else "",
        code=int(code.read_text()) if code.exists() else None,
    )
