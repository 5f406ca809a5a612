"""The worked examples of the contributor's pages, put into a copy of the package."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["ROOT", "apply"]

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def apply(page: str, place: Path) -> list[Path]:
    """Copy the package to a place, and do there what a page shows; the files that it names."""
    copied = shutil.ignore_patterns("__pycache__")
    for name in ("genie_tui", "migrations"):
        shutil.copytree(ROOT / name, place / name, ignore=copied)
    text = (ROOT / "docs" / "contributing" / page).read_text(encoding="utf-8")
    named = []
    for kind, name, body in FENCE.findall(text):
        file = place / name
        named.append(file)
        if kind == "diff":
            assert file.exists(), f"{page} changes {name}, which is not there"
            done = subprocess.run(
                ["git", "apply", "-"], cwd=place, input=body, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{page}, {name}: {done.stderr}"
        else:
            assert not file.exists(), f"{page} makes {name}, which is there"
            file.write_text(body, encoding="utf-8")
    return named
