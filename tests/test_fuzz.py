"""Bad input of every kind is answered, or refused in words: no traceback, no hang, no write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from genie_tui.db import endpoints
from genie_tui.domain.changes import CHANNELS
from genie_tui.errors import BadInput
from genie_tui.settings import Settings
from genie_tui.ui.keymap import remap
from tests import fuzzing
from tests.fuzzing import Sandbox

QUICK = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def sandbox(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A furnished database."""
    with psycopg.connect(dsn) as conn:
        fuzzing.furnish(conn)
    place = tmp_path / "acme"
    (place / ".git").mkdir(parents=True)
    monkeypatch.chdir(place)
    yield Sandbox(dsn=dsn, home=tmp_path / "home")
    assert not (tmp_path / "home" / "data").exists(), "a server was started"


@QUICK
@given(fuzzing.calls())
def test_any_command_line_is_obeyed_or_refused_and_then_nothing_is_written(
    sandbox: Sandbox, line: tuple[str, ...]
) -> None:
    before = sandbox.digest()
    done = sandbox.run(*line)
    assert done.code not in (1, 2) or sandbox.digest() == before, (line, done)


@settings(QUICK, max_examples=1)
@given(st.lists(fuzzing.documents, min_size=1, max_size=5))
@example(fuzzing.NASTY)
@example(fuzzing.NASTY[::-1])
def test_every_command_reads_whatever_json_is_stored(
    sandbox: Sandbox, documents: Sequence[str]
) -> None:
    with psycopg.connect(sandbox.dsn) as conn:
        fuzzing.fill_json(conn, documents)
    for command in fuzzing.READING:
        for more in ((), ("--json",)):
            sandbox.run(*command, "--project", "acme", *more)


@pytest.fixture
def whole(sandbox: Sandbox) -> list[str]:
    """Files as they should be."""
    return fuzzing.exports(sandbox)


@settings(QUICK, max_examples=30)
@given(st.data())
def test_any_file_is_taken_whole_or_refused_and_then_nothing_is_written(
    sandbox: Sandbox, whole: list[str], data: st.DataObject
) -> None:
    command = data.draw(st.sampled_from(fuzzing.TAKING))
    before = sandbox.digest()
    done = sandbox.run(*command, stdin=data.draw(fuzzing.files(whole)))
    assert not done.code or sandbox.digest() == before, (command, done)


@given(fuzzing.dsns)
def test_any_address_is_read_or_refused(dsn: str) -> None:
    with suppress(BadInput):
        endpoints.external(dsn)


@settings(QUICK, max_examples=25)
@given(fuzzing.dsns)
def test_an_address_that_leads_nowhere_is_told(sandbox: Sandbox, dsn: str) -> None:
    for command in (("task", "list"), ("db", "status"), ("status",)):
        done = sandbox.run(*command, "--dsn", dsn)
        assert done.code in (2, 5) or command == ("status",), (dsn, done)


@settings(QUICK, max_examples=25)
@given(fuzzing.environments)
def test_any_environment_is_borne(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
    for command in (("task", "list"), ("task", "create", "one more"), ("status",)):
        sandbox.run(*command, **environment)


@settings(QUICK, max_examples=200)
@given(fuzzing.tomls)
def test_any_tui_toml_is_read_or_refused_with_its_name(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "tui.toml").write_bytes(text)
    try:
        found = Settings.read({}, home=str(tmp_path))
    except BadInput as error:
        assert "tui.toml" in str(error)  # noqa: PT017
        return
    remap(found.keys, plain=found.ascii)
    assert found.theme is None or isinstance(found.theme, str)


async def test_every_screen_shows_whatever_json_is_stored_and_hears_any_notification(
    sandbox: Sandbox,
) -> None:
    said = [(channel, text) for channel in CHANNELS for text in ("", ":", "a:b:c:d:e", "*", "\x1b")]
    await fuzzing.look_round(sandbox, fuzzing.NASTY[::-1], said)
