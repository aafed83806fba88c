"""The tokens of programs that ask by HTTP."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "access_tokens",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("collections", sa.Text, nullable=True),
        sa.Column("right", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("ends_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_access_tokens")),
    )
