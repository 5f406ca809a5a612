"""The home and what is in it: whose it is, who may look, what it lies on, what was left there."""

from __future__ import annotations

import mmap
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from genie_tui.db import cluster, passwords, processes
from genie_tui.doctor.finding import Patient, Said, fine, warning, wrong

__all__ = ["disk", "home", "leftovers", "memory", "network"]

OTHERS = stat.S_IRWXG | stat.S_IRWXO
SCARCE, TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes free on the disk below which to warn, and below which the server may stop any moment."""
SHARED_MEMORY = 64 << 20
"""Bytes: what the server maps at its start, and as much again."""
SHARED_SEGMENTS = 16 << 20
"""Bytes that parallel queries take for a moment, below /dev/shm."""
STALE_AFTER = 3600.0
"""Seconds after which what a start makes in passing is what a killed one left."""

REMOTE = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "lustre"),
    *("gpfs", "beegfs", "ocfs2", "gfs2", "davfs", "webdav", "fuse.sshfs", "fuse.s3fs"),
    *("fuse.rclone", "fuse.glusterfs", "fuse.davfs2"),
}


def home(patient: Patient) -> Iterator[Said]:
    """The home and the files that hold secrets belong to whom they must, and to nobody else."""
    place = patient.settings.home
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        yield fine(f"{place} is not there yet; what needs it first makes it")
        return
    if not stat.S_ISDIR(mode):
        yield wrong(f"{place} is no directory", "move it away, or name another with --home DIR")
        return
    owner = place.stat().st_uid
    if os.geteuid() not in (owner, 0):
        yield wrong(f"{place} belongs to user {owner}", "name a home of yours with --home DIR")
        return
    found = list(_open_to_others(patient))
    for path, found_mode, right in found:
        said = f"others may get at {path} (mode {found_mode & 0o777:04o})"
        yield wrong(said, f"chmod {right:o} '{path}'")
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        yield wrong(f"{place} cannot be written", f"chmod 700 '{place}'")
    elif not found:
        yield fine(f"{place}, which nobody else may enter")


def _open_to_others(patient: Patient) -> Iterator[tuple[Path, int, int]]:
    """What others could read or write though they must not: path, mode, and the right one."""
    settings = patient.settings
    directories = [settings.home, settings.data, settings.logs, settings.home / "pg"]
    files = [passwords.file(settings), settings.data / cluster.SECRET, settings.port_file]
    for right, paths in ((0o700, directories), (0o600, files)):
        for path in paths:
            try:
                mode = path.stat().st_mode
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue
            if mode & OTHERS:
                yield path, mode, right


def disk(patient: Patient) -> Iterator[Said]:
    """There is room for the database to grow."""
    place = _nearest(patient.settings.home)
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:.1f} GB free for {patient.settings.home}"
    if free < TOO_LITTLE:
        yield wrong(said, "make room: a server whose disk is full stops")
    elif free < SCARCE:
        yield warning(said, "make room before the database grows")
    else:
        yield fine(said)


def network(patient: Patient) -> Iterator[Said]:
    """The home lies on a disk of this machine: a network's loses locks, and what was written."""
    kind, mounted = _file_system(_nearest(patient.settings.home).resolve(), Path(patient.mounts))
    if kind in REMOTE:
        yield warning(
            f"{patient.settings.home} is on a network's file system ({kind} at {mounted})",
            "use a disk of this machine: move it there and name it with --home or GENIE_HOME",
        )
    else:
        yield fine(f"{kind or 'unknown'} at {mounted}")


def _nearest(path: Path) -> Path:
    """The path, or the first above it that is there."""
    return next((one for one in (path, *path.parents) if one.exists()), Path("/"))


def _file_system(path: Path, mounts: Path) -> tuple[str, str]:
    """Its kind, and where it is mounted; the last of those that lie over one another counts."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:  # Not Linux.
        return "", str(path)
    best = ("", "/")
    for line in lines:
        _, at, kind, *_ = line.split(" ")
        # Blanks and the like stand there in octal.
        where = at.encode("latin-1", "replace").decode("unicode_escape")
        if path.is_relative_to(where) and len(where) >= len(best[1]):
            best = (kind, where)
    return best


def memory(patient: Patient) -> Iterator[Said]:
    """The server can map the memory that its processes share."""
    advice = "raise the limits (ulimit -v, or the container's) or end what takes the memory"
    try:
        mmap.mmap(-1, SHARED_MEMORY).close()
    except OSError as error:
        yield wrong(f"{SHARED_MEMORY >> 20} MB cannot be mapped ({error.strerror})", advice)
        return
    segments = Path(patient.shared)
    if os.uname().sysname != "Linux":
        yield fine("can be shared")
    elif not os.access(segments, os.W_OK | os.X_OK):
        yield wrong(f"{segments} is missing or cannot be written", "mount a tmpfs there")
    elif (free := shutil.disk_usage(segments).free) < SHARED_SEGMENTS:
        yield warning(f"{free >> 20} MB free in {segments}", "make room there (docker: --shm-size)")
    else:
        yield fine(f"can be shared; {free >> 20} MB free in {segments}")


def leftovers(patient: Patient) -> Iterator[Said]:
    """Nothing lies about that a killed program left."""
    settings = patient.settings
    made = [
        *settings.data.parent.glob(f".{settings.data.name}.new-*"),
        *(settings.home / "pg").glob(".*.new-*"),
        *settings.home.glob(".*.new"),
    ]
    # A start may be at it just now.
    old = [path for path in made if time.time() - path.lstat().st_mtime > STALE_AFTER]
    for path in old:
        yield warning(f"{path} was left by a start that was killed", _removal(path))
    if settings.dsn is None and patient.endpoint is None and _is_orphaned(settings.data):
        yield warning(
            f"{settings.data / 'postmaster.pid'} tells of a server that died",
            "'genie-tui db start' recovers it",
        )
    elif not old:
        yield fine("nothing")


def _removal(path: Path) -> str:
    return f"it can go: rm -r '{path}'"


def _is_orphaned(data: Path) -> bool:
    file = cluster.pid_file(data)
    return file is not None and not processes.is_working(data, file.pid)
