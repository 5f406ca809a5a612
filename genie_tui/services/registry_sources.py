"""Where the registry's items come from: a directory, which stays where it is, or a git repository.

Of a repository each version that is tagged is known; the one that is used is written to
`<home>/registry/<id>/`, beside the repository itself. Nothing here asks the database.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from genie_tui.domain.manifests import FILE, LARGEST, Manifest, Semver, parse
from genie_tui.domain.registry import Entry
from genie_tui.errors import BadInput, GenieError, NotFound, Refused
from genie_tui.services import registry_git as git

__all__ = [
    "Release",
    "Source",
    "drop",
    "from_directory",
    "from_git",
    "keep_only",
    "obtain",
    "obtain_again",
]

_ID = re.compile(r"[A-Za-z0-9][\w-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version of an item, as its source has it."""

    manifest: Manifest
    git_tag: str | None = None
    git_sha: str | None = None
    changelog: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An item as it was found: `chosen` is to be used, and lies at `path`.

    `passed_over` says why tags that look like versions are none.
    """

    item_id: str
    chosen: Release
    releases: Sequence[Release]
    path: Path
    git_url: str | None = None
    passed_over: Sequence[str] = ()


async def obtain(home: Path, where: str, version: str | None = None) -> Source:
    """An item that is new: of a directory, of a bare repository on this machine, or of an address.

    Raises:
        BadInput, NotFound, GenieError: it is none, or is not there, or cannot be fetched.
    """
    if (place := _directory(where)) is None:
        return await from_git(home, where, version=version)
    if _is_repository(place):
        return await from_git(home, str(place), version=version)
    if version is not None:
        raise BadInput("a directory has one version, that of its manifest; leave --version out")
    return from_directory(place)


async def obtain_again(home: Path, entry: Entry, version: str | None = None) -> Source:
    """An item that is there already, as its source has it by now.

    Raises:
        BadInput, NotFound, GenieError: as `obtain`.
    """
    if entry.git_url:
        return await from_git(home, entry.git_url, version=version, item_id=entry.id)
    if version is not None:
        raise BadInput("a directory has one version, that of its manifest; leave --version out")
    if not entry.path:
        raise Refused(f"nobody knows where {entry.name} comes from; remove it, and add it again")
    return from_directory(Path(entry.path), entry.id)


def _directory(where: str) -> Path | None:
    # No word at all would be the directory where one happens to be.
    place = Path(where or "/dev/null").expanduser().absolute()
    return place if place.is_dir() else None


def _is_repository(place: Path) -> bool:
    return (place / "HEAD").is_file() and (place / "objects").is_dir()


def from_directory(place: Path, item_id: str | None = None) -> Source:
    """An item that lies in a directory.

    Raises:
        NotFound: it holds no manifest. BadInput: that is not right.
    """
    place = place.expanduser().absolute()
    file = place / FILE
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"there is no {file}; a directory to add has one") from error
    except OSError as error:
        raise GenieError(f"{file} cannot be read: {error.strerror}") from error
    release = Release(manifest=parse(data, str(file)))
    return Source(item_id=item_id or _new_id(), chosen=release, releases=(release,), path=place)


async def from_git(
    home: Path, url: str, *, version: str | None = None, item_id: str | None = None
) -> Source:
    """An item of a repository: fetched, and written out; the latest version unless one is named.

    Versions that are not finished (1.0.0-rc.1) are not taken by themselves where others are. What
    was written for an item that is new is removed where this fails.

    Raises:
        BadInput: the address, the manifest or the version is none.
        GenieError: it cannot be fetched.
    """
    url = git.address(url)
    new = item_id is None
    item_id = item_id or _new_id()
    place = _place(home, item_id)
    try:
        await git.fetch(place / "git", url)
        releases, passed_over = await _releases(place / "git")
        chosen = await _chosen(place / "git", releases, version, passed_over)
        path = place / f"{chosen.manifest.version}-{str(chosen.git_sha)[:12]}"
        await _written(place / "git", chosen, path)
    except BaseException:
        if new:
            drop(home, item_id)
        raise
    return Source(
        item_id=item_id,
        chosen=chosen,
        releases=releases or (chosen,),
        path=path,
        git_url=url,
        passed_over=passed_over,
    )


def drop(home: Path, item_id: str) -> None:
    """Remove what was fetched for an item."""
    if _ID.fullmatch(item_id):
        shutil.rmtree(_place(home, item_id), ignore_errors=True)


def keep_only(home: Path, item_id: str, path: Path) -> None:
    """Remove the versions of an item that are used no more, or have not come to be."""
    if not _ID.fullmatch(item_id):
        return
    with suppress(FileNotFoundError):
        for other in _place(home, item_id).iterdir():
            if other != path and other.name != "git":
                shutil.rmtree(other, ignore_errors=True)


def _new_id() -> str:
    return f"item-{uuid4().hex[:8]}"


def _place(home: Path, item_id: str) -> Path:
    if not _ID.fullmatch(item_id):
        raise BadInput(f"the item's id {item_id!r} is no name of a directory; add it anew")
    return home / "registry" / item_id


async def _releases(repository: Path) -> tuple[list[Release], list[str]]:
    tags = await git.tags(repository)
    files = await git.manifests(repository, [tag.sha for tag in tags])
    found, passed_over = [], []
    for tag in tags:
        try:
            manifest = _manifest(files, tag.sha, f"{FILE} of {tag.name}")
            if Semver.of(manifest.version) != Semver.of(tag.version):
                raise BadInput(f"{FILE} of {tag.name} says that it is {manifest.version}")
        except GenieError as error:
            passed_over.append(str(error))
            continue
        found.append(
            Release(
                manifest=manifest,
                git_tag=tag.name,
                git_sha=tag.sha,
                changelog=tag.changelog or None,
                at=tag.at,
            )
        )
    return found, passed_over


def _manifest(files: Mapping[str, bytes], sha: str, where: str) -> Manifest:
    if sha not in files:
        raise BadInput(f"there is no {where}, or it has more than {LARGEST:,} bytes")
    return parse(files[sha], where)


async def _chosen(
    repository: Path, releases: Sequence[Release], version: str | None, passed_over: Sequence[str]
) -> Release:
    if version is not None:
        wanted = Semver.of(version.removeprefix("v"))
        for one in releases:
            if wanted is not None and Semver.of(one.manifest.version) == wanted:
                return one
        there = ", ".join(one.manifest.version for one in releases[:8]) or "none"
        raise NotFound(f"there is no version {version}; there are: {there}")
    if releases:
        finished = (one for one in releases if "-" not in one.manifest.version.partition("+")[0])
        return next(finished, releases[0])
    if passed_over:
        raise BadInput(f"no version of it can be used: {passed_over[0]}")
    sha = await git.head(repository)
    files = await git.manifests(repository, [sha])
    return Release(manifest=_manifest(files, sha, FILE), git_sha=sha)


async def _written(repository: Path, release: Release, path: Path) -> None:
    """Write the files of a release, all or none; they may be there already."""
    assert release.git_sha is not None
    fresh = path.with_name(f".{uuid4().hex[:8]}")
    _made(fresh)
    try:
        await git.check_out(repository, release.git_sha, fresh)
        _renamed(fresh, path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        (repository / f"index-{fresh.name}").unlink(missing_ok=True)


def _made(place: Path) -> None:
    place.mkdir(mode=0o700, parents=True)


def _renamed(fresh: Path, path: Path) -> None:
    if not path.exists():
        fresh.rename(path)
