"""The emphasized sentence of a saved excerpt."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; excerpts saved before have no sentence."""
    op.add_column("excerpts", sa.Column("sentence", sa.Text))
