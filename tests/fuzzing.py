"""What other clients may store and anybody may type, and a program that it is given to.

Used by quick tests, and by `benchmarks/faults/fuzz.py` for as long as one likes.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import click
import psycopg
from click.testing import CliRunner
from hypothesis import strategies as st
from psycopg import sql

from docs.reference import entries
from genie_tui.cli import main
from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import CHANNELS
from genie_tui.settings import Settings
from genie_tui.ui.screens import MAIN
from tests.ui.running import running

__all__ = [
    "NASTY",
    "READING",
    "TAKING",
    "Outcome",
    "Sandbox",
    "calls",
    "documents",
    "dsns",
    "environments",
    "exports",
    "files",
    "fill_json",
    "furnish",
    "look_round",
    "payloads",
    "tomls",
    "values",
    "within",
    "words",
]

FURNITURE = Path(__file__).parent / "ui" / "furnished.sql"
MORE = """
    INSERT INTO heartbeats (id, worker_id, run_id) VALUES ('beat-1', 'eng-1', 'run-1');
    INSERT INTO machine_snapshots (id) VALUES ('snap-1');
    INSERT INTO agent_templates (id, provider, team, cwd, last_spawned_at)
    VALUES ('tmpl-1', 'p', 'acme', '/src/acme', now());
    INSERT INTO notification_preferences (actor_type, actor_id, channel)
    VALUES ('local', 'ada', 'tmux');
    INSERT INTO app_versions (app_store_id, version) VALUES ('item-1', '1.0.0');
    INSERT INTO task_types (id, name, stages) VALUES ('own', 'Own', '[{"name": "todo"}]');
"""
"""A row for each table with JSON that the furniture leaves empty."""

EXIT_CODES = {0, 1, 2, 3, 4, 5}
UNEXPECTED = re.compile(r"please report it with (\S+)")
LONGEST = 20
"""Seconds after which a command is taken for hung."""


class Long(str):
    """A text of which a failure shows the beginning."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__repr__(self[:80]) + (f"+{len(self) - 80}" if len(self) > 80 else "")


KEYS = (
    *("name", "label", "gate", "action", "auto_advance", "transitions", "roles", "color", "id"),
    *("parallel", "on_fail", "position", "event", "target", "condition", "wip", "wip_limit"),
    *("cost_usd", "model", "tool", "run", "since", "from", "to", "reason", "catch_up", "due"),
    *("filter", "sort", "lanes", "hidden", "title", "description", "version", "tui", "undo"),
)
DEEP = 5_000
SHAPES = (
    *("null", "true", "0", "-0.0", "1e400", "-1e400", '""', "[]", "{}", '"null"', '"[]"', '"{}"'),
    '"[{\\"name\\": \\"x\\"}]"',
    '"\\"\\\\\\"[]\\\\\\"\\""',
    f'"{"[" * DEEP}"',
    f"{'[' * DEEP}{']' * DEEP}",
    '{"a":' * 1_500 + "0" + "}" * 1_500,
    "9" * 5_000,
    json.dumps("9" * 5_000),
    '{"wip": {"build": 1e400}, "cost_usd": 1e400, "position": 1e400, "name": 1e400}',
    '[{"name": "build", "position": 1e400, "label": [], "gate": {}, "color": 5, "roles": 5}]',
    '[{"name": "build", "position": -1e999, "transitions": [[], {"event": {}}], "action": []}]',
    '[{"name": "build", "id": {"x": 1}, "on_fail": [], "auto_advance": "no", "position": "1"}]',
    '[{"name": "build"}, {"name": "build"}, {"name": ""}, {"name": "\\u001b[31m"}, [], 5, null]',
    '{"cost_usd": "much", "tool": [], "model": {}, "run": 5, "from": [], "to": {}, "reason": {}}',
    '{"cost_usd": -1e300, "duration_ms": 1e300, "input_tokens": 99999999999999999999999999}',
)
NASTY = tuple(map(Long, SHAPES))
"""JSON as PostgreSQL takes it, and Python does not always."""

letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(letters, max_size=8),
    st.sampled_from(KEYS),
)
values = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.lists(below, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(letters, max_size=4)), below),
        below.map(lambda value: json.dumps(value, ensure_ascii=False)),
    ),
    max_leaves=12,
)
documents = st.one_of(st.sampled_from(NASTY), values.map(json.dumps)).map(Long)
"""JSON texts of any shape that a jsonb column can hold."""

JSON_COLUMNS = """
    SELECT c.table_name, c.column_name
      FROM information_schema.columns c
      JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.data_type = 'jsonb' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  ORDER BY 1, 2
"""
DIGEST = sql.SQL("SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t")
TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


def furnish(conn: psycopg.Connection[Any]) -> None:
    """Rows in every table."""
    conn.execute(FURNITURE.read_bytes())
    conn.execute(MORE)
    conn.commit()


def json_columns(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Every column of the database that holds JSON."""
    return [(str(table), str(column)) for table, column in conn.execute(JSON_COLUMNS)]


def fill_json(conn: psycopg.Connection[Any], texts: Sequence[str]) -> None:
    """Store JSON in every such column, one of the texts in each, in turn."""
    for number, (table, column) in enumerate(json_columns(conn)):
        statement = sql.SQL("UPDATE {} SET {} = %s::text::jsonb").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        conn.execute(statement, [texts[number % len(texts)]])
    conn.commit()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """An end to what hangs: an AssertionError in the main thread."""

    def late(_: int, __: FrameType | None) -> None:
        raise AssertionError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command said, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A database of its own, for a program that is run in this process."""

    dsn: str
    home: Path

    def run(self, *words: str, stdin: str = "", **environment: str) -> Outcome:
        """Run a command; a fault of the program's is an AssertionError with its traceback."""
        ours = {"GENIE_DATABASE_URL": self.dsn, "GENIE_HOME": str(self.home), "LOGNAME": "ada"}
        unset = dict.fromkeys(name for name in os.environ if name.startswith("GENIE_"))
        with within(LONGEST):
            given = stdin.encode("utf-8", "surrogateescape")
            done = CliRunner().invoke(main, words, given, env={**unset, **ours, **environment})
        outcome = Outcome(out=done.stdout, err=done.stderr, code=done.exit_code)
        self._check(words, outcome)
        return outcome

    def _check(self, words: Sequence[str], outcome: Outcome) -> None:
        if found := UNEXPECTED.search(outcome.err):
            log = Path(found[1])
            text = log.read_text()
            log.unlink()
            raise AssertionError(f"genie-tui {words!r}\n{text}")
        assert outcome.code in EXIT_CODES, (words, outcome)
        assert "Traceback" not in outcome.err, (words, outcome.err)
        if outcome.code:
            assert outcome.err.startswith(("error: ", '{"error"', "Usage: ")), (words, outcome)

    def digest(self) -> str:
        """What is stored, as one text."""
        with psycopg.connect(self.dsn) as conn:
            tables = [str(name) for (name,) in conn.execute(TABLES)]
            each = sql.SQL(
                "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t"
            )
            parts = [each.format(sql.Identifier(table)) for table in tables]
            rows = conn.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
            return json.dumps([tables, rows])


NOT_RUN = (
    # They become another program, start one, or go on until they are ended.
    *("db shell", "event tail", "demo", "db url", "db start", "db reset", "db stop", "doctor"),
    *("daemon run", "daemon start"),
    # What they write is a file of that name.
    *("export", "board export"),
)
LEFT_OUT = {"--home", "--dsn", "--help", "--follow"}
"""Options that lead elsewhere, or go on until they are ended."""
WORDS = (
    *("#1", "2", "acme#4", "task-00000004", "task-0000", "task-", "#", "#99999999999999999999"),
    *("acme", "Sprint 12", "board-acme", "build", "review", "ship", "software", "own", "bug"),
    *("ada", "agent:eng-1", "human:mira", "agent:", ":", "eng-1", "conv-4", "conv-dm", "1", "-1"),
    *("", " ", "-", "--", "none", "null", "today", "tomorrow", "2d", "1h30m", "99999999999d"),
    *("2026-02-30", "9999-12-31", "0001-01-01", "0000-00-00", "-3d", "urgent", "p:high", "!", '"'),
    *("s:blocked due:<3d", "(", "%s", "%(id)s", "'; DROP TABLE tasks; --", "\x1b[31m", "\x9b"),
    *(
        "\u202e",
        "漢字",
        "👩‍👩‍👧‍👦",
        "\udcff",
        "x" * 5_000,
        "9" * 400,
        "1e400",
        "inf",
        "nan",
        "*",
        "@",
    ),
    *("tmux", "whatsapp", "#123456", "red", "[]", "{}", '{"a": 1}', "true", "5,5", "a=b", "="),
)
words = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=12),
)


@cache
def _commands() -> tuple[tuple[tuple[str, ...], click.Command], ...]:
    found = []
    for entry in entries():
        path = tuple(entry.path.split(" ")[1:])
        below = any(" ".join(path[: n + 1]) in NOT_RUN for n in range(len(path)))
        if path and not isinstance(entry.command, click.Group) and not below:
            found.append((path, entry.command))
    return tuple(found)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, ...]:
    """A command line: a command, some of its options, and about as many arguments as it takes."""
    path, command = draw(st.sampled_from(_commands()))
    line: list[str] = []
    options = [
        param
        for param in command.params
        if isinstance(param, click.Option) and not LEFT_OUT & set(param.opts)
    ]
    for option in draw(st.lists(st.sampled_from(options), max_size=3)):
        line.append(draw(st.sampled_from([*option.opts, *option.secondary_opts])))
        if not option.is_flag and draw(st.integers(0, 9)):
            line.append(draw(_fitting(option)))
    for argument in command.params:
        if isinstance(argument, click.Argument):
            line.extend(
                draw(_fitting(argument)) for _ in range(draw(st.sampled_from([1, 1, 1, 2, 0])))
            )
    if draw(st.integers(0, 3)):
        line.extend(["--project", "acme"])
    if draw(st.integers(0, 2)):
        line.append("--yes" if any("--yes" in o.opts for o in options) else "--json")
    return (*path, *line)


OF_KIND: dict[str, tuple[str, ...]] = {
    "task": ("#1", "2", "#4", "#7", "#8", "acme#5", "task-00000006", "#10"),
    "board": ("Sprint 12", "board-acme", "software", "own", "bug"),
    "project": ("acme", "proj-acme"),
    "stage": ("draft", "wish", "build", "review", "qa", "ship", "todo"),
    "tag": ("bug", "feature", "improvement"),
    "actor": ("ada", "agent:eng-1", "human:mira"),
    "type": ("software", "own"),
    "template": ("software", "bug", "sales"),
    "conversation": ("conv-g", "conv-dm", "conv-4", "Release 3"),
    "team": ("acme",),
    "date": ("today", "2026-03-01", "none", "2d"),
    "length": ("2d", "10m", "1h30m"),
    "filter": ("p:high", "s:blocked due:<3d", "@eng-1 !locked", "~tkr", "tag:bug,feature", "ready"),
    "integer range": ("1", "2", "3"),
}
"""Names that there are, by the name of the type of a parameter."""


def _fitting(param: click.Parameter) -> st.SearchStrategy[str]:
    """Mostly a word that could be meant."""
    if isinstance(param.type, click.Choice):
        return st.one_of(st.sampled_from([str(choice) for choice in param.type.choices]), words)
    if there := OF_KIND.get(param.type.name):
        return st.one_of(st.sampled_from(there), st.sampled_from(there), words)
    return words


HOLE = "a hole in a file"
TAKING: tuple[tuple[str, ...], ...] = (
    ("import", "-", "--name", "copy"),
    ("import", "-", "--into", "acme", "--on-conflict", "skip"),
    ("board", "import", "-", "--name", "copy"),
    ("type", "create", "copy", "--from-file", "-"),
    ("type", "edit", "own", "--from-file", "-"),
)
"""The commands that read a file, from standard input."""


def exports(sandbox: Sandbox) -> list[str]:
    """Files that each of them takes."""
    of = ("--project", "acme")
    project = sandbox.run("export", "-", *of)
    board = sandbox.run("board", "export", "Sprint 12", "-", *of)
    assert (project.code, board.code) == (0, 0)
    return [project.out, board.out, '[{"name": "todo", "gate": "agent"}, {"name": "done"}]']


@st.composite
def files(draw: st.DrawFn, whole: Sequence[str]) -> str:
    """A file in which a value was replaced, anywhere; or that was cut off, or never one."""
    text = draw(st.sampled_from(whole))
    kind = draw(st.sampled_from(["value", "value", "value", "cut", "other"]))
    if kind == "cut":
        return text[: draw(st.integers(0, len(text)))]
    if kind == "other":
        return draw(st.one_of(documents, words))
    root = found = parent = json.loads(text)
    key: Any = None
    while isinstance(found, list | dict) and found and (key is None or draw(st.integers(0, 4))):
        keys = list(found) if isinstance(found, dict) else range(len(found))
        parent, key = found, draw(st.sampled_from(keys))
        found = parent[key]
    parent[key] = HOLE
    return json.dumps(root).replace(json.dumps(HOLE), draw(documents), 1)


READING: tuple[tuple[str, ...], ...] = (
    *(("task", "list"), ("task", "list", "--all-projects"), ("task", "show", "#4")),
    *(("task", "comments", "#4"), ("task", "log", "#4"), ("task", "dep", "list", "#2")),
    *(("board", "list"), ("board", "show", "Sprint 12"), ("board", "show", "software")),
    *(("board", "column", "list", "Sprint 12"), ("board", "template", "list")),
    *(("board", "template", "show", "software"), ("board", "export", "Sprint 12", "-")),
    *(("project", "list"), ("project", "show", "acme"), ("type", "list"), ("type", "show", "own")),
    *(("app", "list"), ("app", "show", "item-1"), ("app", "versions", "item-1")),
    *(("tag", "list"), ("release", "list"), ("conversation", "list"), ("chat", "read", "acme")),
    *(("conversation", "show", "conv-4"), ("mail", "inbox"), ("notify", "list")),
    *(("notify", "resolve", "high"), ("event", "list"), ("export", "-"), ("status",)),
)
"""The commands that read, on the furniture; each also with --json."""

dsns = st.one_of(
    words,
    st.builds(
        "{}://{}:{}@{}:{}/{}?{}={}".format,
        *(st.sampled_from(["postgresql", "postgres", "http", ""]), words, words),
        *(st.sampled_from(["127.0.0.1", "", "[::1]", "127.0.0.1,127.0.0.1", "%2Ftmp"]),),
        *(st.sampled_from(["1", "", "0", "65536", "x", "1,1"]), words),
        *(st.sampled_from(["options", "sslmode", "connect_timeout", "x", "application_name"]),),
        words,
    ),
    st.builds(
        "host=127.0.0.1 port={} dbname={} password={} {}".format,
        *(st.sampled_from(["1", "-1", "99999", "x"]), words, words, words),
    ),
)
"""Addresses of databases; none of them leads to another machine, or to a server."""

NAMES = (
    *("GENIE_PG_PORT", "GENIE_TEST_SCHEMA", "GENIE_AGENT_NAME", "GENIE_RUN_ID", "VISUAL", "EDITOR"),
    *(
        "NO_COLOR",
        "TERM",
        "COLORTERM",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMUX",
        "LOGNAME",
        "USER",
        "COLUMNS",
    ),
    *(
        "PGOPTIONS",
        "PGHOST",
        "PGPORT",
        "PGSSLMODE",
        "PGTZ",
        "PGCLIENTENCODING",
        "PGCONNECT_TIMEOUT",
    ),
)
environments = st.dictionaries(
    st.sampled_from(NAMES), words.map(lambda word: word.replace("\0", ""))
)

names = st.one_of(
    st.sampled_from(["keys", "theme", "ascii", "notify", "reduced_motion", "task.advance", "bell"]),
    st.from_regex(r"[a-z_.-]{1,9}", fullmatch=True),
)
toml_values = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers().map(str),
        st.sampled_from(["nan", "inf", "1979-05-27", '"ctrl+q"', '"l"', '"dracula"', "[]", "{}"]),
        words.map(lambda word: json.dumps(word.encode("utf-8", "replace").decode())),
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(names.map(json.dumps), below, max_size=3).map(
            lambda parts: "{" + ", ".join(f"{key} = {value}" for key, value in parts.items()) + "}"
        ),
    ),
    max_leaves=6,
)
tomls = st.one_of(
    st.binary(max_size=40),
    st.dictionaries(names.map(json.dumps), toml_values, max_size=4).map(
        lambda parts: "\n".join(f"{key} = {value}" for key, value in parts.items()).encode()
    ),
)
"""What tui.toml may hold."""

payloads = st.tuples(
    st.sampled_from(CHANNELS),
    st.one_of(
        st.text(letters, max_size=60),
        st.lists(st.one_of(st.sampled_from(WORDS), st.just("task-00000004")), max_size=5).map(
            ":".join
        ),
    ).map(lambda text: text.encode("utf-8", "replace")[:7_000].decode("utf-8", "ignore")),
)
"""Notifications that any client can send: channel and payload."""


async def look_round(
    sandbox: Sandbox, documents: Sequence[str], said: Sequence[tuple[str, str]]
) -> None:
    """Open every screen of a dashboard on such JSON, and have it hear such notifications."""
    with psycopg.connect(sandbox.dsn, autocommit=True) as conn:
        fill_json(conn, documents)
        settings = Settings(
            home=sandbox.home, dsn=sandbox.dsn, project="acme", board="Sprint 12", migrate=False
        )
        async with running(settings, Actor.human("ada", "desk")) as desk:
            for channel, payload in said:
                conn.execute("SELECT pg_notify(%s, %s)", [channel, payload])
            for name in MAIN:
                await desk.app.action_show_screen(name)
                await desk.pilot.pause(0.05)
                await desk.press("j", "G", "k")
            await desk.app.action_show_screen("board")
            desk.page.set_focus(desk.page.board)
            desk.page.board.move_to("task-00000004")
            await desk.press("enter")
            await desk.until(lambda: desk.app.page is not desk.page)
            await desk.press("2", "3", "4", "5", "6")
            await desk.pilot.pause(0.05)
