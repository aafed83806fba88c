"""How the state file came to its present tables, one step at a time, for Alembic."""
