"""Reports of feedback: the replies that did not help, for curators and managers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat.buttons import Action, Verb
from bot.chat.command_grammar import Syntax
from bot.chat.commands import ListFeedback
from bot.chat.curator_reports import CuratorReports
from bot.chat.feedback import REASONS
from bot.chat.identity import Rights, Scope
from bot.chat.layout import Layout
from bot.chat.message import Button, Message
from bot.chat.operations import MANAGERS_ONLY
from bot.chat.rendering.blocks import Block, NoticeBlock, QuoteBlock, notice_block
from bot.chat.rendering.replies import REVISION_SHOWN
from bot.chat.request import ChatRequest
from bot.chat.saved_replies import ServedDocuments, silence_of
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice, shorten, time_text
from bot.chat.texts.parameters import MessageOnPlatform
from bot.state.records import Post, ReplyKind, SavedExcerpt, SavedReply, Vote, VotedReply

if TYPE_CHECKING:
    from bot.state.store import Store

MOST_REPLIES = 200
"""Replies that are listed in all, the newest votes first."""

AT_ONCE = 10
"""Replies on one page of the list, at most; each has a button."""

REMARKS_LISTED, REMARKS_SHOWN = 2, 20
"""Remarks on a reply in the list, and with the reply itself."""

_QUESTION_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class FeedbackReports:
    """Votes with the replies as given: all for curators, those of their space for managers."""

    _answering: AnsweringService
    _store: Store
    _rights: Rights
    _reports: CuratorReports
    _layout: Layout
    _syntax: Syntax

    async def carry_out(self, command: ListFeedback | Action, request: ChatRequest) -> Message:
        """The list, a page of it, or one reply as it was given."""
        if not self._rights.manages(request.person):
            return self._layout.tell(MANAGERS_ONLY)
        scope = await self._reports.scope(request)
        replies = await self._visible(request, scope)
        match command:
            case ListFeedback(number=int(number)) if number:
                voted = replies[number - 1] if number <= len(replies) else None
                return await self._show(voted, Action(Verb.REPLY), request, scope)
            case Action(verb=Verb.REPLY, of=of):
                voted = next((each for each in replies if each.reply_id == of), None)
                return await self._show(voted, command, request, scope)
            case _:
                turn = command if isinstance(command, Action) else Action(Verb.FEEDBACK)
                return await self._answering.run_in_thread(self._list, replies, turn)

    async def _visible(self, request: ChatRequest, scope: Scope) -> tuple[VotedReply, ...]:
        """The replies that did not help and may be shown, as far as their own scope tells."""
        where = self._reports.space_of(request.person, request.place)
        replies = await self._store.feedback.against(MOST_REPLIES, *where)
        if scope is None:
            return replies
        return tuple(each for each in replies if each.scope is not None and each.scope <= scope)

    def _list(self, replies: tuple[VotedReply, ...], turn: Action) -> Message:
        if not replies:
            return self._layout.say(notice(CuratorText.FEEDBACK_NONE))
        blocks = [
            _summary(each, REMARKS_LISTED, number) for number, each in enumerate(replies, start=1)
        ]
        buttons: dict[Block, Button] = {}
        for number, (block, each) in enumerate(zip(blocks, replies, strict=True), start=1):
            label = notice(CuratorText.FEEDBACK_REPLY, number=number)
            buttons[block] = Button(Action(Verb.REPLY, each.reply_id), label=label)
        show = notice(CuratorText.FEEDBACK_SHOW, command=self._syntax.corpus_command("feedback"))
        how = show if self._syntax.types_choices else None
        return self._layout.numbered(blocks, AT_ONCE, buttons, turn, how).privately()

    async def _show(
        self, voted: VotedReply | None, turn: Action, request: ChatRequest, scope: Scope
    ) -> Message:
        """One reply as it was given, below the votes."""
        if voted is None:
            return self._layout.say(notice(CuratorText.FEEDBACK_GONE))
        reply = await self._store.answers.reply(voted.reply_id)
        post = await self._post(voted, request)
        turn = replace(turn, of=voted.reply_id)
        served = ServedDocuments(self._answering.corpus, scope)

        def laid_out() -> Message:
            blocks = (_summary(voted, REMARKS_SHOWN), *_reply_blocks(reply, post, served))
            return self._layout.blocks(blocks, turn).privately()

        return await self._answering.run_in_thread(laid_out)

    async def _post(self, voted: VotedReply, request: ChatRequest) -> Post | None:
        """A post of the reply in the space of the report, where the person may see its room."""
        place = request.place
        if place.direct:
            return None
        post = await self._store.answers.last_post(voted.reply_id, place.platform, place.space)
        if post is None or not (post.room == place.room or request.sees_room(post.room)):
            return None
        return post


def _summary(voted: VotedReply, remarks: int, number: int | None = None) -> NoticeBlock:
    """The question if all may know it, the votes, the reasons counted, and the newest remarks."""
    is_open = any(not vote.is_private for vote in voted.against)
    question = voted.question if is_open else None
    if question is None:
        heading = notice(CuratorText.FEEDBACK_UNASKED)
    else:
        heading = notice(Text.ASKED, question=shorten(question, _QUESTION_CHARACTERS))
    last = time_text(voted.against[0].at)
    lines: list[tuple[Notice, ...]] = [
        (heading,)
        if number is None
        else (notice(CuratorText.FEEDBACK_NUMBER, number=number), heading),
        (notice(CuratorText.FEEDBACK_VOTES, up=voted.up, down=len(voted.against), when=last),),
    ]
    if reasons := tuple(_reasons(voted.against)):
        lines.append(reasons)
    said = [(vote, vote.remark) for vote in voted.against if vote.remark]
    for vote, remark in said[:remarks]:
        when = time_text(vote.at)
        lines.append((notice(CuratorText.FEEDBACK_REMARK, when=when, remark=remark),))
    if len(said) > remarks:
        lines.append((notice(Text.AND_MORE, count=len(said) - remarks),))
    return NoticeBlock(tuple(lines))


def _reasons(votes: tuple[Vote, ...]) -> Iterator[Notice]:
    counts = Counter(vote.reason for vote in votes)
    for reason, text in REASONS.items():
        if count := counts[reason]:
            yield notice(CuratorText.FEEDBACK_REASON, reason=notice(text).plain(), count=count)


def _reply_blocks(
    reply: SavedReply | None, post: Post | None, served: ServedDocuments
) -> Iterator[Block]:
    """The excerpts a reply showed, and the link of its message, if that may be named."""
    if reply is None:
        yield notice_block(notice(CuratorText.FEEDBACK_NOT_KEPT))
        return
    if reply.kind is ReplyKind.NEAREST:
        yield notice_block(notice(Text.NEAREST))
    for number, saved in enumerate(reply.excerpts[: reply.shown], start=1):
        if served.sees(saved.collection):
            yield _excerpt_block(number, saved, served)
    of, revision = silence_of(reply), reply.revision[:REVISION_SHOWN]
    lines = [notice(Text.SILENT)] if reply.kind is ReplyKind.SILENCE else []
    if post is not None and post.reply_messages:
        at = MessageOnPlatform(post.platform, post.space, post.room, post.reply_messages[0])
        lines.append(notice(CuratorText.FEEDBACK_LINK, url=at))
    text = Text.ANSWER_ID if reply.kind is ReplyKind.ANSWER else Text.SILENCE_ID
    lines.append(notice(text, id=of, revision=revision))
    yield notice_block(*lines)


def _excerpt_block(number: int, saved: SavedExcerpt, served: ServedDocuments) -> Block:
    """A quote that still stands, or the words that were quoted, marked as no quote any more."""
    excerpt = served.excerpt(saved)
    if excerpt is not None:
        return QuoteBlock(excerpt, number=number)
    is_there = served.corpus.document(saved.document) is not None
    text = CuratorText.FEEDBACK_CHANGED if is_there else CuratorText.FEEDBACK_REMOVED
    lines = (notice(Text.WORDS, words=line) for line in saved.quote.splitlines() if line)
    return notice_block(notice(text, number=number, title=saved.title), *lines)
