"""Repository of saved replies, and of the chat messages they were posted in.

A saved reply lets its buttons work after a restart.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import StateError
from bot.state.database import Repository
from bot.state.models import ExcerptRow, PostMessageRow, PostRow, ReplyRow
from bot.state.records import AskedMessage, Post, SavedExcerpt, SavedReply


class Answers(Repository):
    """Saved replies by id, and the posts that show them."""

    async def save_reply(self, reply: SavedReply, at: datetime) -> None:
        """Save `reply`; one that is there gets its time of last use, and a question it lacks."""
        async with self.database.writing() as session:
            if await _touch(session, reply.reply_id, at, reply.question):
                return
            session.add(ReplyRow(**reply.columns(without="excerpts"), used_at=at))
            await session.flush()
            session.add_all(
                ExcerptRow(reply_id=reply.reply_id, position=position, **excerpt.columns())
                for position, excerpt in enumerate(reply.excerpts)
            )

    async def reply(self, reply_id: str) -> SavedReply | None:
        """The saved reply with that id, or None."""
        query = (
            select(ExcerptRow).where(ExcerptRow.reply_id == reply_id).order_by(ExcerptRow.position)
        )
        async with self.database.reading() as session:
            row = await session.get(ReplyRow, reply_id)
            if row is None:
                return None
            excerpts = tuple(map(SavedExcerpt.of, await session.scalars(query)))
            return SavedReply.of(row, excerpts=excerpts)

    async def count(self) -> int:
        """The number of saved replies."""
        async with self.database.reading() as session:
            return (await session.scalars(select(func.count()).select_from(ReplyRow))).one()

    async def save_post(self, post: Post) -> None:
        """Save the post of a reply.

        A message belongs to one post: an older post with one of these messages is
        replaced. Raises `StateError` if the reply itself was not saved.
        """
        messages = filter(None, (*post.reply_messages, post.question_message))
        async with self.database.writing() as session:
            if not await _touch(session, post.reply_id, post.at):
                raise StateError(
                    f'The reply "{post.reply_id[:40]}" is not kept, so no post can point to it;'
                    " save the reply first."
                )
            for message in messages:
                stale = delete(PostRow).where(_of_message(post.platform, post.room, message))
                await session.execute(stale)
            row = PostRow(**post.columns(without="reply_messages"))
            session.add(row)
            await session.flush()
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

    async def post_of_question(self, platform: str, room: str, message: str) -> Post | None:
        """The post that answers the question in `message`."""
        async with self.database.reading() as session:
            return await _post(session, _of_question(platform, room, message))

    async def post_of_reply(self, platform: str, room: str, message: str) -> Post | None:
        """The post that the bot's own `message` is part of."""
        async with self.database.reading() as session:
            return await _post(session, _of_reply(platform, room, message))

    async def last_post(self, reply_id: str, platform: str, space: str) -> Post | None:
        """The newest post of a reply in a space."""
        async with self.database.reading() as session:
            where = (PostRow.reply_id == reply_id) & (PostRow.platform == platform)
            return await _post(session, where & (PostRow.space == space))

    async def asked_since(self, platform: str, at: datetime) -> tuple[AskedMessage, ...]:
        """The messages with questions that were answered since then, the newest first."""
        query = (
            select(PostRow)
            .where(PostRow.platform == platform, PostRow.at >= at)
            .where(PostRow.question_message.is_not(None))
            .order_by(PostRow.at.desc())
        )
        async with self.database.reading() as session:
            rows = await session.scalars(query)
            return tuple(AskedMessage.of(row, message=row.question_message) for row in rows)

    async def askers_in(self, platform: str, space: str) -> dict[str, str]:
        """The asker in each room of a space, by room; rooms with the newest question come first."""
        query = (
            select(PostRow.room, func.max(PostRow.asker))
            .where(PostRow.platform == platform, PostRow.space == space, PostRow.asker != "")
            .where(PostRow.question_message.is_not(None))
            .group_by(PostRow.room)
            .order_by(func.max(PostRow.at).desc())
        )
        async with self.database.reading() as session:
            return dict(list(await session.execute(query)))

    async def delete_post(self, platform: str, room: str, message: str) -> Post | None:
        """Delete the post whose question or reply `message` is, and return it.

        The caller can then delete its other messages. The saved reply stays until it expires.
        """
        where = _of_message(platform, room, message)
        async with self.database.writing() as session:
            post = await _post(session, where)
            await session.execute(delete(PostRow).where(where))
            return post


def _of_question(platform: str, room: str, message: str) -> ColumnElement[bool]:
    is_there = (PostRow.platform == platform) & (PostRow.room == room)
    return is_there & (PostRow.question_message == message)


def _of_reply(platform: str, room: str, message: str) -> ColumnElement[bool]:
    messages = select(PostMessageRow.post_id)
    return PostRow.id.in_(messages.filter_by(platform=platform, room=room, message=message))


def _of_message(platform: str, room: str, message: str) -> ColumnElement[bool]:
    return or_(_of_question(platform, room, message), _of_reply(platform, room, message))


async def _touch(
    session: AsyncSession, reply_id: str, at: datetime, question: str | None = None
) -> bool:
    row = await session.get(ReplyRow, reply_id)
    if row is None:
        return False
    row.used_at = max(row.used_at, at)
    row.question = row.question or question
    return True


async def _post(session: AsyncSession, where: ColumnElement[bool]) -> Post | None:
    newest_first = PostRow.at.desc(), PostRow.id.desc()
    row = (await session.scalars(select(PostRow).where(where).order_by(*newest_first))).first()
    if row is None:
        return None
    messages = await session.scalars(
        select(PostMessageRow.message)
        .where(PostMessageRow.post_id == row.id)
        .order_by(PostMessageRow.position)
    )
    return Post.of(row, reply_messages=tuple(messages))
