"""What may be wrong with a machine, a home, a database or a terminal, and what to do about it."""
