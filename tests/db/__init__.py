"""Tests of genie_tui.db."""
