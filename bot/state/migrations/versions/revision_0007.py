"""The setting of a room that replies open threads."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column to the settings of rooms."""
    op.add_column("rooms", sa.Column("threads", sa.Boolean, nullable=True))
