"""What Alembic runs: our steps, on the connection and in the transaction it is given."""

from __future__ import annotations

from alembic import context

from bot.state.models import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    # SQLite cannot change most things in place: Alembic then copies the table.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
