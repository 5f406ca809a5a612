"""What has to hold before a release: the form of the changelog, and what a wheel may hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from releasing import artefacts
from releasing.artefacts import section
from releasing.steps import ROOT, Wrong

GOOD = """\
# Changelog

## [Unreleased]

### Added

- a thing

## [1.2.0] - 2026-11-01

### Fixed

- another
"""


def test_the_changelog_keeps_the_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = text.replace("## [Unreleased]", "## [9.9.9] - 2026-01-31")
    assert section(dated, "9.9.9") == "2026-01-31"


def test_a_version_has_its_date() -> None:
    assert section(GOOD, "1.2.0") == "2026-11-01"


@pytest.mark.parametrize(
    ("text", "version", "said"),
    [
        (GOOD, "1.3.0", "[1.3.0] is missing"),
        (GOOD, "Unreleased", "is missing"),
        (GOOD.replace("### Fixed", "### Mended"), "1.2.0", "no kind of change: Mended"),
        (GOOD.replace("## [1.2.0] - 2026-11-01", "## 1.2.0"), "1.2.0", "no version: ## 1.2.0"),
        (GOOD.replace(" - 2026-11-01", ""), "1.2.0", "without a date: 1.2.0"),
    ],
)
def test_a_changelog_out_of_form_says_what_is_wrong(text: str, version: str, said: str) -> None:
    with pytest.raises(Wrong) as wrong:
        section(text, version)
    assert said in str(wrong.value)


def test_a_wheel_with_less_or_more_than_belongs_there_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "genie_tui-1-py3-none-any.whl", "w") as files:
        files.writestr("genie_tui/py.typed", "")
        files.writestr("tests/test_all.py", "")
    with pytest.raises(Wrong) as wrong:
        artefacts.contents(tmp_path)
    assert "board.tcss" in str(wrong.value)
    assert "'tests/test_all.py'" in str(wrong.value)
