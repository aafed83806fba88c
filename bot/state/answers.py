"""Repository of saved replies and of the chat messages they were posted in.

A saved reply lets its buttons work after a restart.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.documents import Span
from bot.core.errors import StateError
from bot.state.database import Repository, time_limited
from bot.state.models import ExcerptRow, PostMessageRow, PostRow, ReplyRow
from bot.state.records import Post, ReplyKind, SavedExcerpt, SavedReply


class Answers(Repository):
    """Saved replies by id, and the posts that show them."""

    @time_limited
    async def save_reply(self, reply: SavedReply, at: datetime) -> None:
        """Save `reply`; if its id exists already, only its time of last use becomes `at`."""
        columns = ("reply_id", "revision", "question", "shown", "scope")
        row = {name: getattr(reply, name) for name in columns}
        added = (
            insert(ReplyRow)
            .values(**row, kind=reply.kind.value, used_at=at)
            .on_conflict_do_nothing()
            .returning(ReplyRow.reply_id)
        )
        excerpts = [
            _excerpt_row(reply.reply_id, position, excerpt)
            for position, excerpt in enumerate(reply.excerpts)
        ]
        async with self.database.writing() as session:
            if (await session.scalars(added)).first() is None:
                await _touch(session, reply.reply_id, at)
            else:
                session.add_all(excerpts)

    @time_limited
    async def reply(self, reply_id: str) -> SavedReply | None:
        """The saved reply with that id, or None."""
        query = (
            select(ExcerptRow).where(ExcerptRow.reply_id == reply_id).order_by(ExcerptRow.position)
        )
        async with self.database.reading() as session:
            row = await session.get(ReplyRow, reply_id)
            if row is None:
                return None
            return SavedReply(
                reply_id=row.reply_id,
                revision=row.revision,
                kind=ReplyKind(row.kind),
                question=row.question,
                shown=row.shown,
                excerpts=tuple(_excerpt(each) for each in await session.scalars(query)),
                scope=row.scope,
            )

    @time_limited
    async def count(self) -> int:
        """The number of saved replies."""
        async with self.database.reading() as session:
            return (await session.scalars(select(func.count()).select_from(ReplyRow))).one()

    @time_limited
    async def save_post(self, post: Post) -> None:
        """Save the post of a reply.

        A message belongs to one post: an older post with one of these messages is
        replaced. Raises `StateError` if the reply itself was not saved.
        """
        messages = list(post.reply_messages)
        if post.question_message is not None:
            messages.append(post.question_message)
        async with self.database.writing() as session:
            await _need_reply(session, post.reply_id, post.at)
            for message in messages:
                stale = delete(PostRow).where(_of_message(post.platform, post.room, message))
                await session.execute(stale)
            row = PostRow(
                platform=post.platform,
                space=post.space,
                room=post.room,
                question_message=post.question_message,
                asker=post.asker,
                reply_id=post.reply_id,
                at=post.at,
            )
            session.add(row)
            await session.flush()
            _add_messages(session, row, post.reply_messages)

    @time_limited
    async def post_of_question(self, platform: str, room: str, message: str) -> Post | None:
        """The post that answers the question in `message`."""
        async with self.database.reading() as session:
            return await _post(session, _of_question(platform, room, message))

    @time_limited
    async def post_of_reply(self, platform: str, room: str, message: str) -> Post | None:
        """The post that the bot's own `message` is part of."""
        async with self.database.reading() as session:
            return await _post(session, _of_reply(platform, room, message))

    @time_limited
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
    return (
        (PostRow.platform == platform)
        & (PostRow.room == room)
        & (PostRow.question_message == message)
    )


def _of_reply(platform: str, room: str, message: str) -> ColumnElement[bool]:
    return PostRow.id.in_(
        select(PostMessageRow.post_id).where(
            PostMessageRow.platform == platform,
            PostMessageRow.room == room,
            PostMessageRow.message == message,
        )
    )


def _of_message(platform: str, room: str, message: str) -> ColumnElement[bool]:
    return or_(_of_question(platform, room, message), _of_reply(platform, room, message))


async def _touch(session: AsyncSession, reply_id: str, at: datetime) -> bool:
    row = await session.get(ReplyRow, reply_id)
    if row is None:
        return False
    row.used_at = max(row.used_at, at)
    return True


async def _need_reply(session: AsyncSession, reply_id: str, at: datetime) -> None:
    if not await _touch(session, reply_id, at):
        raise StateError(
            f'The reply "{reply_id[:40]}" is not kept, so no post can point to it;'
            " save the reply first."
        )


def _add_messages(session: AsyncSession, post: PostRow, messages: tuple[str, ...]) -> None:
    session.add_all(
        PostMessageRow(
            platform=post.platform,
            room=post.room,
            message=message,
            post_id=post.id,
            position=position,
        )
        for position, message in enumerate(messages)
    )


async def _post(session: AsyncSession, where: ColumnElement[bool]) -> Post | None:
    row = (await session.scalars(select(PostRow).where(where))).first()
    if row is None:
        return None
    messages = await session.scalars(
        select(PostMessageRow.message)
        .where(PostMessageRow.post_id == row.id)
        .order_by(PostMessageRow.position)
    )
    return Post(
        platform=row.platform,
        space=row.space,
        room=row.room,
        question_message=row.question_message,
        reply_messages=tuple(messages),
        asker=row.asker,
        reply_id=row.reply_id,
        at=row.at,
    )


def _excerpt_row(reply_id: str, position: int, excerpt: SavedExcerpt) -> ExcerptRow:
    return ExcerptRow(
        reply_id=reply_id,
        position=position,
        document=excerpt.document,
        collection=excerpt.collection,
        document_revision=excerpt.document_revision,
        title=excerpt.title,
        url=excerpt.url,
        passage_start=excerpt.passage.start,
        passage_end=excerpt.passage.end,
        parts=excerpt.parts,
        quote=excerpt.quote,
    )


def _excerpt(row: ExcerptRow) -> SavedExcerpt:
    return SavedExcerpt(
        document=row.document,
        collection=row.collection,
        document_revision=row.document_revision,
        title=row.title,
        url=row.url,
        passage=Span(row.passage_start, row.passage_end),
        parts=row.parts,
        quote=row.quote,
    )
