"""The list of the benchmarks, and the page of documentation that holds their tables.

    python -m benchmarks                          lists them
    python -m benchmarks --write PAGE [NAME …]    runs all, or some, and puts their tables there

A table stands between `<!-- NAME -->` and `<!-- end -->`. All of them take half an hour, on a
machine that is better left alone meanwhile.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks import ALL


def main() -> None:
    """List, or run and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", type=Path, metavar="PAGE")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    for name in options.names or ALL:
        if options.write is None:
            print(f"python -m benchmarks.{name:14}{_about(name)}")
            continue
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        table = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        page = put(options.write.read_text("utf-8"), name, table)
        options.write.write_text(page, "utf-8")


def put(page: str, name: str, table: str) -> str:
    """The page with another table of a benchmark."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    new, count = place.subn(lambda found: f"{found[1]}\n{table.strip()}\n\n{found[2]}", page)
    assert count == 1, f"the page has no place for {name}"
    return new


def _about(name: str) -> str:
    """The first line of what it says of itself."""
    found = find_spec(f"benchmarks.{name}")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).read_text("utf-8").split("\n", 1)[0].strip('"')


if __name__ == "__main__":
    main()
