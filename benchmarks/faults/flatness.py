"""What a long run uses of the machine, sampled from outside, and whether that stays what it is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import psutil

__all__ = ["BOUNDS", "Bound", "Figure", "Meter", "figures", "leftovers_of"]

MIB = 1 << 20
WARM = 1 / 3
"""The part of a run that is passed over, while caches fill."""
PART = 1 / 4
"""Of the rest, its first part is compared with its last."""

Sample = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How much more there may be in the end: so many times the beginning, and a little on top."""

    times: float
    more: float
    unit: str = ""

    def of(self, first: float) -> float:
        """The most that the last part may have."""
        return first * self.times + self.more


BOUNDS: Mapping[str, Bound] = {
    "dashboard memory": Bound(times=1.05, more=1, unit="MiB"),
    "dashboard resident": Bound(times=1.05, more=1, unit="MiB"),
    "dashboard descriptors": Bound(times=1, more=0),
    "dashboard threads": Bound(times=1, more=1),
    "dashboard connections": Bound(times=1, more=0),
    "dashboard CPU": Bound(times=1.25, more=2, unit="% of a core"),
    "agents' memory": Bound(times=1.05, more=1, unit="MiB each"),
    "agents' descriptors": Bound(times=1, more=0.5, unit="each"),
    "agents' connections": Bound(times=1, more=0.2, unit="each"),
    "server memory": Bound(times=1.10, more=4, unit="MiB"),
    "server processes": Bound(times=1, more=1),
    "connections": Bound(times=1, more=1),
    "commit to screen": Bound(times=1.25, more=15, unit="ms"),
}
"""What is sampled, and the bound of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was sampled: medians of the first and the last part after warming up, the
    highest of all, and the slope (the median of those between any two samples) for an hour.
    """

    name: str
    unit: str
    first: float
    last: float
    highest: float
    slope: float
    bound: float

    @property
    def flat(self) -> bool:
        """Is there no more in the end than there may be?"""
        return self.last <= self.bound


def figures(samples: Sequence[tuple[float, Sample]]) -> list[Figure]:
    """What came of each; a sample has the second at which it was taken."""
    warm = samples[int(len(samples) * WARM) :]
    part = max(1, int(len(warm) * PART))
    found = []
    for name, bound in BOUNDS.items():
        values = [(at, one[name]) for at, one in warm if name in one]
        if not values:
            continue
        plain = [value for _, value in values]
        first = statistics.median(plain[:part])
        found.append(
            Figure(
                name=name,
                unit=bound.unit,
                first=first,
                last=statistics.median(plain[-part:]),
                highest=max(plain),
                slope=_slope(values) * 3600,
                bound=bound.of(first),
            )
        )
    return found


def _slope(values: Sequence[tuple[float, float]]) -> float:
    """After Theil and Sen: a few samples that are far off do not turn it."""
    few = values[:: max(1, len(values) // 120)]
    between = [(b - a) / (t - s) for (s, a), (t, b) in combinations(few, 2) if t > s]
    return statistics.median(between) if between else 0.0


class Meter:
    """Reads what the processes of a demo use: of memory only what is their own, unless said."""

    def __init__(self, dashboard: int, agents: Sequence[int], data: Path) -> None:
        self.dashboard = psutil.Process(dashboard)
        self.agents = [psutil.Process(pid) for pid in agents]
        self.server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        self._cpu = self._used()

    @property
    def port(self) -> int:
        """On which the server listens."""
        return int((Path(self.server.cwd()) / "postmaster.pid").read_text().split()[3])

    def sample(self) -> dict[str, float]:
        """All of it now; CPU since the last time."""
        one, port = self.dashboard, self.port
        served = [self.server, *self.server.children()]
        before, self._cpu = self._cpu, self._used()
        each = 1 / len(self.agents)
        return {
            "dashboard memory": _private(one),
            "dashboard resident": one.memory_info().rss / MIB,
            "dashboard descriptors": one.num_fds(),
            "dashboard threads": one.num_threads(),
            "dashboard connections": _connections(one, port),
            "dashboard CPU": 100 * (self._cpu[0] - before[0]) / (self._cpu[1] - before[1]),
            "agents' memory": sum(_private(agent) for agent in self.agents) * each,
            "agents' descriptors": sum(agent.num_fds() for agent in self.agents) * each,
            "agents' connections": sum(_connections(a, port) for a in self.agents) * each,
            "server memory": sum(_private(process) for process in served),
            "server processes": len(served),
        }

    def _used(self) -> tuple[float, float]:
        """CPU seconds of the dashboard, and the seconds of the clock."""
        times = self.dashboard.cpu_times()
        return times.user + times.system, time.monotonic()


def _private(process: psutil.Process) -> float:
    """Memory that is no file's and no other process's; 0 where it has just ended."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(text.partition("Anonymous:")[2].split()[0]) / 1024


def _connections(process: psutil.Process, port: int) -> int:
    return sum(bool(c.raddr) and c.raddr.port == port for c in process.net_connections("tcp"))


def leftovers_of(pids: Sequence[int], place: Path, shared: Sequence[Path]) -> list[str]:
    """What is still there of processes, files and shared memory that must be gone."""
    left = [f"process {pid}: {_command(pid)}" for pid in pids if _command(pid)]
    left += [f"file {path}" for path in place.iterdir()]
    return left + [f"shared memory {path}" for path in shared if path.exists()]


def _command(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""
