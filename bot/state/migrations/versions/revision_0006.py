"""The place, the event and the reason of a vote."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; of votes given before, it is not known where, so they count as private."""
    for column in (
        sa.Column("space", sa.Text, nullable=False, server_default=""),
        sa.Column("is_private", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("event", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("remark", sa.Text),
        sa.Column("remark_event", sa.Text),
    ):
        op.add_column("feedback", column)
