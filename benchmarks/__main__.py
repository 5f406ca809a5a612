"""List the benchmarks."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from benchmarks import ALL


def main() -> None:
    """Print each command with the first line of what it says of itself."""
    for name in ALL:
        found = find_spec(f"benchmarks.{name}")
        assert found is not None
        assert found.origin is not None
        first = Path(found.origin).read_text(encoding="utf-8").split("\n", 1)[0].strip('"')
        print(f"python -m benchmarks.{name:14}{first}")


if __name__ == "__main__":
    main()
