"""Repository of saved replies, and of the chat messages they were posted in.

A saved reply lets its buttons work after a restart.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from bot.core.errors import StateError
from bot.state.batch_writer import BatchWriter
from bot.state.database import Database, Repository, read_transaction, write_transaction
from bot.state.models import ExcerptRow, Model, PostMessageRow, PostRow, ReplyRow
from bot.state.records import AskedMessage, Post, SavedExcerpt, SavedReply
from bot.state.unanswered import digest_of

# Rows of tables instead of objects: every answer writes some, in half the time.
_REPLIES, _EXCERPTS = (Model.metadata.tables[each.__tablename__] for each in (ReplyRow, ExcerptRow))


class Answers(Repository):
    """Saved replies by id, and the posts that show them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._writer = BatchWriter(self._save)

    async def save_reply(self, reply: SavedReply, at: datetime, listed: str | None = None) -> None:
        """Save `reply`; one that is there gets its time of last use, and what it lacks.

        Of a question that is `listed` as unanswered a hash is kept with the reply, so that choices
        below it are counted.
        """
        folded = None if listed is None else digest_of(listed)
        await self.database.with_time_limit(self._writer.put((reply, at, folded)))

    @write_transaction
    def _save(
        self, session: Session, items: Sequence[tuple[SavedReply, datetime, str | None]]
    ) -> list[None]:
        rows = [
            {**reply.columns(without="excerpts"), "used_at": at, "folded": folded}
            for reply, at, folded in items
        ]
        insertion = insert(_REPLIES).on_conflict_do_nothing().returning(_REPLIES.c.reply_id)
        new = set(session.scalars(insertion, rows))
        excerpts: list[dict[str, Any]] = []
        for reply, at, folded in items:
            if reply.reply_id in new:
                excerpts += _excerpt_rows(reply)
                new.remove(reply.reply_id)
            else:
                _touch(session, reply.reply_id, at, reply.question, folded)
        if excerpts:
            session.execute(insert(_EXCERPTS), excerpts)
        return [None] * len(items)

    @read_transaction
    def reply(self, session: Session, reply_id: str) -> SavedReply | None:
        """The saved reply with that id, or None."""
        return self._reply(session, reply_id)

    @read_transaction
    def reply_within(
        self, session: Session, reply_id: str, scope: frozenset[str], *, is_whole: bool
    ) -> SavedReply | None:
        """The saved reply with that id, if it was given in collections of `scope` only.

        `is_whole` is whether `scope` has all that there are.
        """
        # One value alone is read first, or time would tell a reply that is not seen from none.
        query = select(ReplyRow.scope).where(ReplyRow.reply_id == reply_id)
        for given in session.scalars(query):
            if is_whole if given is None else given <= scope:
                return self._reply(session, reply_id)
        return None

    @staticmethod
    def _reply(session: Session, reply_id: str) -> SavedReply | None:
        query = (
            select(ExcerptRow).where(ExcerptRow.reply_id == reply_id).order_by(ExcerptRow.position)
        )
        row = session.get(ReplyRow, reply_id)
        if row is None:
            return None
        excerpts = tuple(map(SavedExcerpt.of, session.scalars(query)))
        return SavedReply.of(row, excerpts=excerpts)

    @read_transaction
    def count(self, session: Session) -> int:
        """The number of saved replies."""
        return session.scalars(select(func.count()).select_from(ReplyRow)).one()

    @write_transaction
    def save_post(self, session: Session, post: Post) -> None:
        """Save the post of a reply.

        A message belongs to one post: an older post with one of these messages is
        replaced. Raises `StateError` if the reply itself was not saved.
        """
        messages = filter(None, (*post.reply_messages, post.question_message))
        if not _touch(session, post.reply_id, post.at):
            raise StateError(
                f'The reply "{post.reply_id[:40]}" is not kept, so no post can point to it;'
                " save the reply first."
            )
        for message in messages:
            stale = delete(PostRow).where(_of_message(post.platform, post.room, message))
            session.execute(stale)
        row = PostRow(**post.columns(without="reply_messages"))
        session.add(row)
        session.flush()
        session.add_all(
            PostMessageRow(
                platform=post.platform,
                room=post.room,
                message=message,
                post_id=row.id,
                position=position,
            )
            for position, message in enumerate(post.reply_messages)
        )

    @read_transaction
    def post_of_question(
        self, session: Session, platform: str, room: str, message: str
    ) -> Post | None:
        """The post that answers the question in `message`."""
        return _post(session, _of_question(platform, room, message))

    @read_transaction
    def post_of_reply(
        self, session: Session, platform: str, room: str, message: str
    ) -> Post | None:
        """The post that the bot's own `message` is part of."""
        return _post(session, _of_reply(platform, room, message))

    @read_transaction
    def last_post(self, session: Session, reply_id: str, platform: str, space: str) -> Post | None:
        """The newest post of a reply in a space."""
        where = (PostRow.reply_id == reply_id) & (PostRow.platform == platform)
        return _post(session, where & (PostRow.space == space))

    @read_transaction
    def asked_since(
        self, session: Session, platform: str, at: datetime
    ) -> tuple[AskedMessage, ...]:
        """The messages with questions that were answered since then, the newest first."""
        query = (
            select(PostRow)
            .where(PostRow.platform == platform, PostRow.at >= at)
            .where(PostRow.question_message.is_not(None))
            .order_by(PostRow.at.desc())
        )
        rows = session.scalars(query)
        return tuple(AskedMessage.of(row, message=row.question_message) for row in rows)

    @read_transaction
    def askers_in(self, session: Session, platform: str, space: str) -> dict[str, str]:
        """The asker in each room of a space, by room; rooms with the newest question come first."""
        query = (
            select(PostRow.room, func.max(PostRow.asker))
            .where(PostRow.platform == platform, PostRow.space == space, PostRow.asker != "")
            .where(PostRow.question_message.is_not(None))
            .group_by(PostRow.room)
            .order_by(func.max(PostRow.at).desc())
        )
        return dict(list(session.execute(query)))

    @write_transaction
    def delete_post(self, session: Session, platform: str, room: str, message: str) -> Post | None:
        """Delete the post whose question or reply `message` is, and return it.

        The caller can then delete its other messages. The saved reply stays until it expires.
        """
        where = _of_message(platform, room, message)
        post = _post(session, where)
        session.execute(delete(PostRow).where(where))
        return post


def _excerpt_rows(reply: SavedReply) -> Iterator[dict[str, Any]]:
    """The rows of the excerpts of a reply."""
    for position, excerpt in enumerate(reply.excerpts):
        passage = excerpt.passage
        yield {
            "reply_id": reply.reply_id,
            "position": position,
            "passage_start": passage.start,
            "passage_end": passage.end,
            **excerpt.columns(without="passage"),
        }


def _of_question(platform: str, room: str, message: str) -> ColumnElement[bool]:
    is_there = (PostRow.platform == platform) & (PostRow.room == room)
    return is_there & (PostRow.question_message == message)


def _of_reply(platform: str, room: str, message: str) -> ColumnElement[bool]:
    messages = select(PostMessageRow.post_id)
    return PostRow.id.in_(messages.filter_by(platform=platform, room=room, message=message))


def _of_message(platform: str, room: str, message: str) -> ColumnElement[bool]:
    return or_(_of_question(platform, room, message), _of_reply(platform, room, message))


def _touch(
    session: Session,
    reply_id: str,
    at: datetime,
    question: str | None = None,
    folded: str | None = None,
) -> bool:
    row = session.get(ReplyRow, reply_id)
    if row is None:
        return False
    row.used_at = max(row.used_at, at)
    row.question = row.question or question
    row.folded = row.folded or folded
    return True


def _post(session: Session, where: ColumnElement[bool]) -> Post | None:
    newest_first = PostRow.at.desc(), PostRow.id.desc()
    row = session.scalars(select(PostRow).where(where).order_by(*newest_first)).first()
    if row is None:
        return None
    messages = session.scalars(
        select(PostMessageRow.message)
        .where(PostMessageRow.post_id == row.id)
        .order_by(PostMessageRow.position)
    )
    return Post.of(row, reply_messages=tuple(messages))
