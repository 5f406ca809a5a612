"""Ports on which nobody listens."""

from __future__ import annotations

import socket

FIRST, LAST = 20000, 29000
"""Below the ephemeral range, so that no outgoing connection takes one meanwhile."""


def free_port(count: int = 4) -> int:
    """The first of `count` free neighbouring ports, as the server's fallbacks want them."""
    for _ in range(200):
        first = _candidate()
        if all(_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError("no free ports for the tests")


def _candidate() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ephemeral: int = probe.getsockname()[1]
    return FIRST + ephemeral % (LAST - FIRST)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
