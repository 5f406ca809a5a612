"""Git, for what the registry fetches: another's repository, of which nothing is run.

Git is called as a list of words, never by a shell. An address cannot be an option nor name a
program; hooks are off; links are written as files; nobody is asked for a password.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from genie_tui.domain.manifests import FILE, LARGEST, Semver
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput, GenieError

__all__ = ["Tag", "address", "check_out", "fetch", "head", "manifests", "tags"]

WITHIN = 300.0
"""Seconds for git to do one thing."""
MOST_TAGS = 200
"""Versions that are kept of a repository: the newest."""

_PROTOCOLS = "file:git:http:https:ssh"
_URL = re.compile(r"(file|git|https?|ssh)://[^\s\x00-\x1f\x7f]+")
_SCP = re.compile(
    r"[A-Za-z0-9._][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s:\x00-\x1f\x7f-][^\s\x00-\x1f\x7f]*"
)
_PATH = re.compile(r"/[^\x00-\x1f\x7f]*")
_PASSWORD = re.compile(r"https?://[^/@]*@|\w+://[^/@:]*:[^/@]*@")
_DASH = re.compile(r"^\w+://(?:[^/@]*@)?-")
_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.protectNTFS=true",
    "transfer.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "advice.detachedHead=false",
)
_FORMAT = (
    "%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)%00"
    "%(contents:subject)%0a%(contents:body)%00%00"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A version that a tag names, and the commit that it is of."""

    name: str
    version: str
    sha: str
    at: datetime | None = None
    changelog: str = ""


def address(text: str) -> str:
    """An address that git may be given; an absolute path is one.

    Raises:
        BadInput: it is none, or holds a password.
    """
    if _PASSWORD.match(text):
        raise BadInput(
            "the address holds a name or a password, which all who read the registry would see; "
            "leave it out, and let git's credential helper know it"
        )
    known = _URL.fullmatch(text) or _SCP.fullmatch(text) or _PATH.fullmatch(text)
    if not known or _DASH.search(text):
        shown = clean(text)[:200]
        raise BadInput(
            f"{shown!r} is no directory, nor an address that is taken: "
            "https://, ssh://, git://, file:// or user@host:path"
        )
    return text


async def fetch(repository: Path, url: str) -> None:
    """Fetch the tags and the head of an address into a bare repository, made where it is not yet.

    Raises:
        GenieError: git could not, in its own words.
    """
    await _git("init", "--quiet", "--bare", "--template=", "--", str(repository))
    refs = ("+refs/tags/*:refs/tags/*", "+HEAD:refs/genie/head")
    await _git(
        "fetch", "--quiet", "--prune", "--no-auto-gc", "--no-write-fetch-head", "--", url, *refs,
        at=repository,
    )  # fmt: skip


async def tags(repository: Path) -> list[Tag]:
    """The tags that are versions, with or without a v before them: the latest version first."""
    listed = await _git("for-each-ref", f"--format={_FORMAT}", "refs/tags", at=repository)
    found: dict[Semver, Tag] = {}
    for record in listed.decode(errors="replace").split("\0\0\n"):
        parts = record.strip("\n").split("\0", 4)
        if len(parts) < 5:
            continue
        name, sha, of, seconds, changelog = parts
        version = name.removeprefix("v")
        if (known := Semver.of(version)) is not None:
            at = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
            tag = Tag(name=name, version=version, sha=of or sha, at=at, changelog=_said(changelog))
            found.setdefault(known, tag)
    return [found[version] for version in sorted(found, reverse=True)][:MOST_TAGS]


async def head(repository: Path) -> str:
    """The commit that the repository shows by itself."""
    return (await _git("rev-parse", "refs/genie/head^{commit}", at=repository)).decode().strip()


async def manifests(repository: Path, shas: Iterable[str]) -> dict[str, bytes]:
    """The manifest in each of several commits that have one, by the commits; none is too large."""
    wanted = list(dict.fromkeys(shas))
    asked = "".join(f"{sha}:{FILE}\n" for sha in wanted).encode()
    sizes = (await _git("cat-file", "--batch-check", at=repository, stdin=asked)).decode()
    found = {}
    for sha, line in zip(wanted, sizes.splitlines(), strict=True):
        words = line.split()
        if len(words) == 3 and words[1] == "blob" and int(words[2]) <= LARGEST:
            found[sha] = await _git("cat-file", "blob", words[0], at=repository)
    return found


async def check_out(repository: Path, sha: str, place: Path) -> None:
    """Write the files of a commit to a directory that is there, and empty."""
    await _git(
        f"--work-tree={place}", "read-tree", "-u", "--reset", sha,
        at=repository, alone=True, GIT_INDEX_FILE=str(repository / f"index-{place.name}"),
    )  # fmt: skip


def _said(text: str) -> str:
    return text.replace("\0", "").strip()[:10_000]


def _environment(*, alone: bool) -> dict[str, str]:
    """Ours, without what would lead git elsewhere; `alone` without the user's own settings too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("GIT_SSH")}
    kept |= {
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "LC_ALL": "C.UTF-8",
    }
    if alone:
        # Filters that the user has set up are programs, and the files are a stranger's.
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return kept


async def _git(
    *words: str, at: Path | None = None, stdin: bytes = b"", alone: bool = False, **env: str
) -> bytes:
    options = [part for option in _OPTIONS for part in ("-c", option)]
    where = [f"--git-dir={at}"] if at is not None else []
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *options,
            *where,
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(alone=alone) | env,
            cwd="/",
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise GenieError("there is no git here; install it, or add a directory") from error
    try:
        async with asyncio.timeout(WITHIN):
            out, said = await process.communicate(stdin)
    except TimeoutError as error:
        raise GenieError(f"git took longer than {WITHIN:.0f} s, and was ended") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        why = clean(" ".join(lines[-3:]))[:500]
        raise GenieError(f"git {words[0].partition('=')[0]} failed: {why}")
    return out
