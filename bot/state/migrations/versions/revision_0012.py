"""The words that curators are offered to pin."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "pin_offers",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pin_offers")),
    )
    op.create_index(op.f("ix_pin_offers_at"), "pin_offers", ["at"])
