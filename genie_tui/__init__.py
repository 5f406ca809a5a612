"""The control room for people and coding agents who share one task board."""

__version__ = "0.1.0"
