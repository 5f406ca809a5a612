"""Beside other Genie clients on one database (`docs/explanation/coexistence.md`)."""
