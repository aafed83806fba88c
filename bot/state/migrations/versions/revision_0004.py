"""Whether a curator bound a room."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; of bindings made before, it is not known who made them."""
    column = sa.Column("by_curator", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("rooms", column)
