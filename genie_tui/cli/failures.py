"""What a user sees of a failure: one line (or one JSON object) and an exit code, no traceback."""

from __future__ import annotations

import os
import sys
import traceback

import click

from genie_tui.errors import GenieError

__all__ = ["report", "unexpected"]

INTERRUPTED = 130
BROKEN_PIPE = 1


def report(error: BaseException, *, as_json: bool) -> int:
    """Print what happened on standard error, where there is anything to say; the exit code."""
    _drop_what_cannot_be_written()
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not as_json:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    code, exit_code, message = _described(error)
    _print(code, message, as_json=as_json)
    return exit_code


def _drop_what_cannot_be_written() -> None:
    """Where the reader has gone or the disk is full, Python would try, and complain, at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _described(error: BaseException) -> tuple[str, int, str]:
    if isinstance(error, GenieError):
        return error.code, error.exit_code, str(error)
    if isinstance(error, click.UsageError):
        hint = f"; see '{error.ctx.command_path} --help'" if error.ctx else ""
        bare = isinstance(error, click.exceptions.NoArgsIsHelpError)
        said = "a command is missing" if bare else error.format_message().rstrip(".")
        return "usage", 2, f"{said}{hint}"
    if isinstance(error, click.ClickException):
        return "failed", error.exit_code, error.format_message()
    if isinstance(error, OSError):
        return "failed", 1, str(error)
    return "internal", 1, unexpected(error)


def unexpected(error: BaseException) -> str:
    """A fault of ours: the traceback goes to a log, for the report that the user may make."""
    import tempfile

    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="genie-tui-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(text)
    return f"{type(error).__name__} was not expected here; please report it with {log.name}"


def _print(code: str, message: str, *, as_json: bool) -> None:
    from genie_tui.cli.output import printable

    if as_json:
        import json

        text = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)
    else:
        text = f"error: {message}"
    print(printable(text), file=sys.stderr)
