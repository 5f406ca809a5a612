"""What the goals bound, measured: one command each, which prints its figure and its comparison."""
