"""Alembic's entry point: runs the migrations on the connection it is given."""

from alembic import context

from bot.state.models import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    # SQLite cannot alter most properties in place, so Alembic copies the table.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
