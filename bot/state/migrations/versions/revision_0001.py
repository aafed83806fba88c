"""The first tables: rooms, replies, posts, feedback, unanswered, audit, values, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True, nullable=False)


def _id_column() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Create the tables."""
    _create_replies()
    _create_posts()
    op.create_table(
        "rooms",
        *(_key(name) for name in ("platform", "space", "room")),
        *(_text(name, nullable=True) for name in ("collections", "mode")),
        sa.PrimaryKeyConstraint("platform", "space", "room", name="pk_rooms"),
    )
    op.create_table(
        "feedback",
        *(_key(name) for name in ("platform", "person", "reply_id")),
        *(_text(name) for name in ("verdict", "at")),
        sa.PrimaryKeyConstraint("platform", "person", "reply_id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_reply_id", "feedback", ["reply_id"])
    op.create_table(
        "unanswered",
        *(_key(name) for name in ("platform", "space", "folded")),
        _text("question"),
        _integer("times"),
        *(_text(name) for name in ("first_at", "last_at")),
        sa.PrimaryKeyConstraint("platform", "space", "folded", name="pk_unanswered"),
    )
    names = ("at", "platform", "space", "actor", "action", "detail", "outcome")
    op.create_table(
        "audit",
        _id_column(),
        *(_text(name) for name in names),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "kept_values",
        _key("key"),
        _text("value"),
        sa.PrimaryKeyConstraint("key", name="pk_kept_values"),
    )
    _create_jobs()


def _create_replies() -> None:
    op.create_table(
        "replies",
        _key("reply_id"),
        *(_text(name) for name in ("revision", "kind")),
        _text("question", nullable=True),
        _integer("shown"),
        _text("scope", nullable=True),
        _text("used_at"),
        sa.PrimaryKeyConstraint("reply_id", name="pk_replies"),
    )
    op.create_index("ix_replies_used_at", "replies", ["used_at"])
    op.create_table(
        "excerpts",
        _key("reply_id"),
        sa.Column("position", sa.Integer(), primary_key=True, nullable=False),
        *(_text(name) for name in ("document", "collection", "document_revision", "title")),
        _text("url", nullable=True),
        *(_integer(name) for name in ("passage_start", "passage_end")),
        *(_text(name) for name in ("parts", "quote")),
        sa.PrimaryKeyConstraint("reply_id", "position", name="pk_excerpts"),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["replies.reply_id"], name="fk_excerpts_reply_id", ondelete="CASCADE"
        ),
    )


def _create_posts() -> None:
    op.create_table(
        "posts",
        _id_column(),
        *(_text(name) for name in ("platform", "space", "room")),
        _text("question_message", nullable=True),
        *(_text(name) for name in ("asker", "reply_id", "at")),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.reply_id"], name="fk_posts_reply_id"),
        sa.UniqueConstraint(
            "platform", "room", "question_message", name="uq_posts_platform_room_question_message"
        ),
    )
    op.create_index("ix_posts_platform_asker", "posts", ["platform", "asker"])
    op.create_index("ix_posts_reply_id", "posts", ["reply_id"])
    op.create_index("ix_posts_at", "posts", ["at"])
    op.create_table(
        "post_messages",
        *(_key(name) for name in ("platform", "room", "message")),
        *(_integer(name) for name in ("post_id", "position")),
        sa.PrimaryKeyConstraint("platform", "room", "message", name="pk_post_messages"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="fk_post_messages_post_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_post_messages_post_id", "post_messages", ["post_id"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        _id_column(),
        *(_text(name) for name in ("platform", "room", "event", "person", "payload", "at")),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("platform", "event", name="uq_jobs_platform_event"),
    )
    op.create_index("ix_jobs_platform_finished", "jobs", ["platform", "finished"])


def downgrade() -> None:
    """Drop the tables."""
    tables = "jobs kept_values audit unanswered feedback rooms post_messages posts excerpts replies"
    for table in tables.split():
        op.drop_table(table)
