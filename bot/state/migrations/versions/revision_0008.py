"""The choices of nearest excerpts below silence."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the hash of a reply's question, which older replies lack, and the counts of choices."""
    op.add_column("replies", sa.Column("folded", sa.Text, nullable=True))
    op.create_table(
        "nearest_choices",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("space", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("reply_id", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(
            "platform", "space", "folded", "reply_id", name=op.f("pk_nearest_choices")
        ),
        sa.ForeignKeyConstraint(
            ["platform", "space", "folded"],
            ["unanswered.platform", "unanswered.space", "unanswered.folded"],
            name=op.f("fk_nearest_choices_platform_space_folded"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["replies.reply_id"], name=op.f("fk_nearest_choices_reply_id")
        ),
    )
    op.create_index(op.f("ix_nearest_choices_reply_id"), "nearest_choices", ["reply_id"])
