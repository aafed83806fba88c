"""Replies and what belongs to them as messages with buttons; nothing here waits for anything.

The excerpts of a reply make a row of pages that is the same each time it is laid out: the
first is shown at once with what is said of the whole, the others by the button "More".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.chat.buttons import Action, Verb
from bot.chat.message import Button, Message, message_of
from bot.chat.rendering.blocks import Block, QuoteBlock, said
from bot.chat.rendering.citations import located
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.links import live
from bot.chat.rendering.pages import LEAST_LIMIT, Page, paginate
from bot.chat.rendering.replies import quote_blocks, reply_blocks
from bot.chat.saved_replies import QuoteMoved, QuoteUnchanged, Scope, ServedDocuments
from bot.chat.texts.catalogue import Language, Notice, Text, notice
from bot.core.replies import Answer, Excerpt, Reply, Silence
from bot.state.records import SavedExcerpt, SavedReply

MORE_AT_ONCE = 3
"""Further excerpts on one page."""

NOTICES = 1_200
"""Room that is left on the first page for what is said of the whole reply, at least."""

TURNING = ("◀", "▶")
"""The signs of the buttons that lead back and on, in the message they stand in."""

LINK_MOST = 512
"""Longest address a button may lead to, in characters."""


class Layout:
    """Lays out messages of at most `limit` in one dialect."""

    def __init__(self, dialect: Dialect, limit: int, language: Language) -> None:
        self._dialect = dialect
        self._limit = limit
        self._language = language

    def say(self, *notices: Notice) -> Message:
        """Fixed texts as a message for the eyes of who asked."""
        return self.blocks([said(*notices)]).privately()

    def blocks(self, blocks: Iterable[Block], turn: Action | None = None) -> Message:
        """Blocks without buttons of their own; `turn` leads to its page and to those beside it."""
        pages = paginate(blocks, self._dialect, self._limit)
        number = 0 if turn is None else min(turn.page, len(pages) - 1)
        below: list[Button] = []
        if turn is not None and number:
            below.append(_button(turn, number - 1, TURNING[0], Text.BUTTON_BACK))
        if turn is not None and number + 1 < len(pages):
            below.append(_button(turn, number + 1, TURNING[1], Text.BUTTON_NEXT))
        return message_of(pages[number], self._dialect, below=below)

    def confirm(self, blocks: Iterable[Block], of: str) -> Message:
        """Blocks, and two buttons: to take the document with that key away, or not."""
        page = paginate(blocks, self._dialect, self._limit)[0]
        below = (
            Button(Action(Verb.DROP, of), label=notice(Text.BUTTON_DROP)),
            Button(Action(Verb.CANCEL, of), label=notice(Text.BUTTON_CANCEL)),
        )
        return message_of(page, self._dialect, below=below)

    def first(self, reply: Reply, lead: Sequence[Block], kept: bool) -> Message:
        """A reply as it is shown at once; its buttons work where it is `kept`."""
        blocks = reply_blocks(reply, numbered=True, nearest=False)
        quotes = [block for block in blocks if isinstance(block, QuoteBlock)]
        rest = [block for block in blocks if not isinstance(block, QuoteBlock)]
        if not isinstance(reply, Answer):
            (page, *_) = paginate([*lead, *rest], self._dialect, self._limit)
            shown = message_of(page, self._dialect, below=_below_silence(reply) if kept else ())
            return _of(shown, reply.id)
        row = self._row(quotes, quote_blocks(reply.further, len(quotes) + 1))
        left = self._limit - self._size([*lead, *row[0].blocks])
        (notes, *_) = paginate(rest, self._dialect, max(left, LEAST_LIMIT))
        (page, *_) = paginate([*lead, *row[0].blocks, *notes.blocks], self._dialect, self._limit)
        if not kept:
            return _of(message_of(page, self._dialect), reply.id)
        below = (
            *self._more(reply.id, row, 0),
            Button(Action(Verb.CHECK, reply.id), "🔁", notice(Text.BUTTON_CHECK)),
            *_votes(reply.id),
            _remove(reply.id),
        )
        return _of(message_of(page, self._dialect, _beside(reply.id), below), reply.id)

    def more(
        self, action: Action, saved: SavedReply, shelf: ServedDocuments, scope: Scope
    ) -> Message:
        """A further page of a kept reply."""
        found = [shelf.excerpt(excerpt, scope) for excerpt in saved.excerpts]
        blocks = [
            QuoteBlock(excerpt, number=number)
            for number, excerpt in enumerate(found, start=1)
            if excerpt is not None
        ]
        changed = [number for number, excerpt in enumerate(found, start=1) if excerpt is None]
        quotes = [block for block in blocks if (block.number or 0) <= saved.shown]
        further = [block for block in blocks if (block.number or 0) > saved.shown]
        row = self._row(quotes, further)
        if not changed and action.page < len(row):
            below = self._more(action.of, row, action.page)
            page = row[action.page]
            return _of(message_of(page, self._dialect, _beside(action.of), below), action.of)
        # The pages fall otherwise now: what is left of the further excerpts is shown anew.
        told = [notice(Text.EXCERPT_CHANGED, number=n) for n in changed if n > saved.shown]
        if not told:
            return self.say(notice(Text.NOTHING_FURTHER))
        pages = paginate([*further[:MORE_AT_ONCE], said(*told)], self._dialect, self._limit)
        return _of(message_of(pages[0], self._dialect, _beside(action.of)), action.of)

    def nearest(self, saved: SavedReply, shelf: ServedDocuments, scope: Scope) -> Message:
        """The passage that came nearest to a question that met silence, as no answer."""
        if not saved.excerpts:
            return self.say(notice(Text.NO_NEAREST))
        excerpt = shelf.excerpt(saved.excerpts[0], scope)
        if excerpt is None:
            return self.say(notice(Text.EXCERPT_CHANGED, number=1))
        block = QuoteBlock(excerpt, number=1, lead=notice(Text.NEAREST))
        (page, *_) = paginate([block], self._dialect, self._limit)
        return message_of(page, self._dialect, _beside(saved.reply_id)).privately()

    def check(self, saved: SavedReply, shelf: ServedDocuments, scope: Scope) -> Message:
        """Whether the words that were shown are still in the documents."""
        shown = saved.excerpts[: saved.shown]
        lines = [
            self._standing(number, excerpt, shelf, scope)
            for number, excerpt in enumerate(shown, start=1)
        ]
        return self.say(*lines)

    def context(self, action: Action, around: Iterable[Excerpt]) -> Message:
        """The paragraphs around an excerpt."""
        return self.blocks(quote_blocks(tuple(around)), action).privately()

    def _standing(
        self, number: int, saved: SavedExcerpt, shelf: ServedDocuments, scope: Scope
    ) -> Notice:
        match shelf.standing(saved, scope):
            case QuoteUnchanged():
                return notice(Text.STILL_THERE, number=number, title=saved.title)
            case QuoteMoved(passage):
                return notice(
                    Text.MOVED,
                    number=number,
                    title=passage.document.source.title,
                    place=located(passage.locator, self._language),
                )
            case _:
                return notice(Text.GONE, number=number, title=saved.title)

    def _row(self, quotes: Sequence[QuoteBlock], further: Sequence[QuoteBlock]) -> tuple[Page, ...]:
        """All pages of a reply; those of what is shown at once leave room for notices."""
        notices = max(NOTICES, self._limit // 5)
        pages = list(paginate(quotes, self._dialect, self._limit - notices))
        for start in range(0, len(further), MORE_AT_ONCE):
            pages += paginate(further[start : start + MORE_AT_ONCE], self._dialect, self._limit)
        return tuple(pages)

    def _size(self, blocks: Iterable[Block]) -> int:
        """What blocks take at most, with what stands between them."""
        dialect = self._dialect
        return sum(
            dialect.measure(dialect.render(block)) + dialect.measure(dialect.between(block, block))
            for block in blocks
        )

    def _more(self, reply: str, row: Sequence[Page], shown: int) -> tuple[Button, ...]:
        left = {
            block.number
            for page in row[shown + 1 :]
            for block in page.blocks
            if isinstance(block, QuoteBlock)
        }
        if not left:
            return ()
        label = notice(Text.BUTTON_MORE, count=len(left))
        return (Button(Action(Verb.MORE, reply, page=shown + 1), "➕", label),)


def _of(message: Message, reply: str) -> Message:
    return replace(message, reply=reply)


def _button(action: Action, page: int, sign: str, label: Text) -> Button:
    return Button(replace(action, page=page), sign, notice(label))


def _beside(reply: str) -> Callable[[Block], tuple[Button, ...]]:
    """The buttons below each excerpt of a reply."""

    def buttons(block: Block) -> tuple[Button, ...]:
        if not isinstance(block, QuoteBlock) or block.number is None:
            return ()
        number = block.number
        found = [
            Button(Action(Verb.CONTEXT, reply, number), "🔎", notice(Text.BUTTON_CONTEXT)),
            Button(Action(Verb.SOURCE, reply, number), "📄", notice(Text.BUTTON_SOURCE)),
        ]
        link = None if block.citation.url is None else live(block.citation.url)
        if link is not None and len(link) <= LINK_MOST:
            found.append(Button(link, label=notice(Text.BUTTON_OPEN)))
        return tuple(found)

    return buttons


def _votes(reply: str) -> tuple[Button, Button]:
    return Button(Action(Verb.UP, reply), "👍"), Button(Action(Verb.DOWN, reply), "👎")


def _remove(reply: str) -> Button:
    return Button(Action(Verb.REMOVE, reply), "❌", notice(Text.BUTTON_REMOVE))


def _below_silence(silence: Silence) -> tuple[Button, ...]:
    near = Button(Action(Verb.NEAREST, silence.id), "🧭", notice(Text.BUTTON_NEAREST))
    return (*(() if silence.nearest is None else (near,)), *_votes(silence.id), _remove(silence.id))
