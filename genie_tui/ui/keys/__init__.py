"""The keys: a module for each screen or what is asked over it, each binding with an id."""
