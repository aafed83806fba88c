"""Views of pins for curators: what could be pinned, and pins with their present state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.answering.pin_search import PinStatus
from bot.chat.buttons import key_of
from bot.chat.rendering.blocks import Block, QuoteBlock, notice_block
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.pin_texts import PinText
from bot.core.documents import Span
from bot.core.pin_places import place_of
from bot.core.pins import PinState, folded_question
from bot.core.replies import Excerpt
from bot.state.records import PinOffer, Unanswered

QUESTION_CHARACTERS = 200
"""Longest question in a list or a sentence, in characters."""

MOST_ALIKE = 2
"""Questions that are shown beside one that asks for the same."""

_QUOTE_CHARACTERS = 300


def offer_of(question: str, excerpt: Excerpt, at: datetime) -> PinOffer:
    """The offer to pin the words of an excerpt to a question."""
    words = excerpt.citation.document, excerpt.quote, place_of(excerpt)
    return PinOffer(key_of(repr((question, *words))), question, *words, at)


def status_blocks(number: int, status: PinStatus) -> list[Block]:
    """A pin in a list; of a quote that is lost its words and those that are most like them now."""
    question = shorten(status.pin.question, QUESTION_CHARACTERS)
    lines = [notice(PinText.LINE, number=number, question=question)]
    blocks: list[Block] = []
    for each in status.quotes:
        pinned = each.placed.pinned
        if each.placed.excerpt is not None:
            words = shorten(" ".join(pinned.quote.split()), _QUOTE_CHARACTERS)
            lines.append(notice(PinText.QUOTE, quote=words, document=pinned.document))
            continue
        words = shorten(" ".join(pinned.quote.split()), _QUOTE_CHARACTERS)
        gone = each.placed.state is PinState.GONE
        text = PinText.QUOTE_GONE if gone else PinText.QUOTE_CHANGED
        lines.append(notice(text, quote=words, document=pinned.document))
        if each.nearest is not None:
            blocks.append(QuoteBlock(each.nearest, lead=notice(PinText.NOW)))
    return [notice_block(*lines), *blocks]


def unanswered_lines(number: int, group: Sequence[Unanswered]) -> list[tuple[Notice, ...]]:
    """A question in a list, how often it and those like it were asked, and some of these."""
    leader, *others = (shorten(each.question, QUESTION_CHARACTERS) for each in group)
    count = sum(each.count for each in group)
    line = notice(CuratorText.UNANSWERED_LINE, number=number, count=count, question=leader)
    lines: list[tuple[Notice, ...]] = [(line,)]
    by_words = {folded_question(each): each for each in (*reversed(others), leader)}
    alike = [each for each in by_words.values() if each != leader][::-1]
    if alike:
        some = ", ".join(f"“{each}”" for each in alike[:MOST_ALIKE])
        text = PinText.ALIKE if len(alike) <= MOST_ALIKE else PinText.ALIKE_AND_MORE
        lines.append((notice(text, questions=some),))
    return lines


def in_one_piece(excerpt: Excerpt) -> Excerpt:
    """The part of an excerpt that holds the sentence found: a pinned quote leaves nothing out."""
    sentence = excerpt.sentence
    parts = [part for part in excerpt.parts if sentence is None or part.overlaps(sentence)]
    return replace(excerpt, parts=(parts[0],)) if len(excerpt.parts) > 1 else excerpt


def around_of(excerpt: Excerpt) -> Excerpt:
    """An excerpt with the sentence before and the one after it, within its passage."""
    passage, span = excerpt.passage, excerpt.span
    before = [each for each in passage.sentences if each.end <= span.start][-1:]
    after = [each for each in passage.sentences if each.start >= span.end][:1]
    start = before[0].start if before else span.start
    end = after[0].end if after else span.end
    return Excerpt(passage, (Span(start, end),), sentence=span)
