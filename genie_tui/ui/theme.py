"""The colours: two themes of our own, beside those that Textual brings along.

Style sheets name colours by these variables alone, so that every theme fits every screen.
"""

from __future__ import annotations

from textual.theme import Theme

__all__ = ["DEFAULT", "THEMES"]

DARK = Theme(
    name="genie-dark",
    primary="#6ea8fe",
    secondary="#5cc8c8",
    accent="#f2b866",
    warning="#e8b04b",
    error="#f2777f",
    success="#79c98b",
    foreground="#d8dee9",
    background="#10141b",
    surface="#171d27",
    panel="#202938",
    dark=True,
    variables={
        "block-cursor-foreground": "#10141b",
        "block-cursor-background": "#6ea8fe",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#2a3547",
        "input-selection-background": "#6ea8fe 35%",
        "border": "#6ea8fe",
        "border-blurred": "#2a3547",
        "scrollbar": "#2a3547",
        "scrollbar-hover": "#3a4860",
        "scrollbar-active": "#6ea8fe",
        "scrollbar-background": "#10141b",
    },
)

LIGHT = Theme(
    name="genie-light",
    primary="#2458c5",
    secondary="#0b6e75",
    accent="#a04d00",
    warning="#8a5a00",
    error="#b3262e",
    success="#1f7438",
    foreground="#22272f",
    background="#fbfaf7",
    surface="#f1efe9",
    panel="#e6e3da",
    dark=False,
    variables={
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#2458c5",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#d8d4c8",
        "input-selection-background": "#2458c5 25%",
        "border": "#2458c5",
        "border-blurred": "#cfcabc",
        "scrollbar": "#cfcabc",
        "scrollbar-hover": "#b5af9e",
        "scrollbar-active": "#2458c5",
        "scrollbar-background": "#fbfaf7",
    },
)

THEMES = (DARK, LIGHT)
DEFAULT = DARK.name
