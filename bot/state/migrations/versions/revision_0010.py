"""The changes of pins, for undoing them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table of the changes of pins."""
    op.create_table(
        "pin_changes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("space", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=True),
        sa.Column("after", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pin_changes"),
    )
    op.create_index("ix_pin_changes_at", "pin_changes", ["at"])
