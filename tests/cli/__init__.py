"""Tests of genie_tui.cli."""
