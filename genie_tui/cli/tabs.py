"""The process behind a tab of the browser: the dashboard, spoken to as textual-serve does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from genie_tui.settings import Settings

__all__ = ["Tab"]

ENDS_WITHIN = 3.0
"""Seconds in which a dashboard is gone that was asked to."""

LARGEST_CELLS = 1000


class Tab(AppService):
    """A dashboard, and the web socket by which a browser shows it."""

    def __init__(self, settings: Settings, websocket: web.WebSocketResponse) -> None:
        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=self._close,
            download_manager=DownloadManager(),
        )
        self._settings = settings
        self._websocket = websocket

    async def hear(self, message: str) -> bool:
        """Pass on what a browser says; False for what none of ours would."""
        try:
            kind, *rest = json.loads(message)
            said: Any = rest[0] if rest else None
            if kind == "stdin":
                await self.send_bytes(str(said).encode("utf-8", "replace"))
            elif kind == "resize":
                size = (said["width"], said["height"])
                if not all(type(one) is int and 0 < one <= LARGEST_CELLS for one in size):
                    return False
                await self.set_terminal_size(*size)
            elif kind == "ping":
                await self._websocket.send_json(["pong", said])
            elif kind in {"blur", "focus"}:
                await self.send_meta({"type": kind})
        except (ValueError, TypeError, KeyError):
            return False
        return True

    async def run(self) -> None:
        """Show what the dashboard draws, until it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        drawn = self._process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await drawn.readuntil(b"__GANGLION__\n")
            while True:
                head = await drawn.readexactly(5)
                payload = await drawn.readexactly(int.from_bytes(head[1:], "big"))
                if head[:1] == b"D":
                    await self.on_data(payload)
                elif head[:1] == b"M":
                    await self.on_meta(payload)
        await self._close()
        # Whoever cannot be rid of what it draws cannot end.
        while await drawn.read(65536):
            pass

    async def on_meta(self, data: bytes) -> None:
        """A web address may be opened; files are not given out."""
        meta: dict[str, Any] = json.loads(data)
        if meta["type"] == "exit":
            await self._close()
        elif meta["type"] == "open_url" and str(meta["url"]).startswith(("http://", "https://")):
            await super().on_meta(data)

    async def stop(self) -> None:
        """End the dashboard: asked first, by a closed pipe, and killed in the end."""
        process, self._process = self._process, None
        if process is None:
            return
        await self.send_meta({"type": "quit"})
        self.stdin.close()
        for insist in (process.terminate, process.kill):
            try:
                await asyncio.wait_for(process.wait(), ENDS_WITHIN)
                break
            except TimeoutError:
                insist()
        await process.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _close(self) -> None:
        await self._websocket.close()

    async def _open_app_process(
        self, width: int = 80, height: int = 24
    ) -> asyncio.subprocess.Process:
        """Without a shell; what it has to complain about goes where our own does."""
        environment = self._build_environment(width, height) | self._settings.environment()
        environment["TEXTUAL_DRIVER"] = "genie_tui.ui.served:ServedDriver"
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "genie_tui", *_options(self._settings)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        self._stdin = self._process.stdin
        return self._process


def _options(settings: Settings) -> list[str]:
    """What the environment does not say; nothing of it is secret."""
    named = {
        "--project": settings.project,
        "--board": settings.board,
        "--as": settings.actor,
    }
    flags = {
        "--all-projects": settings.all_projects,
        "--no-migrate": not settings.migrate,
        "--read-only": settings.read_only,
        "--ascii": settings.ascii,
    }
    options = [f"{name}={value}" for name, value in named.items() if value is not None]
    return [*options, *(name for name, given in flags.items() if given)]
