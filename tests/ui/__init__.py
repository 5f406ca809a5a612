"""Tests of genie_tui.ui."""
