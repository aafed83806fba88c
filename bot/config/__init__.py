"""Settings, where their values come from, secrets, access to platforms, and logging."""
