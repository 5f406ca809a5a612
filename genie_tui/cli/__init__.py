"""The command line: one file a noun; each parses, calls a service and prints."""
