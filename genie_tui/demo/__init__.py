"""A throw-away workspace in which simulated agents are at work."""
