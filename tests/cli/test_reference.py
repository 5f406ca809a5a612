"""The help of every command: complete, with examples that can be typed, and printed in docs/."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from docs import manual, reference
from genie_tui import errors
from genie_tui.cli import main
from genie_tui.errors import GenieError

# Where a shell goes on: a pipe, a file, another command, or what an example says of itself.
ELSEWHERE = re.compile(r"\s{2,}|\s(?:\||>|<|&&)\s|;")

FILE = re.compile(r"@?(\w+\.(?:md|txt|json))")


def called(example: str) -> list[str]:
    """The words that an example gives the program."""
    return shlex.split(ELSEWHERE.split(example)[0])[1:]


def parse(words: list[str]) -> None:
    """Read the words of a command as they are read when it is called.

    Raises:
        UsageError, GenieError: they cannot be understood.
    """
    ctx = main.make_context("genie-tui", list(words))
    while isinstance(ctx.command, click.Group) and (rest := [*ctx._protected_args, *ctx.args]):
        name, command, rest = ctx.command.resolve_command(ctx, rest)
        assert command is not None
        ctx = command.make_context(name, rest, parent=ctx)


def test_the_reference_is_current() -> None:
    assert reference.FILE.read_text(encoding="utf-8") == reference.reference(), (
        "python -m docs.reference writes it anew"
    )


def test_the_manual_page_is_current_and_has_no_errors() -> None:
    assert manual.FILE.read_text(encoding="utf-8") == manual.manual(), (
        "python -m docs.manual writes it anew"
    )
    if groff := shutil.which("groff"):
        done = subprocess.run(
            [groff, "-man", "-Tutf8", "-ww", str(manual.FILE)], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_every_command_says_what_it_does_in_a_sentence() -> None:
    wrong = [
        entry.path
        for entry in reference.entries()
        if not entry.paragraphs[0].rstrip().endswith((".", ":"))
    ]
    assert wrong == []


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{entry.path} {param.opts[0]}"
        for entry in reference.entries()
        for param in entry.command.params
        if isinstance(param, click.Option) and not param.hidden and not param.help
    ]
    assert silent == []


def test_every_command_has_an_example_of_itself() -> None:
    without = [
        entry.path
        for entry in reference.entries()
        if not any(f"{line} ".startswith(f"{entry.path} ") for line in reference.examples(entry))
    ]
    assert without == []


def test_every_example_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = []
    for entry in reference.entries():
        for line in reference.examples(entry):
            if not line.startswith("genie-tui"):
                continue
            try:
                words = called(line)
                for name in filter(None, map(FILE.fullmatch, words)):
                    (tmp_path / name[1]).touch()
                parse(words)
            except click.exceptions.Exit:
                continue
            except (click.ClickException, GenieError, ValueError) as error:
                wrong.append(f"{line}: {error}")
    assert wrong == []


def test_the_reference_has_every_command_and_every_code_of_an_error() -> None:
    written = reference.reference()
    for entry in list(reference.entries())[1:]:
        assert f"# {entry.path}\n" in written
    for name in errors.__all__:
        assert f"`{getattr(errors, name).code}`" in written
