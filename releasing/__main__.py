"""Build what is released, look at it, and try it as a stranger would.

    python -m releasing [--quick] [--out DIRECTORY]

Builds the sdist and the wheel twice from the last commit and compares them, builds the wheel once
more from the sdist, looks into both, installs the wheel in a fresh environment of each Python that
is there or that uv can get, with uv's and pipx's tools, uses it there and takes it away again. Each
line of the list is something that was done; the exit code is 1 where one of them failed. With
--quick only this Python is tried, and nothing that has to be fetched but the dependencies.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from releasing import artefacts, installs
from releasing.steps import Skipped, Wrong

__all__ = ["main"]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def main() -> int:
    """Go through the list."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="Where the sdist and the wheel are put.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genie-release-") as place:
        out = options.out or Path(place) / "dist"
        steps: dict[str, Callable[[], str]] = {
            "the tree is clean": artefacts.clean,
            "the changelog tells of this version": artefacts.changelog,
            "built twice, the same bytes": lambda: artefacts.twice(Path(place), out),
            "the wheel of the sdist is the wheel": lambda: artefacts.from_sdist(Path(place), out),
            "what is in them": lambda: artefacts.contents(out),
        }
        if not options.quick:
            steps["metadata, as an index reads it"] = lambda: artefacts.metadata(out)
        for python in [".".join(map(str, sys.version_info[:2]))] if options.quick else PYTHONS:
            steps[f"installed and used on Python {python}"] = lambda python=python: (  # type: ignore[misc]
                installs.with_pip(Path(place), out, python)
            )
        steps["uv tool install, and uninstall"] = lambda: installs.with_uv(Path(place), out)
        if not options.quick:
            steps["pipx install, and uninstall"] = lambda: installs.with_pipx(Path(place), out)
        kept = [_taken(name, step) for name, step in steps.items()]
        return 0 if all(kept) else 1


def _taken(name: str, step: Callable[[], str]) -> bool:
    try:
        mark, said = "✓", step()
    except Skipped as skipped:
        mark, said = "–", str(skipped)
    except Wrong as wrong:
        mark, said = "✗", str(wrong)
    print(f"{mark} {name}{f': {said}' if said else ''}", flush=True)
    return mark != "✗"


if __name__ == "__main__":
    sys.exit(main())
