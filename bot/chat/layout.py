"""Layouts: replies, lists and notices as messages; pure functions of their arguments.

The excerpts of a reply make a row of pages that is the same each time it is laid out. The
first is shown at once with the notes about the whole reply, the others one by one.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.chat.buttons import Action, Verb
from bot.chat.identity import Scope
from bot.chat.message import TURNING, Button, Message, message_of
from bot.chat.rendering.blocks import Block, QuoteBlock, notice_block
from bot.chat.rendering.citations import located
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.links import live
from bot.chat.rendering.pages import LEAST_LIMIT, Page, paginate
from bot.chat.rendering.replies import further_notice, quote_blocks, reply_blocks
from bot.chat.saved_replies import QuoteMoved, QuoteUnchanged, ServedDocuments
from bot.chat.texts.catalogue import CommandName, Language, Notice, Text, notice
from bot.core.replies import Answer, Excerpt, Reply, Silence
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply

MORE_AT_ONCE = 3
"""Further excerpts on one page."""

NOTICES = 1_200
"""Room that is left on the first page for the notes about the whole reply, at least."""

_MORE = CommandName("more")

LINK_MOST = 512
"""Longest address a button may lead to, in characters."""


class Layout:
    """Lays out messages with buttons, of at most `limit` in one dialect."""

    shows_nearest = False
    """Whether a silence shows the nearest passage at once, and not by a button."""

    def __init__(self, dialect: Dialect, limit: int, language: Language) -> None:
        self._dialect = dialect
        self._limit = limit
        self.language = language

    def say(self, *notices: Notice) -> Message:
        """Fixed texts as a message for the asker's eyes only."""
        return self.tell([notice_block(*notices)])

    def tell(self, blocks: Iterable[Block]) -> Message:
        """Blocks without buttons, for the asker's eyes only."""
        return self.blocks(blocks).privately()

    def blocks(self, blocks: Iterable[Block], turn: Action | None = None) -> Message:
        """Blocks without buttons of their own; `turn` leads to its page and to those beside it."""
        pages = self._pages(blocks)
        number = 0 if turn is None else min(turn.page, len(pages) - 1)
        below: list[Button] = []
        if turn is not None and number:
            below.append(_button(turn, number - 1, TURNING[0], Text.BUTTON_BACK))
        if turn is not None and number + 1 < len(pages):
            below.append(_button(turn, number + 1, TURNING[1], Text.BUTTON_NEXT))
        return message_of(pages[number], self._dialect, below=below)

    def confirm(self, blocks: Iterable[Block], of: str) -> Message:
        """Blocks, and two buttons: to remove the document with that key, or not."""
        page = self._pages(blocks)[0]
        below = (
            Button(Action(Verb.DROP, of), label=notice(Text.BUTTON_DROP)),
            Button(Action(Verb.CANCEL, of), label=notice(Text.BUTTON_CANCEL)),
        )
        return message_of(page, self._dialect, below=below).privately()

    def first(self, reply: Reply, lead: Sequence[Block], kept: bool) -> Message:
        """A reply as it is shown at once; its buttons work where it is `kept`."""
        blocks = reply_blocks(reply, numbered=True, nearest=False)
        quotes = [block for block in blocks if isinstance(block, QuoteBlock)]
        rest = [block for block in blocks if not isinstance(block, QuoteBlock)]
        if not isinstance(reply, Answer):
            (page, *_) = self._pages([*lead, *rest])
            shown = message_of(page, self._dialect, below=_below_silence(reply) if kept else ())
            return _of(shown, reply.id)
        row = self._row(quotes, quote_blocks(reply.further, len(quotes) + 1))
        left = self._limit - self._size([*lead, *row[0].blocks])
        (notes, *_) = paginate(rest, self._dialect, max(left, LEAST_LIMIT))
        (page, *_) = self._pages([*lead, *row[0].blocks, *notes.blocks])
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
        self, action: Action, saved: SavedReply, served: ServedDocuments, scope: Scope
    ) -> Message:
        """A further page of a saved reply."""
        excerpts = [served.excerpt(excerpt, scope) for excerpt in saved.excerpts]
        blocks = [
            QuoteBlock(excerpt, number=number)
            for number, excerpt in enumerate(excerpts, start=1)
            if excerpt is not None
        ]
        changed = [number for number, excerpt in enumerate(excerpts, start=1) if excerpt is None]
        quotes = [block for block in blocks if (block.number or 0) <= saved.shown]
        further = [block for block in blocks if (block.number or 0) > saved.shown]
        row = self._row(quotes, further)
        if not changed and action.page < len(row):
            below = self._more(action.of, row, action.page)
            page = row[action.page]
            return _of(message_of(page, self._dialect, _beside(action.of), below), action.of)
        # The pages fall otherwise now: what is left of the further excerpts is shown anew.
        notices = [notice(Text.EXCERPT_CHANGED, number=n) for n in changed if n > saved.shown]
        if not notices:
            return self.say(notice(Text.NOTHING_FURTHER))
        pages = self._pages([*further[:MORE_AT_ONCE], notice_block(*notices)])
        return _of(message_of(pages[0], self._dialect, _beside(action.of)), action.of)

    def readable(self, saved: SavedReply, pages: int) -> int:
        """How many excerpts, from the first, can be read on once `pages` of a reply are shown."""
        return len(saved.excerpts)

    def nearest(self, saved: SavedReply, served: ServedDocuments, scope: Scope) -> Message:
        """The passage that came nearest to a question that met silence, as no answer."""
        if not saved.excerpts:
            return self.say(notice(Text.NO_NEAREST))
        excerpt = served.excerpt(saved.excerpts[0], scope)
        if excerpt is None:
            return self.say(notice(Text.EXCERPT_CHANGED, number=1))
        block = QuoteBlock(excerpt, number=1, lead=notice(Text.NEAREST))
        (page, *_) = self._pages([block])
        return message_of(page, self._dialect, _beside(saved.reply_id)).privately()

    def check(self, saved: SavedReply, served: ServedDocuments, scope: Scope) -> Message:
        """Whether the words that were shown are still in the documents."""
        shown = saved.excerpts[: saved.shown]
        lines = [
            self._status(number, excerpt, served, scope)
            for number, excerpt in enumerate(shown, start=1)
        ]
        return self.say(*lines)

    def context(self, action: Action, around: Iterable[Excerpt]) -> Message:
        """The paragraphs around an excerpt."""
        return self.blocks(quote_blocks(tuple(around)), action).privately()

    def _status(
        self, number: int, saved: SavedExcerpt, served: ServedDocuments, scope: Scope
    ) -> Notice:
        match served.status(saved, scope):
            case QuoteUnchanged():
                return notice(Text.STILL_THERE, number=number, title=saved.title)
            case QuoteMoved(passage):
                return notice(
                    Text.MOVED,
                    number=number,
                    title=passage.document.source.title,
                    place=located(passage.locator, self.language),
                )
            case _:
                return notice(Text.GONE, number=number, title=saved.title)

    def _pages(self, blocks: Iterable[Block]) -> tuple[Page, ...]:
        return paginate(blocks, self._dialect, self._limit)

    def _row(self, quotes: Sequence[QuoteBlock], further: Sequence[QuoteBlock]) -> tuple[Page, ...]:
        """All pages of a reply; those of `quotes` leave room for notices."""
        notices = max(NOTICES, self._limit // 5)
        pages = list(paginate(quotes, self._dialect, self._limit - notices))
        for start in range(0, len(further), MORE_AT_ONCE):
            pages += paginate(further[start : start + MORE_AT_ONCE], self._dialect, self._limit)
        return tuple(pages)

    def _size(self, blocks: Iterable[Block]) -> int:
        """The most that blocks take, with what stands between them."""
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


class TextLayout(Layout):
    """Lays out messages of any length without buttons; commands are named instead."""

    shows_nearest = True

    def __init__(self, dialect: Dialect, language: Language) -> None:
        super().__init__(dialect, sys.maxsize, language)

    def first(self, reply: Reply, lead: Sequence[Block], kept: bool) -> Message:
        """A reply as it is shown at once, with the command that shows more of it."""
        blocks = reply_blocks(reply, numbered=True, more=_MORE)
        return _of(self.blocks([*lead, *blocks]), reply.id)

    def more(
        self, action: Action, saved: SavedReply, served: ServedDocuments, scope: Scope
    ) -> Message:
        """The next further excerpts of a saved reply, and how many are left."""
        shown = self.readable(saved, action.page)
        chunk = saved.excerpts[shown : shown + MORE_AT_ONCE]
        if not chunk:
            return self.say(notice(Text.NOTHING_FURTHER))
        blocks: list[Block] = []
        for number, each in enumerate(chunk, start=shown + 1):
            excerpt = served.excerpt(each, scope)
            if excerpt is None:
                blocks.append(notice_block(notice(Text.EXCERPT_CHANGED, number=number)))
            else:
                blocks.append(QuoteBlock(excerpt, number=number))
        if left := len(saved.excerpts) - shown - len(chunk):
            blocks.append(notice_block(further_notice(left, _MORE)))
        return _of(self.blocks(blocks), action.of)

    def readable(self, saved: SavedReply, pages: int) -> int:
        """The excerpts that are shown: those of the first page, three of each further one."""
        if saved.kind is ReplyKind.SILENCE:
            return len(saved.excerpts)
        return min(saved.shown + MORE_AT_ONCE * (pages - 1), len(saved.excerpts))


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
        row = [
            Button(Action(Verb.CONTEXT, reply, number), "🔎", notice(Text.BUTTON_CONTEXT)),
            Button(Action(Verb.SOURCE, reply, number), "📄", notice(Text.BUTTON_SOURCE)),
        ]
        link = None if block.citation.url is None else live(block.citation.url)
        if link is not None and len(link) <= LINK_MOST:
            row.append(Button(link, label=notice(Text.BUTTON_OPEN)))
        return tuple(row)

    return buttons


def _votes(reply: str) -> tuple[Button, Button]:
    return Button(Action(Verb.UP, reply), "👍"), Button(Action(Verb.DOWN, reply), "👎")


def _remove(reply: str) -> Button:
    return Button(Action(Verb.REMOVE, reply), "❌", notice(Text.BUTTON_REMOVE))


def _below_silence(silence: Silence) -> tuple[Button, ...]:
    near = Button(Action(Verb.NEAREST, silence.id), "🧭", notice(Text.BUTTON_NEAREST))
    return (*(() if silence.nearest is None else (near,)), *_votes(silence.id), _remove(silence.id))
