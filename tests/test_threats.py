"""What docs/threat-model.md says: that its tests exist, and what no other test proves."""

from __future__ import annotations

import ast
import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

import genie_tui
from genie_tui.db import passwords, securing
from genie_tui.errors import NotFound
from genie_tui.services import panes
from genie_tui.settings import Settings
from tests.cli.conftest import home, prepared, ready_home, swept
from tests.cli.programs import genie
from tests.homes import empty_home

__all__ = ["empty_home", "home", "prepared", "ready_home", "swept"]

ROOT = Path(genie_tui.__file__).parents[1]
MODEL = ROOT / "docs" / "threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINE = re.compile(r"^\| (?!They could|It could|-)", re.MULTILINE)

SQL = re.compile(
    r"\b(SELECT\s|INSERT INTO\s|UPDATE\s+\S+\s+SET\s|DELETE FROM\s|WHERE\s|ORDER BY\s|JOIN\s"
    r"|ALTER\s+(TABLE|ROLE|SYSTEM)\s|CREATE\s+(TABLE|SCHEMA|ROLE|DATABASE)\s|DROP\s)"
)
AT_RUN_TIME = {
    # What they put into a statement is chosen from constants of their module, never said by anyone.
    "statement": "selecting: conditions of the filter's own words, and an order of ORDERS",
    "_compare": "restoring: a table's name, quoted by PostgreSQL in the backup that it restores",
    # What a person is told to type is not run.
    "_silent": "doctor: triggers that are switched off",
    "_told": "swaps: a right that the user lacks",
    "refuse_unreadable": "limits: the grants to ask for",
}
"""Functions that make statements while the program runs, and why that is right."""
RUNNERS = {"run", "Popen", "call", "check_call", "check_output", "execv", "execve", "execvp"}
FORBIDDEN = {"system", "popen", "getoutput", "getstatusoutput", "eval", "exec", "execlp"}


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the program."""
    files = sorted(Path(genie_tui.__file__).parent.rglob("*.py"))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def test_every_line_of_the_threat_model_names_tests_that_exist() -> None:
    text = MODEL.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if LINE.match(line)]
    assert len(lines) > 25
    assert [line for line in lines if not NAMED.search(line.rpartition("|")[0])] == []
    for file, name in NAMED.findall(text):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, found)}, name


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _own(node: ast.expr) -> bool:
    """Is it a constant, by its name, or an attribute that is one?"""
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return str(name).strip("_").isupper()


def _composes(function: ast.AST) -> bool:
    """Does a function put something into a statement that is no constant?"""
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant))
            parts = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
            if SQL.search(text) and not all(map(_own, parts)):
                return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            sides = [node.left, node.right]
            texts = [str(one.value) for one in sides if isinstance(one, ast.Constant)]
            if any(map(SQL.search, texts)) and not all(
                isinstance(one, ast.Constant) or _own(one) for one in sides
            ):
                return True
    return False


def test_statements_are_made_of_the_programs_own_text() -> None:
    composers = {
        (file, function.name)
        for file, tree in modules().items()
        if SQL.search(file.read_text(encoding="utf-8"))
        for function in _functions(tree)
        if _composes(function)
    }
    files = {file for file, _ in composers}
    public = {name for _, name in composers if not name.startswith("_")}
    # Whatever makes one while a module is imported has heard nobody's text yet.
    called = {
        name
        for file, tree in modules().items()
        if file in files or any(name in file.read_text(encoding="utf-8") for name in public)
        for function in _functions(tree)
        if (file, function.name) not in composers
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "id", getattr(node.func, "attr", "")))
        and (name in public or (file, name) in composers)
    }
    assert called == set(AT_RUN_TIME)


def test_no_program_is_run_through_a_shell() -> None:
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            of = getattr(getattr(node.func, "value", None), "id", "")
            assert "shell" not in {word.arg for word in node.keywords}, (file, node.lineno)
            assert not (name in FORBIDDEN and of in {"", "os", "subprocess"}), (file, node.lineno)
            if name in RUNNERS and of in {"subprocess", "os"}:
                first = node.args[0]
                assert not isinstance(first, ast.Constant | ast.JoinedStr), (file, node.lineno)


@pytest.mark.parametrize("pane", ["", "%", "%1;kill-server", "%1 \n", "work:1", "-t", "%1\x1b[m"])
async def test_what_is_no_pane_is_never_given_to_tmux(pane: str) -> None:
    with pytest.raises(NotFound, match="is no tmux pane"):
        await panes.go_to(pane)


@contextmanager
def hostile_server(message: bytes) -> Iterator[int]:
    """A server that refuses whoever comes with a message of its own."""
    body = b"SFATAL\0VFATAL\0C28000\0M" + message + b"\0\0"
    reply = b"E" + struct.pack("!I", len(body) + 4) + body

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                if peer.recv(8)[4:] == struct.pack("!I", 80877103):  # It asks for TLS.
                    peer.sendall(b"N")
                peer.recv(4096)
                peer.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_servers_error_cannot_steer_the_terminal(tmp_path: Path) -> None:
    commands: Sequence[Sequence[str]] = (
        ("task", "list"),
        ("db", "start", "--json"),
        ("doctor",),
        ("status",),
    )
    settings = Settings(home=tmp_path / "home", port=1)
    with hostile_server(b"\x1b]0;owned\x07\x9b2J\rno") as port:
        for command in commands:
            done = genie(settings, *command, GENIE_DATABASE_URL=f"host=127.0.0.1 port={port}")
            said = (done.out + done.err).replace("\n", "")
            assert said
            assert said.isprintable(), (command, said)


def test_an_export_holds_no_secret(home: Settings, tmp_path: Path) -> None:
    securing.secure(home)
    (secret,) = passwords.candidates(home)
    with psycopg.connect(genie(home, "db", "url").out.strip()):
        assert genie(home, "task", "create", "a task", cwd=tmp_path).code == 0
    exported = genie(home, "export", "-", cwd=tmp_path)
    assert "a task" in exported.out
    for word in (secret, "SCRAM-SHA-256", "genie_admin", "password"):
        assert word not in exported.out
