"""Become the right user and turn into a PostgreSQL program; run as `python -I -S launcher.py`.

    launcher.py run     WAY LOG PROGRAM ARGUMENT…       in the foreground; ends with its parent
    launcher.py daemon  WAY LOG LOCK PROGRAM ARGUMENT…  in a session of its own; its pid on stdout
    launcher.py inspect WAY DIRECTORY PID…              those of the pids that work there on stdout

A process of its own, because what it does (leave a user namespace's parent, drop to another user,
fork twice) must not happen in a program with threads. It uses the standard library alone, and of
that only what starts at once.

WAY is `plain`, `namespace`, `nobody` or `UID:GID`. PostgreSQL refuses to run as root:
`namespace` maps us to nobody in a new user namespace, so that the files stay ours; `nobody`
really changes to that user, and keeps CAP_DAC_OVERRIDE so that it gets to its directory below
root's; `UID:GID` becomes an ordinary user, whose home this is. LOG gets the output.

LOCK is locked (flock) for as long as the program or any child of it lives: the kernel knows it also
where their pids mean nothing, in another container that shares the files.

Exit status: DENIED where the system does not allow WAY, IN_USE where LOCK is held, CANNOT_RUN where
PROGRAM does not start.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

__all__ = ["CANNOT_RUN", "DENIED", "IN_USE", "NOBODY"]

DENIED = 77
CANNOT_RUN = 78
IN_USE = 79
NOBODY = 65534

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
# SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS: without the first, access() judges a user who is not
# root as if the capability were not there, and postgres calls access().
SECUREBITS = 0x14
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


class CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct`."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilityData(ctypes.Structure):
    """`struct __user_cap_data_struct`; the kernel takes two, for 64 capabilities."""

    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _enter_namespace() -> None:
    """Be nobody in a new user namespace, and root (without its powers) to the files."""
    uid, gid = os.geteuid(), os.getegid()
    _checked(_libc().unshare(CLONE_NEWUSER))
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
    _write("/proc/self/gid_map", f"{NOBODY} {gid} 1")


def _become_nobody() -> None:
    """Be nobody, with the one power to get past the modes of root's directories."""
    libc = _libc()
    _checked(libc.prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0))
    _become(NOBODY, NOBODY)
    header = CapabilityHeader(version=CAPABILITY_VERSION_3, pid=0)
    mask = 1 << CAP_DAC_OVERRIDE
    data = (CapabilityData * 2)(CapabilityData(mask, mask, mask), CapabilityData(0, 0, 0))
    _checked(libc.capset(ctypes.byref(header), data))
    _checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _change_user(way: str) -> None:
    """Do what WAY says, or end with DENIED."""
    try:
        if way == "namespace":
            _enter_namespace()
        elif way == "nobody":
            _become_nobody()
        elif way != "plain":
            uid, _, gid = way.partition(":")
            _become(int(uid), int(gid))
    except OSError as error:
        print(f"{way}: {error.strerror}", file=sys.stderr, flush=True)
        sys.exit(DENIED)


def _die_with_parent() -> None:
    """Let no initdb outlive the program that wants its result (elsewhere than on Linux it may)."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _redirect(log: str) -> None:
    """Nothing for standard input; standard output and error to the end of the log."""
    null = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _hold(lock: str) -> None:
    """Lock a file for the program's life and its children's, or end with IN_USE."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(IN_USE)
    os.set_inheritable(descriptor, True)


def _inspect(directory: str, pids: list[str]) -> None:
    """Print the pids whose program is named postgres and works in the directory."""
    for pid in pids:
        try:
            program = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 (pathlib is slow to import)
            named_so = program.removesuffix(" (deleted)").endswith("/postgres")
            if named_so and os.path.samefile(f"/proc/{pid}/cwd", directory):  # noqa: PTH121
                print(pid)
        except OSError:
            continue


def _turn_into(command: list[str], report: int) -> None:
    """Become the program; when it does not start, say why on the descriptor `report`."""
    # Python ignores these two, and a program that is executed inherits what is ignored.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        os.write(report, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(CANNOT_RUN)


def _detach() -> None:
    """Leave the terminal, the session and the parent: fork, setsid, fork."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)


def _daemon(way: str, log: str, lock: str, *command: str) -> None:
    # A duplicate is closed by an execution: whoever reads the pid sees the end then.
    report = os.dup(1)
    os.chdir("/")
    _redirect(log)
    _change_user(way)
    _hold(lock)
    _detach()
    os.write(report, f"{os.getpid()}\n".encode())
    _turn_into(list(command), report)


def _run(way: str, log: str, *command: str) -> None:
    _redirect(log)
    _change_user(way)
    _die_with_parent()
    _turn_into(list(command), 2)


def main(mode: str, way: str, *arguments: str) -> None:
    """Run as the module says."""
    os.umask(0o077)
    if mode == "daemon":
        _daemon(way, *arguments)
    elif mode == "run":
        _run(way, *arguments)
    else:
        _change_user(way)
        _inspect(arguments[0], list(arguments[1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
