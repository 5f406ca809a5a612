"""The database: the embedded server, connections, migrations and notifications."""
