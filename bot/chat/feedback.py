"""Feedback: votes on replies, and why one did not help, as a reason or a short remark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cachetools import LRUCache

from bot.chat.buttons import Action, Verb
from bot.chat.commands import Remark, VoteOnLast
from bot.chat.layout import Layout
from bot.chat.message import Button, Message
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.escape import without_hostile
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import LANGUAGES, in_language
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.parameters import CommandName
from bot.state.records import Post, Verdict, Vote, VoteReason

if TYPE_CHECKING:
    from bot.state.store import Store

REMARK_CHARACTERS = 300
"""Longest remark, in code points; a longer one is cut."""

VOTES_REMEMBERED = 2_000
"""Votes after which nobody is asked why again; the least recently used are dropped."""

REASONS: Mapping[VoteReason, Text] = {
    VoteReason.NO_ANSWER: Text.REASON_NO_ANSWER,
    VoteReason.OUTDATED: Text.REASON_OUTDATED,
    VoteReason.ONE_SIDED: Text.REASON_ONE_SIDED,
    VoteReason.OTHER: Text.REASON_OTHER,
}
"""Reasons in the order of their buttons, which count from 1."""


def cleaned(remark: str) -> str:
    """A remark on one line without invisible characters, cut to its longest."""
    return shorten(" ".join(without_hostile(remark).split()), REMARK_CHARACTERS)


def reason_named(words: str) -> VoteReason | None:
    """The reason that the words name in a language of the interface; None for a remark."""
    for language in LANGUAGES:
        with in_language(language):
            for reason, text in REASONS.items():
                if words.casefold() in {notice(text).plain().casefold(), reason.value}:
                    return reason
    return None


@dataclass(frozen=True, slots=True)
class FeedbackHandler:
    """Takes votes, and asks once a person and reply why one did not help.

    `_typed` is whether people type the reason, for want of buttons.
    """

    _store: Store
    _layout: Layout
    _now: Callable[[], datetime]
    _typed: bool
    _asked: LRUCache[tuple[str, str], None] = field(
        default_factory=lambda: LRUCache(VOTES_REMEMBERED)
    )
    """Votes by person and reply; where all see the notice, by space and reply."""

    async def press(self, action: Action, request: ChatRequest) -> Message:
        """Give, change or withdraw a vote, or give the reason of one, by a button."""
        if action.verb is Verb.REASON:
            return await self._explain(action, request)
        place, verdict = request.place, Verdict.UP if action.verb is Verb.UP else Verdict.DOWN
        post = await self._store.answers.post_of_reply(
            place.platform, place.room, request.reply_to or ""
        )
        return await self._toggle(self._vote(verdict, action.of, post, request))

    async def vote_on_last(
        self, command: VoteOnLast, post: Post | None, request: ChatRequest
    ) -> Message:
        """Vote by typed words, on the reply in `post`, else on that voted against last."""
        person, place = request.person, request.place
        last = self._store.feedback.last_against
        of = await last(person.platform, place.space, person.id) if post is None else post.reply_id
        if of is None:
            return self._layout.say(notice(Text.ASK_FIRST))
        vote, why = self._vote(command.verdict, of, post, request), cleaned(command.why)
        if not why:
            return await self._toggle(vote)
        reason = reason_named(why)
        remark = None if reason else why
        noted = await self._store.feedback.explain(
            person.platform, person.id, of, reason=reason, remark=remark, event=request.message
        )
        if not noted:
            explained = Vote.of(vote, reason=reason, remark=remark, remark_event=request.message)
            await self._store.feedback.give(explained)
        return self._layout.say(_thanks(reason))

    async def react(
        self, verdict: Verdict, event: str, post: Post, request: ChatRequest
    ) -> Message | None:
        """Vote by a reaction; returns the question why, once for all who see the reply."""
        place, feedback = request.place, self._store.feedback
        asked = (place.space, post.reply_id)
        is_first = not await feedback.is_criticised(place.platform, *asked)
        vote = self._vote(verdict, post.reply_id, post, request)
        await feedback.give(Vote.of(vote, event=event))
        if verdict is Verdict.UP or not is_first or asked in self._asked:
            return None
        self._asked[asked] = None
        return self._layout.say(_typed_question())

    async def remark(self, command: Remark, request: ChatRequest) -> Message:
        """Add a remark to the vote against a reply."""
        words = cleaned(command.text)
        if not words:
            blocks = [notice_block(notice(Text.REMARK_EMPTY))]
            return self._layout.offer(blocks, below=(_remark_button(command.of),))
        person = request.person
        noted = await self._store.feedback.explain(
            person.platform, person.id, command.of, remark=words
        )
        return self._layout.say(_thanks(None) if noted else notice(Text.VOTE_MISSING))

    def _vote(self, verdict: Verdict, reply: str, post: Post | None, request: ChatRequest) -> Vote:
        """The vote of a request; without a post nobody but the person saw the reply."""
        person, place = request.person, request.place
        is_private = post is None or place.direct
        at, event = self._now(), request.message
        return Vote(person.platform, person.id, reply, verdict, at, place.space, is_private, event)

    async def _toggle(self, vote: Vote) -> Message:
        verdict = await self._store.feedback.press(vote)
        if verdict is None:
            return self._layout.say(notice(Text.VOTE_WITHDRAWN))
        if verdict is Verdict.UP:
            return self._layout.say(notice(Text.VOTED_UP))
        noted, asked = notice(Text.VOTED_DOWN), (vote.person, vote.reply_id)
        if asked in self._asked:
            return self._layout.say(noted)
        self._asked[asked] = None
        if self._typed:
            return self._layout.say(noted, _typed_question())
        buttons = (
            *(
                Button(Action(Verb.REASON, vote.reply_id, number), label=notice(text))
                for number, text in enumerate(REASONS.values(), start=1)
            ),
            _remark_button(vote.reply_id),
        )
        return self._layout.offer([notice_block(noted, notice(Text.WHY))], below=buttons)

    async def _explain(self, action: Action, request: ChatRequest) -> Message:
        if not 1 <= action.number <= len(REASONS):
            return self._layout.say(notice(Text.REPLY_NOT_KEPT))
        reason, person = tuple(REASONS)[action.number - 1], request.person
        noted = await self._store.feedback.explain(
            person.platform, person.id, action.of, reason=reason
        )
        if not noted:
            return self._layout.say(notice(Text.VOTE_MISSING))
        blocks = [notice_block(_thanks(reason))]
        return self._layout.offer(blocks, below=(_remark_button(action.of),))


def _remark_button(reply: str) -> Button:
    return Button(Action(Verb.REMARK, reply), label=notice(Text.BUTTON_REMARK))


def _typed_question() -> Notice:
    reasons = ", ".join(notice(text).plain() for text in REASONS.values())
    return notice(Text.WHY_TYPED, down=CommandName("down"), reasons=reasons)


def _thanks(reason: VoteReason | None) -> Notice:
    if reason is None:
        return notice(Text.REMARK_NOTED)
    return notice(Text.REASON_NOTED, reason=notice(REASONS[reason]).plain())
