"""Ports that are not free: strangers on them, other clusters, and other Genie clients."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import replace

import psycopg
import pytest

from genie_tui.db import cluster, endpoints, server
from genie_tui.errors import NoDatabase, Refused
from genie_tui.settings import Settings
from tests.db.programs import listener
from tests.homes import MakeHome, Running

HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("greeting", [None, HTTP, b""], ids=["silent", "talking", "closing"])
def test_a_stranger_on_the_port_moves_the_server_to_the_next(
    home: Settings, greeting: bytes | None
) -> None:
    with listener(home.port, greeting):
        found = server.ensure(home)
        assert found.port == home.port + 1
        assert home.port_file.read_text().strip() == str(home.port + 1)
        assert server.find(home) == found
        assert server.status(home).state == "running"


def test_a_port_that_says_nothing_is_given_up_after_two_seconds(home: Settings) -> None:
    with listener(home.port):
        begun = time.monotonic()
        assert server.find(home) is None
        assert 1.5 < time.monotonic() - begun < 4


def test_with_strangers_on_every_port_the_error_says_which_and_what_to_do(home: Settings) -> None:
    with ExitStack() as stack:
        for port in home.ports:
            stack.enter_context(listener(port, HTTP))
        with pytest.raises(NoDatabase, match=f"{home.port} to {home.port + 3}.*GENIE_PG_PORT"):
            server.ensure(home)


def test_a_postgresql_that_is_not_ours_is_left_alone(home: Settings, running: Running) -> None:
    taken = replace(home, port=running.endpoint.port)
    assert server.find(taken) is None
    assert server.status(taken).state == "foreign"
    found = server.ensure(taken)
    assert found.port != taken.port
    assert found.owned
    assert server.stop(taken)
    assert server.find(running.settings) == running.endpoint


def test_a_postgresql_that_does_not_let_us_in_is_a_stranger(
    empty_home: MakeHome, home: Settings
) -> None:
    stranger = server.ensure(home)
    as_admin = endpoints.admin(stranger.port, cluster.secret(home.data))
    with psycopg.connect(as_admin.conninfo, autocommit=True) as conn:
        conn.execute("ALTER ROLE postgres PASSWORD 'their own'")
    ours = replace(empty_home(), port=stranger.port)
    assert server.find(ours) is None
    assert server.ensure(ours).port == stranger.port + 1


def test_a_server_on_a_copy_of_our_files_is_not_taken_for_ours(ready_home: MakeHome) -> None:
    original = ready_home()
    found = server.ensure(original)
    copy = replace(ready_home(), port=original.port)
    assert cluster.identifier(copy.data) == cluster.identifier(original.data)
    assert server.find(copy) is None
    assert server.ensure(copy).port == found.port + 1
    assert server.find(original) == found


def test_the_server_of_another_genie_client_is_adopted_and_never_stopped(
    empty_home: MakeHome, running: Running
) -> None:
    adopting = replace(empty_home(), port=running.endpoint.port)
    found = server.ensure(adopting)
    assert found == endpoints.local(adopting.port)
    assert not found.owned
    assert server.status(adopting).state == "foreign"
    for act in (server.stop, server.reset):
        with pytest.raises(Refused, match="another Genie client"):
            act(adopting)
    assert not adopting.data.exists()
    assert server.find(running.settings) == running.endpoint


def test_an_adopted_server_is_found_by_the_port_file_too(
    empty_home: MakeHome, running: Running
) -> None:
    adopting = empty_home()
    adopting.home.mkdir()
    adopting.port_file.write_text(str(running.endpoint.port))
    found = server.find(adopting)
    assert found is not None
    assert found.port == running.endpoint.port


@pytest.mark.parametrize("text", ["", "junk", "-1", "99999", "1"])
def test_a_port_file_that_lies_is_put_right(home: Settings, text: str) -> None:
    home.port_file.write_text(text)
    found = server.ensure(home)
    assert found.port == home.port
    assert home.port_file.read_text().strip() == str(home.port)


def test_the_port_that_was_used_last_is_not_insisted_on(home: Settings) -> None:
    with listener(home.port, HTTP):
        assert server.ensure(home).port == home.port + 1
    server.stop(home)
    assert server.ensure(home).port == home.port


def test_a_cluster_that_another_genie_client_made_is_started_as_it_is(
    home: Settings,
) -> None:
    # Theirs has a superuser called postgres, and no secret of ours.
    found = server.ensure(home)
    as_admin = endpoints.admin(found.port, cluster.secret(home.data))
    with psycopg.connect(as_admin.conninfo, autocommit=True) as conn:
        conn.execute("ALTER ROLE postgres SUPERUSER")
        conn.execute("DROP DATABASE genie")
    server.stop(home)
    (home.data / cluster.SECRET).unlink()
    shutil.rmtree(home.logs)
    again = server.ensure(home)
    assert again.owned
    assert endpoints.complaint(again) is None
