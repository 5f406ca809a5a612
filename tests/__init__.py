"""Tests mirror the package; tests of the whole program are in `acceptance`."""
