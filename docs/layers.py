"""Draws the contracts of imports in docs/architecture.md, from pyproject.toml.

python -m docs.layers            write them into the page
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["PAGE", "drawn", "page"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
MARKED = re.compile(r"(<!-- layers -->\n).*?(<!-- /layers -->)", re.DOTALL)
WIDTH = 62


def drawn() -> str:
    """Each contract as a text drawing: what is above imports what is below, never the other way."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    return "\n".join(f"{contract['name']}:\n\n{_contract(contract)}" for contract in contracts)


def _contract(contract: dict[str, Any]) -> str:
    if contract["type"] != "layers":
        sources, targets = contract["source_modules"], contract["forbidden_modules"]
        return f"```text\n{', '.join(sources)}\n    never imports {', '.join(targets)}\n```\n"
    lines = []
    for layer in contract["layers"]:
        names = re.split(r"\s*[|:]\s*", layer.replace("genie_tui.", ""))
        between = " │ " if "|" in layer else "   "
        lines.append(f"│{between.join(names).center(WIDTH)}│")
    rule = f"├{'─' * WIDTH}┤\n"
    return f"```text\n┌{'─' * WIDTH}┐\n{f'{chr(10)}{rule}'.join(lines)}\n└{'─' * WIDTH}┘\n```\n"


def page() -> str:
    """The page with the drawings as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    return MARKED.sub(lambda marks: f"{marks[1]}\n{drawn()}\n{marks[2]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
