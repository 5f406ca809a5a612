"""Tests of genie_tui.demo."""
