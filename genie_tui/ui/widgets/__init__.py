"""Widgets: they turn state into content, and never query."""
