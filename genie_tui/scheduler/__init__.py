"""The scheduler daemon: claim, fire, watch, recover (`behaviour.md` › Scheduler daemon)."""
