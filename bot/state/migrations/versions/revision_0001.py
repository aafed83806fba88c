"""The first tables: rooms, replies, posts, feedback, unanswered, audit, values, jobs.

Keys and indexes get their names by the naming convention of `bot.state.models.Model`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _keys(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), primary_key=True) for name in names.split()]


def _texts(names: str, *, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names.split()]


def _integers(names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names.split()]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "replies",
        *_keys("reply_id"),
        *_texts("revision kind"),
        *_texts("question", nullable=True),
        *_integers("shown"),
        *_texts("scope", nullable=True),
        *_texts("used_at"),
    )
    op.create_index("ix_replies_used_at", "replies", ["used_at"])
    op.create_table(
        "excerpts",
        *_keys("reply_id"),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        *_texts("document collection document_revision title"),
        *_texts("url", nullable=True),
        *_integers("passage_start passage_end"),
        *_texts("parts quote"),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.reply_id"], ondelete="CASCADE"),
    )
    _create_posts()
    op.create_table(
        "rooms", *_keys("platform space room"), *_texts("collections mode", nullable=True)
    )
    op.create_table("feedback", *_keys("platform person reply_id"), *_texts("verdict at"))
    op.create_index("ix_feedback_reply_id", "feedback", ["reply_id"])
    op.create_table(
        "unanswered",
        *_keys("platform space folded"),
        *_texts("question"),
        *_integers("times"),
        *_texts("first_at last_at"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("at platform space actor action detail outcome"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table("kept_values", *_keys("key"), *_texts("value"))
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("platform room event person payload at"),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("platform", "event"),
    )
    op.create_index("ix_jobs_platform_finished", "jobs", ["platform", "finished"])


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("platform space room"),
        *_texts("question_message", nullable=True),
        *_texts("asker reply_id at"),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.reply_id"]),
        sa.UniqueConstraint("platform", "room", "question_message"),
    )
    op.create_index("ix_posts_platform_asker", "posts", ["platform", "asker"])
    op.create_index("ix_posts_reply_id", "posts", ["reply_id"])
    op.create_index("ix_posts_at", "posts", ["at"])
    op.create_table(
        "post_messages",
        *_keys("platform room message"),
        *_integers("post_id position"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_post_messages_post_id", "post_messages", ["post_id"])


def downgrade() -> None:
    """Drop the tables."""
    tables = "jobs kept_values audit unanswered feedback rooms post_messages posts excerpts replies"
    for table in tables.split():
        op.drop_table(table)
