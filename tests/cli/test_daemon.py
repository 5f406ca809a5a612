"""`genie-tui daemon`: a real process, started, asked after and stopped."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import psutil
import psycopg
import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from genie_tui.db import processes
from genie_tui.scheduler import pidfile
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.ports import free_port
from tests.waiting import wait_until


@pytest.fixture
def daemon(cli: Cli, settings: Settings) -> Iterator[int]:
    """The pid of a daemon; it is ended with the test, however that went."""
    started = cli("daemon", "start", "--json")
    assert started.code == 0, started.err
    pid: int = started.json["pid"]
    yield pid
    if (left := pidfile.holder(settings.home)) is not None:
        os.kill(left.pid, signal.SIGKILL)
        psutil.Process(left.pid).wait(20)


def test_a_daemon_goes_on_until_it_is_stopped(cli: Cli, settings: Settings, daemon: int) -> None:
    status = cli("daemon", "status", "--json").json
    assert (status["running"], status["ready"], status["pid"]) == (True, True, daemon)
    assert psutil.Process(daemon).environ()["GENIE_HOME"] == str(settings.home)
    again = cli("daemon", "start")
    assert (again.code, str(daemon) in again.err) == (4, True)
    assert cli("daemon", "stop").out == "stopped\n"
    wait_until(lambda: not processes.exists(daemon))
    assert cli("daemon", "stop").out == "no daemon was running\n"
    gone = cli("daemon", "status")
    assert (gone.code, "daemon start" in gone.err) == (3, True)


def test_it_fires_what_is_due_and_tells_so_in_its_log(cli: Cli, daemon: int) -> None:
    assert daemon
    cli("schedule", "create", "job", "--every", "1h", "--command", "echo secret-word")
    cli("schedule", "run", "job")

    def events() -> list[str]:
        lines = cli("daemon", "logs", "--json").out.splitlines()
        return [json.loads(line)["event"] for line in lines]

    wait_until(lambda: "completed" in events())
    assert {"started", "live", "begun"} <= set(events())
    text = cli("daemon", "logs").out
    assert "schedule=job" in text
    assert "secret-word" not in text


def test_a_daemon_that_was_killed_is_nobody(cli: Cli, settings: Settings, daemon: int) -> None:
    psutil.Process(daemon).kill()
    wait_until(lambda: pidfile.holder(settings.home) is None)
    assert cli("daemon", "status").code == 3
    assert cli("daemon", "start").code == 0


def test_what_keeps_a_daemon_from_starting_is_said(cli: Cli) -> None:
    result = cli("daemon", "start", "--dsn", "postgresql://127.0.0.1:1/none")
    assert result.code == 1
    assert "could not be started" in result.err
    for options, reason in ((("--read-only",), "--read-only"), (("--max-concurrent", "0"), "0")):
        refused = cli("daemon", "start", *options)
        assert (refused.code, reason in refused.err) == (2, True)
    wrong = cli("daemon", "status", env={"GENIE_MAX_CONCURRENT": "many"})
    assert (wrong.code, "GENIE_MAX_CONCURRENT" in wrong.err) == (2, True)


def test_what_an_exporter_of_telemetry_sends_is_told_of_and_kept(
    cli: Cli, settings: Settings
) -> None:
    port = free_port(1)
    assert cli("daemon", "start", "--otlp-port", str(port)).code == 0
    try:
        _export(port)
        events = cli("event", "list", "--json", "--all-projects").json
        assert "eng-1 asked m, $0.25" in [one["text"] for one in events]
        with psycopg.connect(settings.dsn or "") as conn:
            told = conn.execute(
                """SELECT entity_type, entity_id, actor, details -> 'cost_usd' FROM audit_events
                    WHERE entity_type LIKE 'otel%' ORDER BY entity_type"""
            ).fetchall()
        assert told == [("otel_api", "s-1", "eng-1", 0.25), ("otel_metric", "s-1", "eng-1", 1.5)]
        taken = cli("daemon", "run", "--otlp-port", str(port), "--jitter", "0")
        assert (taken.code, "--otlp-port" in taken.err) == (1, True)
    finally:
        cli("daemon", "stop")


def _export(port: int) -> None:
    """Tell of a call and of what it cost, packed and as protobuf, as agents' exporters do."""
    at = f"http://localhost:{port}/v1"
    who = Resource({"service.name": "claude-code", "agent.name": "eng-1"})
    metrics = OTLPMetricExporter(f"{at}/metrics", compression=Compression.Gzip)
    meters = MeterProvider([PeriodicExportingMetricReader(metrics)], resource=who)
    cost = meters.get_meter("m").create_counter("claude_code.cost.usage", unit="USD")
    cost.add(1.5, {"session.id": "s-1"})
    logs = LoggerProvider(resource=who)
    exporter = OTLPLogExporter(f"{at}/logs", compression=Compression.Gzip)
    logs.add_log_record_processor(BatchLogRecordProcessor(exporter))
    said = {"event.name": "api_request", "session.id": "s-1", "cost_usd": "0.25", "model": "m"}
    record = LogRecord(body="claude_code.api_request", attributes=said)
    logs.get_logger("l").emit(record)
    meters.shutdown()
    logs.shutdown()
