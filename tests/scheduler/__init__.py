"""The daemon, against the real server, with real commands."""
