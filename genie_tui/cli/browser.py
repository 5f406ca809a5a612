"""What `genie-tui serve` runs: a web server on loopback that lets nobody in without the token."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web

from genie_tui.cli.tabs import Tab
from genie_tui.errors import BadInput, GenieError
from genie_tui.settings import Settings

__all__ = ["serve"]

STATIC = Path(textual_serve.__file__).with_name("static")
PAGE = Path(__file__).with_name("browser.html")

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
"""Names under which a browser finds us, here or through `ssh -L`, at any port."""

NO_ENTRY = (
    "Open the address that 'genie-tui serve' printed, with its token; it is new at each start."
)
NO_NAME = "This name is not known here; start 'genie-tui serve' with --public-url and this address."

GUARDED = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of all that is answered."""

LARGEST = 256 * 1024
"""Bytes of one message of a browser: a paste."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(
    settings: Settings, *, port: int, public_url: str | None, most: int, tell: Callable[[str], None]
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; `tell` is given the address once it is open.

    Raises:
        BadInput: `public_url` is no address of a web server.
        GenieError: the port is taken.
        KeyboardInterrupt: it was interrupted; SystemExit, by another signal.
    """
    public = _origin(public_url)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError as error:
            raise GenieError(
                f"port {port} cannot be had ({error.strerror}); give another with --port, or none"
            ) from error
        door = Door(listening.getsockname()[1], public)
        ended = asyncio.run(_run(Site(settings, door, most), listening, tell))
    if ended == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + ended)


def _origin(url: str | None) -> str | None:
    """`https://board.example.org`, as a browser names it."""
    if url is None:
        return None
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username) and parts.path in {"", "/"}
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise BadInput(
            f"--public-url is {url!r}; it takes an address like https://board.example.org"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


async def _run(site: Site, listening: socket.socket, tell: Callable[[str], None]) -> int:
    """Serve; the signal that ended it."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(number: int) -> None:
        if not ended.done():
            ended.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    # No log of what is asked for: the token is part of it.
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        tell(site.door.url)
        return await ended
    finally:
        await site.close()
        await runner.cleanup()


class Door:
    """Who is let in: by the token of the address once, and then by a cookie."""

    def __init__(self, port: int, public: str | None) -> None:
        self._token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._public = public
        # Cookies of all ports of a machine go together; two boards must not lock each other out.
        self._cookie = f"genie_{port}"
        self.url = f"{public or f'http://127.0.0.1:{port}'}/?token={self._token}"

    def origin(self, request: web.Request) -> str | None:
        """What the browser must have as our origin; None for a name that is not ours."""
        host = request.headers.get("Host", "").lower()
        if self._public is not None and host == urlsplit(self._public).netloc:
            return self._public
        try:
            named = urlsplit(f"http://{host}").hostname
        except ValueError:
            return None
        return f"http://{host}" if named in LOOPBACK else None

    def has_token(self, request: web.Request) -> bool:
        """Is the token in the address?"""
        return _same(request.query.get("token", ""), self._token)

    def has_cookie(self, request: web.Request) -> bool:
        """Was the token given before?"""
        return _same(request.cookies.get(self._cookie, ""), self._session)

    def welcome(self, origin: str) -> web.Response:
        """Give the cookie and go on to the address without the token.

        Not by a redirection: after a link in another site's page a browser would leave a strict
        cookie out of it.
        """
        text = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>genie</title>'
        response = web.Response(text=text, content_type="text/html")
        secure = origin.startswith("https:")
        response.set_cookie(
            self._cookie, self._session, httponly=True, samesite="Strict", secure=secure
        )
        return response


def _same(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())


class Site:
    """The page, what it needs, and the dashboards of its tabs."""

    def __init__(self, settings: Settings, door: Door, most: int) -> None:
        self.door = door
        self._settings = settings
        self._most = most
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """Everything behind the door. There are no downloads."""
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/ws", self._socket),
                web.static("/static", STATIC),
            ]
        )
        return application

    async def close(self) -> None:
        """Close the tabs' sockets, which ends their dashboards."""
        closing = (one.close(code=WSCloseCode.GOING_AWAY) for one in list(self._sockets))
        await asyncio.gather(*closing, return_exceptions=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await self._answer(request, handler)
        except web.HTTPException as error:
            response = _plain(error.status, error.reason)
        if not response.prepared:
            response.headers.update({**GUARDED, **response.headers})
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = self.door.origin(request)
        if origin is None:
            return _plain(403, NO_NAME)
        if request.path == "/" and self.door.has_token(request):
            return self.door.welcome(origin)
        if not self.door.has_cookie(request):
            return _plain(403, NO_ENTRY)
        # A page of another site, or of another port of this machine, has its own.
        if request.path == "/ws" and request.headers.get("Origin", "").lower() != origin:
            return _plain(403, NO_ENTRY)
        return await handler(request)

    async def _page(self, request: web.Request) -> web.Response:
        origin = self.door.origin(request)
        assert origin is not None, "the guard refuses it"
        asked, nonce = request.query.get("fontsize", ""), secrets.token_urlsafe(16)
        size = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 0
        socket_url = f"ws{origin.removeprefix('http')}/ws"
        text = Template(PAGE.read_text(encoding="utf-8")).substitute(
            socket=socket_url, nonce=nonce, font_size=size if 6 <= size <= 48 else ""
        )
        policy = (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
            f"style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self' {socket_url}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= self._most:
            said = f"{self._most} tabs are open; close one, or start with --most"
            print(f"refused a tab: {said}", file=sys.stderr, flush=True)
            return _plain(503, said)
        websocket = web.WebSocketResponse(heartbeat=15, max_msg_size=LARGEST)
        self._sockets.add(websocket)
        try:
            await websocket.prepare(request)
            await self._show(websocket, request)
        finally:
            self._sockets.discard(websocket)
        return websocket

    async def _show(self, websocket: web.WebSocketResponse, request: web.Request) -> None:
        tab = Tab(self._settings, websocket)
        try:
            await tab.start(_cells(request, "width", 80), _cells(request, "height", 24))
            async for message in websocket:
                if message.type == WSMsgType.TEXT and not await tab.hear(message.data):
                    break
        except ConnectionError:
            pass  # The browser has gone.
        finally:
            await tab.stop()


def _cells(request: web.Request, name: str, otherwise: int) -> int:
    asked = request.query.get(name, "")
    given = asked.isascii() and asked.isdigit() and len(asked) < 4
    return max(1, int(asked)) if given else otherwise


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
