"""The sdist and the wheel: built, compared, and looked into."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zipfile
from pathlib import Path

from genie_tui import __version__
from releasing.steps import ROOT, Wrong, run, uv

__all__ = ["changelog", "clean", "contents", "from_sdist", "metadata", "section", "twice", "wheel"]

SECTION = re.compile(
    r"^## (?:\[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?|(?P<odd>.*))$", re.MULTILINE
)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
UNRELEASED = "Unreleased"
IN_WHEEL = ("genie_tui/py.typed", "genie_tui/ui/screens/board.tcss", "genie_tui/cli/guide.md")
LARGEST = 1_500_000


def clean() -> str:
    """Nothing is built that is not committed."""
    if changed := run(["git", "status", "--porcelain"]):
        raise Wrong(f"commit or put away: {', '.join(changed.split()[1::2])}")
    return run(["git", "rev-parse", "--short", "HEAD"])


def section(text: str, version: str) -> str:
    """The date of a version in a changelog that keeps to the form.

    Raises:
        Wrong: it does not, or does not tell of the version.
    """
    found = list(SECTION.finditer(text))
    if odd := [match["odd"] for match in found if match["odd"]]:
        raise Wrong(f"no version: ## {odd[0]}; write ## [1.2.3] - 2026-01-31")
    if kinds := set(re.findall(r"^### (.*)$", text, re.MULTILINE)) - KINDS:
        raise Wrong(f"no kind of change: {', '.join(sorted(kinds))}")
    dates = {match["version"]: match["date"] for match in found}
    if undated := [name for name, date in dates.items() if not date and name != UNRELEASED]:
        raise Wrong(f"without a date: {', '.join(undated)}")
    if not (date := dates.get(version)):
        raise Wrong(f"## [{version}] is missing; rename ## [{UNRELEASED}] and give it the date")
    return date


def changelog() -> str:
    """It keeps the form, and has a section of this version."""
    return section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), __version__)


def _build(source: Path, out: Path) -> dict[str, str]:
    """Build both from a directory; their names and sums."""
    when = run(["git", "log", "-1", "--format=%ct"])
    uv(
        "build",
        "--quiet",
        "--out-dir",
        str(out),
        str(source),
        cwd=out.parent,
        env={**os.environ, "SOURCE_DATE_EPOCH": when},
    )
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.iterdir())
        if path.name.endswith((".whl", ".tar.gz"))
    }


def _copied(place: Path) -> Path:
    """The last commit, in a directory of its own."""
    place.mkdir(parents=True)
    archive = place.with_suffix(".tar")
    run(["git", "archive", "--output", str(archive), "HEAD"])
    with tarfile.open(archive) as files:
        files.extractall(place, filter="data")
    return place


def twice(place: Path, out: Path) -> str:
    """From two directories, the second of which has other times."""
    first = _build(_copied(place / "one" / "genie"), out)
    other = _copied(place / "another-place" / "tui")
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    again = _build(other, place / "again")
    if differing := [name for name in first if first[name] != again.get(name)]:
        raise Wrong(f"not the same: {', '.join(differing)}")
    return ", ".join(f"{name} {total[:12]}" for name, total in first.items())


def wheel(out: Path) -> Path:
    """The wheel that was built."""
    (found,) = out.glob("*.whl")
    return found


def from_sdist(place: Path, out: Path) -> str:
    """The sdist has all that is needed."""
    (sdist,) = out.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        files.extractall(place / "unpacked", filter="data")
    (tree,) = (place / "unpacked").iterdir()
    built = _build(tree, place / "of-sdist")
    ours = hashlib.sha256(wheel(out).read_bytes()).hexdigest()
    if built.get(wheel(out).name) != ours:
        raise Wrong("it is another one")
    return ""


def contents(out: Path) -> str:
    """What is needed is there, and what is not is not."""
    with zipfile.ZipFile(wheel(out)) as files:
        names = files.namelist()
    needed = [*IN_WHEEL, *(f"genie_tui/migrations/{path.name}" for path in _migrations())]
    ends = ("share/man/man1/genie-tui.1", "licenses/LICENSE", "entry_points.txt")
    missing = [name for name in needed if name not in names]
    missing += [end for end in ends if not any(name.endswith(end) for name in names)]
    strange = [name for name in names if not name.startswith(("genie_tui/", "genie_tui-"))]
    strange += [name for name in names if name.endswith((".pyc", ".orig", ".rej"))]
    if missing or strange:
        raise Wrong(f"missing: {missing}; does not belong there: {strange}")
    if (size := wheel(out).stat().st_size) > LARGEST:
        raise Wrong(f"{size:,} bytes, of {LARGEST:,} at most")
    return f"{len(names)} files, {size:,} bytes"


def _migrations() -> list[Path]:
    return sorted((ROOT / "migrations").glob("*.sql"))


def metadata(out: Path) -> str:
    """Read by twine."""
    files = [str(path) for path in out.iterdir() if path.suffix in {".whl", ".gz"}]
    uv("tool", "run", "--quiet", "--from", "twine>=7,<8", "twine", "check", "--strict", *files)
    return ""
