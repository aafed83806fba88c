BEGIN TRANSACTION;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
    id INTEGER NOT NULL,
    at TEXT NOT NULL,
    platform TEXT NOT NULL,
    space TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    outcome TEXT NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE TABLE excerpts (
    reply_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    document TEXT NOT NULL,
    collection TEXT NOT NULL,
    document_revision TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    passage_start INTEGER NOT NULL,
    passage_end INTEGER NOT NULL,
    parts TEXT NOT NULL,
    quote TEXT NOT NULL,
    CONSTRAINT pk_excerpts PRIMARY KEY (reply_id, position),
    CONSTRAINT fk_excerpts_reply_id FOREIGN KEY(reply_id) REFERENCES replies (reply_id) ON DELETE CASCADE
);
CREATE TABLE feedback (
    platform TEXT NOT NULL,
    person TEXT NOT NULL,
    reply_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (platform, person, reply_id)
);
CREATE TABLE jobs (
    id INTEGER NOT NULL,
    platform TEXT NOT NULL,
    room TEXT NOT NULL,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    payload TEXT NOT NULL,
    at TEXT NOT NULL,
    finished BOOLEAN NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT uq_jobs_platform_event UNIQUE (platform, event)
);
CREATE TABLE kept_values (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_kept_values PRIMARY KEY ("key")
);
CREATE TABLE post_messages (
    platform TEXT NOT NULL,
    room TEXT NOT NULL,
    message TEXT NOT NULL,
    post_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_post_messages PRIMARY KEY (platform, room, message),
    CONSTRAINT fk_post_messages_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
CREATE TABLE posts (
    id INTEGER NOT NULL,
    platform TEXT NOT NULL,
    space TEXT NOT NULL,
    room TEXT NOT NULL,
    question_message TEXT,
    asker TEXT NOT NULL,
    reply_id TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT fk_posts_reply_id FOREIGN KEY(reply_id) REFERENCES replies (reply_id),
    CONSTRAINT uq_posts_platform_room_question_message UNIQUE (platform, room, question_message)
);
CREATE TABLE replies (
    reply_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    kind TEXT NOT NULL,
    question TEXT,
    shown INTEGER NOT NULL,
    scope TEXT,
    used_at TEXT NOT NULL,
    CONSTRAINT pk_replies PRIMARY KEY (reply_id)
);
CREATE TABLE rooms (
    platform TEXT NOT NULL,
    space TEXT NOT NULL,
    room TEXT NOT NULL,
    collections TEXT,
    mode TEXT,
    CONSTRAINT pk_rooms PRIMARY KEY (platform, space, room)
);
CREATE TABLE unanswered (
    platform TEXT NOT NULL,
    space TEXT NOT NULL,
    folded TEXT NOT NULL,
    question TEXT NOT NULL,
    times INTEGER NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    CONSTRAINT pk_unanswered PRIMARY KEY (platform, space, folded)
);
CREATE INDEX ix_replies_used_at ON replies (used_at);
CREATE INDEX ix_posts_platform_asker ON posts (platform, asker);
CREATE INDEX ix_posts_reply_id ON posts (reply_id);
CREATE INDEX ix_posts_at ON posts (at);
CREATE INDEX ix_post_messages_post_id ON post_messages (post_id);
CREATE INDEX ix_feedback_reply_id ON feedback (reply_id);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_jobs_platform_finished ON jobs (platform, finished);
COMMIT;
