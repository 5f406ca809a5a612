"""Tests of genie_tui.domain."""
