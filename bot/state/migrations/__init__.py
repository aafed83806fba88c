"""Alembic migrations of the state file."""
