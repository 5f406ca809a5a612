"""What the goals bound, measured: one command each, `python -m benchmarks.NAME`.

`python -m benchmarks` lists them. Each prints a table of `benchmarks.report`; none judges by its
exit code. What is tortured rather than timed is in `benchmarks.faults`.
"""

ALL = (
    "startup",
    "board",
    "screens",
    "feed",
    "idle",
    "peers",
    "command_line",
    "server",
    "migrations",
    "claims",
    "trigger_cost",
    "metrics",
    "sessions",
)
"""Every command, in the order of docs/performance.md."""
