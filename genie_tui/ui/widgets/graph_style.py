"""The graph's style sheet: component classes give every colour, the theme their values."""

from __future__ import annotations

__all__ = ["CLASSES", "CSS"]

CSS = """
GraphView {
    width: 1fr; height: 1fr; color: $foreground; background: $background;
    .graph--bad { color: $text-error; text-style: bold; }
    .graph--bar { color: $primary; text-style: bold; }
    .graph--critical { color: $text-warning; text-style: bold; }
    .graph--cursor { color: $foreground; background: $primary 30%; text-style: bold; }
    .graph--cycle { color: $text-error; }
    .graph--done { color: $text-success 70%; }
    .graph--edge { color: $foreground 28%; }
    .graph--far { color: $foreground 48%; }
    .graph--high { color: $text-warning; text-style: bold; }
    .graph--lit { color: $primary; text-style: bold; }
    .graph--lock { color: $text-success; }
    .graph--low { color: $foreground 50%; }
    .graph--more { color: $foreground 55%; }
    .graph--normal { color: $foreground; }
    .graph--number { color: $foreground 80%; }
    .graph--stub { color: $text-accent; }
    .graph--title { color: $foreground; }
    .graph--title-critical { color: $foreground; text-style: bold; }
    .graph--urgent { color: $text-error; text-style: bold; }
}
"""

CLASSES = {line.split()[0].removeprefix(".") for line in CSS.splitlines() if "graph--" in line}
