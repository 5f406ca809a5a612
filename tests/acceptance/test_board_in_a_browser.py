"""`genie-tui serve`, in a real Chromium and asked without one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import psycopg
import pyte
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, WebSocket, async_playwright
from yarl import URL

from genie_tui.settings import Settings
from tests.cli.programs import environment, genie
from tests.waiting import PATIENCE, wait_until

COLUMNS, ROWS = 300, 120


@dataclass(frozen=True, slots=True)
class Served:
    """A server of the dashboard, and the address that it printed."""

    process: subprocess.Popen[str]
    url: str

    @property
    def site(self) -> URL:
        """Where it is, without the token."""
        return URL(self.url).with_query(None)

    def dashboards(self) -> list[psutil.Process]:
        """The processes behind its tabs."""
        return psutil.Process(self.process.pid).children()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository of two tasks."""
    place = tmp_path / "acme"
    (place / ".git").mkdir(parents=True)
    return place


@pytest.fixture
def served(settings: Settings, repo: Path) -> Iterator[Served]:
    """A server, which serves one tab at most."""
    assert settings.dsn is not None
    ours = {"GENIE_DATABASE_URL": settings.dsn, "LOGNAME": "ada"}
    assert genie(settings, "task", "create", "Mend the gate", cwd=repo, **ours).code == 0
    command = [sys.executable, "-m", "genie_tui", "serve", "--most", "1"]
    with subprocess.Popen(
        command, cwd=repo, env=environment(settings, **ours), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Served(process, process.stdout.readline().strip())
        finally:
            process.terminate()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """The machine's own Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "the tests need Chromium: apt install chromium"
    playwright: Playwright
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        await started.close()


class Shown:
    """What a page's terminal shows, by the very bytes that it is sent."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.hosts: set[str | None] = set()
        page.on("websocket", self._follow)
        page.on("request", lambda request: self.hosts.add(URL(request.url).host))

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._feed)

    def _feed(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            self._stream.feed(frame)

    @property
    def text(self) -> str:
        """The lines that are not empty."""
        return "\n".join(line.rstrip() for line in self._screen.display if line.strip())

    async def wait_until(self, holds: Callable[[str], object]) -> None:
        """Look at the screen until something holds of it."""
        for _ in range(int(PATIENCE / 0.05)):
            if holds(self.text):
                return
            await self._page.wait_for_timeout(50)
        raise AssertionError(self.text)


def stage(settings: Settings) -> str:
    """Where the task is, by its row."""
    assert settings.dsn is not None
    with psycopg.connect(settings.dsn) as conn:
        row = conn.execute("SELECT stage FROM tasks").fetchone()
    assert row is not None
    return str(row[0])


async def test_a_browser_opens_the_board_and_moves_a_card_and_its_process_ends_with_the_tab(
    served: Served, settings: Settings, browser: Browser
) -> None:
    page = await browser.new_page()
    shown = Shown(page)
    await page.goto(served.url)
    await shown.wait_until(lambda screen: "Mend the gate" in screen)
    assert "token" not in page.url
    before = stage(settings)
    (dashboard,) = served.dashboards()
    await shown.wait_until(lambda screen: "●" in screen)
    await page.keyboard.press("L")
    for _ in range(200):
        if stage(settings) != before:
            break
        await page.wait_for_timeout(50)
    assert stage(settings) != before, shown.text
    # Nothing is fetched from elsewhere: it works without a network.
    assert shown.hosts - {None, ""} == {"127.0.0.1"}
    await page.close()
    wait_until(lambda: not dashboard.is_running())


async def test_on_a_phone_keys_below_the_board_open_the_commands(
    served: Served, browser: Browser
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    shown = Shown(page)
    await page.goto(served.url)
    await shown.wait_until(lambda screen: "Mend the gate" in screen)
    if where := os.environ.get("GENIE_SHOTS"):
        await page.wait_for_timeout(800)
        await page.screenshot(path=f"{where}/phone.png")
    await page.get_by_label("Commands").tap()
    await shown.wait_until(lambda screen: "what to do" in screen)
    if where:
        await page.wait_for_timeout(800)
        await page.screenshot(path=f"{where}/phone-commands.png")


async def _status(session: aiohttp.ClientSession, url: URL, **headers: str) -> tuple[int, str]:
    async with session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_nobody_gets_anything_without_the_token(served: Served) -> None:
    site = served.site
    everything = [site, site / "static/js/textual.js", site / "ws"]
    async with aiohttp.ClientSession() as stranger:
        for url in everything:
            for asked in (url, url.with_query(token="wrong"), url.with_query(token="\u00fc")):
                status, said = await _status(stranger, asked, Origin=str(site.origin()))
                assert (status, "genie-tui serve" in said) == (403, True), asked
    assert served.dashboards() == []


async def test_pages_of_others_get_nothing_by_the_cookie(served: Served) -> None:
    site = served.site
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as known:
        async with known.get(served.url) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert URL(served.url).query["token"] not in cookie
        assert (await _status(known, site))[0] == 200
        # A name that somebody else makes lead here, and another page's script.
        assert (await _status(known, site, Host=f"evil.example:{site.port}"))[0] == 403
        for origin in ("http://evil.example", f"http://127.0.0.1:{(site.port or 0) - 1}", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await known.ws_connect(site / "ws", origin=origin)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await known.ws_connect(site / "ws")
        assert served.dashboards() == []
        ours = str(site.origin())
        async with known.ws_connect(site / "ws", origin=ours):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await known.ws_connect(site / "ws", origin=ours)


async def test_it_listens_on_loopback_alone_and_its_token_is_in_no_list_of_processes(
    served: Served,
) -> None:
    process = psutil.Process(served.process.pid)
    listening = [one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"]
    assert listening == ["127.0.0.1"]
    token = URL(served.url).query["token"]
    assert len(token) > 40
    said = [*process.cmdline(), *process.environ().values()]
    assert not [word for word in said if token in word]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
async def test_the_dashboards_end_with_the_server(served: Served, number: signal.Signals) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as known:
        await _status(known, URL(served.url))
        site = served.site
        async with known.ws_connect(site / "ws", origin=str(site.origin())) as socket:
            await socket.receive_bytes()
            (dashboard,) = served.dashboards()
            served.process.send_signal(number)
            async for _ in socket:
                pass
    wait_until(lambda: not dashboard.is_running())
    ended = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}
    assert served.process.wait(PATIENCE) == ended[number]


def test_a_port_that_is_taken_and_an_address_that_is_none_are_errors(
    served: Served, settings: Settings
) -> None:
    taken = genie(settings, "serve", "--port", str(served.site.port))
    assert taken.code == 1
    assert "--port" in taken.err
    assert "https://" in genie(settings, "serve", "--public-url", "board.example.org").err
