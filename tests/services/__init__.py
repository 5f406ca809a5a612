"""Tests of genie_tui.services."""
