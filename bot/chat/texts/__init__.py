"""Every fixed text a person can meet."""
