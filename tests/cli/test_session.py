"""`genie-tui session`: what agents wrote is read."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli

GOOD = '{"type": "user", "message": {"content": "hello"}}\n'


def test_a_directory_of_sessions_is_imported_once(cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "projects" / "acme"
    place.mkdir(parents=True)
    (place / "s1.jsonl").write_text(GOOD + "{\n" + GOOD + GOOD[:9])
    first = cli("session", "import", str(place.parent))
    assert first.out == "read 2 turns of 1 session; passed over 1 malformed line\n"
    assert f"{place / 's1.jsonl'}:2: it is not JSON; passed over" in first.err
    (again,) = cli("--json", "session", "import", str(place)).json
    assert (again["turns"], again["session_id"], again["lines"]) == (0, "s1", [])


def test_a_file_that_is_not_there_is_said_so(cli: Cli, tmp_path: Path) -> None:
    result = cli("session", "import", str(tmp_path / "none.jsonl"))
    assert result.code == 3
    assert result.err.startswith("error: cannot read")
