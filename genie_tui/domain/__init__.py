"""What the rows mean: frozen dataclasses and pure rules, without I/O or a clock."""
