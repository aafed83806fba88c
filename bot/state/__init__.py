"""State that outlives a restart, in one SQLite file."""
