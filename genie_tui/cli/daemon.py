"""`genie-tui daemon`: what fires schedules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.errors import BadInput, GenieError, NotFound

if TYPE_CHECKING:
    from genie_tui.scheduler.pidfile import Holder
    from genie_tui.settings import Settings

__all__ = ["logs", "run", "start", "status", "stop"]

STOPS_WITHIN = 30.0
"""Seconds for a daemon to let go of what it holds."""

CAP = click.option(
    "--max-concurrent",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="So many runs at once, of all daemons of the database (GENIE_MAX_CONCURRENT; 5).",
)
JITTER = click.option(
    "--jitter",
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    default=30.0,
    show_default=True,
    help="What is due together is spread over so long.",
)
OTLP = click.option(
    "--otlp-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Receive what agents report by OpenTelemetry (OTLP/HTTP), on this port of loopback.",
)


@click.command(cls=Command)
@CAP
@JITTER
@OTLP
@pass_settings
def run(
    settings: Settings, max_concurrent: int | None, jitter: float, otlp_port: int | None
) -> None:
    """Be the daemon, in the foreground: for systemd, launchd or a tmux pane.

    Told to stop, by SIGTERM or ctrl-c, it leaves at once; commands that run go on, and the next
    daemon takes them over. Any number may run on one database. What happens is written to
    standard error, and as JSON lines to logs/scheduler.log in the home.

    With --otlp-port, logs and metrics of agents become events: what their models and tools cost,
    took and said. For Claude Code: CLAUDE_CODE_ENABLE_TELEMETRY=1, OTEL_LOGS_EXPORTER=otlp,
    OTEL_METRICS_EXPORTER=otlp, OTEL_EXPORTER_OTLP_PROTOCOL=http/json,
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:PORT, and who it is as agent.name in
    OTEL_RESOURCE_ATTRIBUTES.

    \b
    genie-tui daemon run
    genie-tui daemon run --max-concurrent 2
    genie-tui daemon run --otlp-port 4318
    """
    import asyncio
    import sys

    from genie_tui.scheduler import journal, running
    from genie_tui.scheduler.daemon import Rhythm

    if settings.read_only:
        raise BadInput("a daemon writes; it cannot run with --read-only")
    said = journal.Journal(
        journal.path_of(settings.logs),
        echo=lambda line: print(output.printable(line), file=sys.stderr, flush=True),
    )
    settings = settings.with_cap(max_concurrent)
    asyncio.run(running.run(settings, said, Rhythm(jitter=jitter), otlp_port))


@click.command(cls=Command)
@CAP
@JITTER
@OTLP
@pass_settings
def start(
    settings: Settings, max_concurrent: int | None, jitter: float, otlp_port: int | None
) -> None:
    """Start a daemon that goes on when this terminal is closed.

    \b
    genie-tui daemon start
    """
    from genie_tui.scheduler import running

    if settings.read_only:
        raise BadInput("a daemon writes; it cannot run with --read-only")
    arguments = ["--jitter", str(jitter)]
    if otlp_port is not None:
        arguments += ["--otlp-port", str(otlp_port)]
    if not settings.migrate:
        arguments.append("--no-migrate")
    found = running.start(settings.with_cap(max_concurrent), arguments)
    if wants_json():
        output.write_json(_object(found))
    else:
        click.echo(f"started, with the pid {found.pid}")


@click.command(cls=Command)
@pass_settings
def stop(settings: Settings) -> None:
    """Stop the daemon; the commands that it runs go on.

    The next daemon takes them over, and notes how they ended.

    \b
    genie-tui daemon stop
    """
    from genie_tui.scheduler import pidfile

    found = pidfile.terminate(settings.home)
    if found is not None and not pidfile.wait_gone(settings.home, STOPS_WITHIN):
        raise GenieError(
            f"the daemon with the pid {found.pid} was told to stop, and has not yet; "
            "'genie-tui daemon logs' says what it does"
        )
    if wants_json():
        output.write_json({"stopped": found is not None})
    else:
        click.echo("stopped" if found is not None else "no daemon was running")


@click.command(cls=Command)
@pass_settings
def status(settings: Settings) -> None:
    """Say whether a daemon runs; exit code 3 where none does.

    It tells of the one that this home has; the database may have others, from elsewhere.

    \b
    genie-tui daemon status
    genie-tui daemon status --json
    """
    from genie_tui.scheduler import journal, pidfile

    found = pidfile.holder(settings.home)
    if wants_json():
        output.write_json(_object(found))
    if found is None:
        raise NotFound("no daemon runs here; 'genie-tui daemon start' starts one")
    if wants_json():
        return
    since = datetime.fromtimestamp(found.since, UTC)
    output.write_fields(
        {
            "state": "running" if found.ready else "starting",
            "pid": found.pid,
            "since": output.moment(since),
            "log": journal.path_of(settings.logs),
        }
    )


@click.command(cls=Command)
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    metavar="N",
    help="So many of the newest lines.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written, until interrupted.")
@pass_settings
def logs(settings: Settings, lines: int, follow: bool) -> None:
    """Show what the daemons of this home did.

    With --json: the lines as they stand in the log, an object each.

    \b
    genie-tui daemon logs
    genie-tui daemon logs -f
    """
    from genie_tui.scheduler import journal

    path = journal.path_of(settings.logs)
    show = output.printable if wants_json() else _in_words
    for line in journal.newest(path, lines):
        click.echo(show(line))
    for line in journal.following(path) if follow else ():
        click.echo(show(line))


def _in_words(line: str) -> str:
    import json

    from genie_tui.scheduler import journal

    try:
        return output.printable(journal.readable(json.loads(line)))
    except (ValueError, KeyError, TypeError):
        return output.printable(line)


def _object(found: Holder | None) -> dict[str, Any]:
    if found is None:
        return {"running": False, "ready": False, "pid": None, "since": None}
    since = datetime.fromtimestamp(found.since, UTC)
    return {"running": True, "ready": found.ready, "pid": found.pid, "since": since}
