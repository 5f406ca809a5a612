"""Commands that go on until they are told to end, or nobody reads what they print any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import click
import psycopg

from genie_tui.db.failures import explained

__all__ = ["AGAIN", "away", "run", "while_read"]

R = TypeVar("R")

AGAIN = 0.5
"""Seconds between two tries while the server is away."""


def run(work: Coroutine[Any, Any, R]) -> R:
    """Do some work in an event loop.

    Raises:
        GenieError: what it, or the database, says no with.
    """
    try:
        return asyncio.run(work)
    except psycopg.Error as error:
        raise explained(error) from error


async def while_read(work: Coroutine[Any, Any, None]) -> None:
    """Do some work, unless the reader of standard output goes away meanwhile.

    Raises:
        BrokenPipeError: it has; `| head -1` is not kept waiting for a second line to be written.
    """
    working = asyncio.create_task(work)
    async with _reader_gone() as gone:
        try:
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not working.done():
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
    if gone.done() and not gone.cancelled():
        raise BrokenPipeError
    await working


@contextlib.asynccontextmanager
async def _reader_gone() -> AsyncIterator[asyncio.Future[None]]:
    """Done once the other end of the pipe is closed, where standard output is a pipe."""
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        loop.remove_reader(out)
        if not gone.done():
            gone.set_result(None)

    try:
        out = sys.stdout.fileno()
        watched = stat.S_ISFIFO(os.fstat(out).st_mode)
        if watched:
            # Its writing end has nothing to be read: what the system tells of it is its end.
            loop.add_reader(out, tell)
    except (OSError, ValueError, NotImplementedError):
        watched = False
    try:
        yield gone
    finally:
        if watched:
            loop.remove_reader(out)
        if not gone.done():
            gone.cancel()


def away(state: str = "reconnecting") -> None:
    """Say on standard error that the server is away."""
    click.echo(f"{state}: what happens meanwhile is told afterwards", err=True)
