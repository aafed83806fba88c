"""The language in which the bot writes in a room."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column to the settings of rooms."""
    op.add_column("rooms", sa.Column("language", sa.Text, nullable=True))
