"""Homes for servers; see tests/homes.py."""

from __future__ import annotations

from tests.homes import empty_home, home, prepared, ready_home, running, swept

__all__ = ["empty_home", "home", "prepared", "ready_home", "running", "swept"]
