"""The details of a reply beside its excerpts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; of replies given before, it is not known."""
    op.add_column("replies", sa.Column("details", sa.Text, nullable=True))
