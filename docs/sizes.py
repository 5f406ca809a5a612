"""Writes docs/contributing/sizes.md: the longest modules and functions of the package, and why.

python -m docs.sizes            write the page

Raises ValueError where a module has more than 400 lines, or a function more than 40, and no reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PAGE", "page"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "contributing" / "sizes.md"
SHOWN = 10
MODULE, FUNCTION = 400, 40

WHY = {
    "genie_tui/ui/widgets/task_blocks.py": "one small class for each block of a task's page, which"
    " share their words and marks",
    "genie_tui/ui/widgets/talk_log.py": "one widget; its lines are made in `talk_lines`",
    "genie_tui/domain/filters.py": "one class a kind of test, with its rule",
    "genie_tui/cli/nouns.py": "a table: what commands there are, for help that imports none",
    "genie_tui/ui/widgets/board.py": "one widget; what it is made of is elsewhere",
    "genie_tui/cli/options.py:everywhere": "a list of options, a line or five each",
    "genie_tui/services/views.py:save_view": "one statement with its parameters, and its outcomes",
    "genie_tui/services/reading.py:read": "one gather of all reads of a frame",
    "genie_tui/cli/carrying.py:import_": "most of it is the help of its options",
}
"""Why one that is long stays so."""

HEAD = """\
# Sizes

Written by `python -m docs.sizes`. No module has more than {module} lines and no function more than
{function} without a reason that stands here; a test looks. The package has {modules:,} modules with
{lines:,} lines; half of its functions have {median} lines or fewer.
"""


def modules() -> Iterator[tuple[int, str]]:
    """Lines and name of every module."""
    for file in sorted((ROOT / "genie_tui").rglob("*.py")):
        yield len(file.read_text(encoding="utf-8").splitlines()), str(file.relative_to(ROOT))


def functions() -> Iterator[tuple[int, str]]:
    """Lines and name of every function, docstrings among them."""
    for file in sorted((ROOT / "genie_tui").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield lines, f"{file.relative_to(ROOT)}:{node.name}"


def page() -> str:
    """The page.

    Raises:
        ValueError: something is too long, without a reason.
    """
    all_modules, all_functions = list(modules()), sorted(functions())
    long = [(lines, name) for lines, name in all_modules if lines > MODULE]
    long += [(lines, name) for lines, name in all_functions if lines > FUNCTION]
    if unexplained := [f"{name} ({lines})" for lines, name in long if name not in WHY]:
        raise ValueError(f"too long, without a reason in docs/sizes.py: {', '.join(unexplained)}")
    head = HEAD.format(
        module=MODULE,
        function=FUNCTION,
        modules=len(all_modules),
        lines=sum(lines for lines, _ in all_modules),
        median=all_functions[len(all_functions) // 2][0],
    )
    return "\n".join(
        [
            head,
            _table("The longest modules", "module", all_modules),
            _table("The longest functions", "function", all_functions),
        ]
    )


def _table(title: str, what: str, found: list[tuple[int, str]]) -> str:
    rows = sorted(found, key=lambda one: (-one[0], one[1]))[:SHOWN]
    lines = [f"| `{name}` | {count} | {WHY.get(name, '')} |" for count, name in rows]
    return "\n".join([f"## {title}\n", f"| {what} | lines | why |", "|---|---|---|", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
