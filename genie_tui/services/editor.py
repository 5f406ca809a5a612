"""Texts written in the editor of the settings: one by itself, or several in one file."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genie_tui.errors import BadInput, GenieError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Written", "can_write", "rewrite", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written under each heading, and the file that holds it."""

    texts: Mapping[str, str]
    file: Path

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The file goes once this succeeds; an error names it."""
        try:
            yield
        except GenieError as error:
            raise named(error, self.file) from error
        self.file.unlink(missing_ok=True)


def can_write() -> bool:
    """Is there a terminal to open an editor on?"""
    return sys.stdin.isatty() and sys.stdout.isatty()


def write(editor: str, texts: Mapping[str, str]) -> Written:
    """Open an editor (a command line) on texts, each under its heading.

    Raises:
        Refused: the editor could not be run, or failed.
        BadInput: the headings are not there any more; the error names the file.
    """
    sign = _sign(texts)
    descriptor, name = tempfile.mkstemp(prefix="genie-tui-", suffix=".md")
    file = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as handle:
        handle.write("\n".join(f"{_heading(sign, h)}\n{texts[h]}\n" for h in texts))
    _run(editor, file)
    try:
        written = file.read_text(encoding="utf-8", errors="surrogateescape")
        return Written(texts=_parts(written, sign, texts), file=file)
    except GenieError as error:
        raise named(error, file) from error


def rewrite(editor: str, text: str) -> str:
    """Open an editor on a text; what it has become.

    Raises:
        Refused: the editor could not be run, or failed; the error names the file, if there is one.
    """
    descriptor, name = tempfile.mkstemp(prefix="genie-tui-", suffix=".md")
    file = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as handle:
        handle.write(text)
    _run(editor, file)
    written = file.read_text(encoding="utf-8", errors="replace")
    file.unlink(missing_ok=True)
    return written


def named(error: GenieError, file: Path) -> GenieError:
    """The same error, which says where what was written is kept."""
    error.args = (f"{error}; what you wrote is in {file}",)
    return error


def _run(editor: str, file: Path) -> None:
    before = file.read_bytes()
    try:
        done = subprocess.run([*shlex.split(editor), str(file)], check=False)
    except (OSError, ValueError) as error:
        file.unlink()
        raise Refused(f"the editor {editor!r} cannot be run ({error}); set VISUAL") from error
    if done.returncode != 0:
        refused = Refused(f"the editor ended with {done.returncode}; nothing was changed")
        if file.is_file() and file.read_bytes() != before:
            raise named(refused, file)
        file.unlink(missing_ok=True)
        raise refused


def _sign(texts: Mapping[str, str]) -> str:
    """Equals signs around a heading, more of them than any line of the texts begins with."""
    found = re.findall(r"^=+", "\n".join(texts.values()), re.MULTILINE)
    return "=" * max(3, *(len(signs) + 1 for signs in found), 3)


def _heading(sign: str, heading: str) -> str:
    return f"{sign} {heading} {sign}"


def _parts(written: str, sign: str, texts: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    headings = {_heading(sign, heading): heading for heading in texts}
    for line in written.splitlines():
        if (heading := headings.get(line.rstrip())) is not None:
            lines = found.setdefault(heading, [])
        elif lines is not None:
            lines.append(line)
    if missing := [heading for heading in texts if heading not in found]:
        raise BadInput(f"the line {_heading(sign, missing[0])!r} is missing; leave it as it was")
    return {heading: "\n".join(lines).strip() for heading, lines in found.items()}
