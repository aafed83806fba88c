"""The table of the choices of a judge."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "choices",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_choices")),
    )
    op.create_index(op.f("ix_choices_used_at"), "choices", ["used_at"])
