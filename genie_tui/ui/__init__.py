"""The control room: a Textual program over the services."""
