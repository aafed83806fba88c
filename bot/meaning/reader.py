"""Reader: a language model behind an endpoint, as a judge. It rewrites searches and points.

All that comes back is checked: a number that is not on the list is dropped, and search words are
used for searching only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from bot.core.documents import Passage
from bot.meaning.chat_completions import Prompt
from bot.meaning.endpoint import Completions
from bot.meaning.prompts import (
    MOST_SENTENCES,
    MOST_WORD_CHARACTERS,
    MOST_WORDS,
    PASSAGES_TOKENS,
    VERSION,
    ShownPassage,
    choosing,
    plain,
    rewriting,
    tokens,
)
from bot.retrieval.answer.judge import MOST_PICKS, Choice, Pick, SearchWords
from bot.retrieval.text.analysis import words as words_of

LEAST_PASSAGE_TOKENS = 60
"""However many passages there are, so much of each is shown."""


class Reader:
    """A judge that asks a language model."""

    def __init__(
        self, completions: Completions, model: str, *, seconds: float, only_unsure: bool
    ) -> None:
        """`only_unsure` leaves alone what words and meaning are sure of."""
        self._completions = completions
        self._only_unsure = only_unsure
        self.seconds = seconds
        self.sends = True
        self.fingerprint = sha256(f"reader {VERSION} {model}".encode()).hexdigest()[:16]

    def judges(self, language: str, *, is_sure: bool) -> bool:
        """Whether it is asked; a language model reads any language."""
        del language
        return not (is_sure and self._only_unsure)

    async def search_words(self, question: str, headings: Sequence[str]) -> SearchWords:
        """Other words for the question; raises `EndpointError`."""
        prompt = await asyncio.to_thread(rewriting, question, headings)
        reply = await self._completions.complete(prompt)
        words = reply.get("words")
        texts = words[:MOST_WORDS] if isinstance(words, list) else []
        cleaned = (plain(each, MOST_WORD_CHARACTERS) for each in texts if isinstance(each, str))
        kept = dict.fromkeys(each for each in cleaned if any(map(str.isalnum, each)))
        return SearchWords(tuple(kept), reply.get("small_talk") is True)

    async def choose(self, question: str, passages: Sequence[Passage]) -> Choice:
        """The choice among `passages`; raises `EndpointError`."""
        # Long passages take a tenth of a second.
        shown, prompt = await asyncio.to_thread(_prompt, question, passages)
        reply = await self._completions.complete(prompt)
        picks = tuple(_picks(reply, shown)) if reply.get("answers") is True else ()
        return Choice(picks[:MOST_PICKS], decides=True)

    async def close(self) -> None:
        """Close the connections to the model."""
        await self._completions.close()


def _prompt(question: str, passages: Sequence[Passage]) -> tuple[tuple[ShownPassage, ...], Prompt]:
    shown = shown_passages(question, passages)
    return shown, choosing(question, shown)


def shown_passages(question: str, passages: Sequence[Passage]) -> tuple[ShownPassage, ...]:
    """The passages in an order that tells nothing of their rank, each cut to its share of tokens.

    The order is by a hash of their place in the documents. Passages that are short leave their
    share to the others.
    """
    order = sorted(range(len(passages)), key=lambda place: _hash(question, passages[place]))
    sizes = sorted(tokens(passage.text) for passage in passages)
    left, share = float(PASSAGES_TOKENS), 0.0
    for number, size in enumerate(sizes):
        share = max(left / (len(sizes) - number), LEAST_PASSAGE_TOKENS)
        left -= min(size, share)
    asked = {word.form for word in words_of(question)}
    return tuple(
        ShownPassage(passages[place], place, _within(passages[place], asked, share))
        for place in order
    )


def _hash(question: str, passage: Passage) -> bytes:
    content = repr((question, passage.document.path, passage.span.start))
    return sha256(content.encode("utf-8", "surrogatepass")).digest()


def _within(passage: Passage, asked: set[str], share: float) -> dict[int, str]:
    """The sentences of a passage within so many tokens, by number.

    The one with most of the question's words comes first, then its neighbours on both sides in
    turn. A sentence that is longer by itself is cut around the first of those words.
    """
    texts = [span.of(passage.document.text) for span in passage.sentences]
    sizes = [*map(tokens, texts)]
    if sum(sizes) <= share:
        return dict(enumerate(texts))
    hits = [len(asked.intersection(word.form for word in words_of(text))) for text in texts]
    best = hits.index(max(hits))
    kept, left = {best: _around(texts[best], asked, share)}, share - sizes[best]
    for place in sorted(range(len(texts)), key=lambda place: abs(place - best)):
        if place != best and sizes[place] <= left:
            kept[place] = texts[place]
            left -= sizes[place]
    return dict(sorted(kept.items()))


def _around(text: str, asked: set[str], share: float) -> str:
    """A stretch of `text` within so many tokens, around the first of the words asked for."""
    longest = int(len(text) * share / max(tokens(text), share))
    first = next((word.start for word in words_of(text) if word.form in asked), 0)
    start = max(min(first - longest // 2, len(text) - longest), 0)
    return text[start : start + longest]


def _picks(reply: Mapping[str, Any], shown: Sequence[ShownPassage]) -> Iterator[Pick]:
    """The picks of a reply, without numbers that are not on the list, and each passage once."""
    chosen = reply.get("chosen")
    seen: set[int] = set()
    for each in chosen if isinstance(chosen, list) else ():
        number = each.get("passage") if isinstance(each, dict) else None
        if type(number) is not int or not 1 <= number <= len(shown) or number in seen:
            continue
        seen.add(number)
        passage = shown[number - 1]
        own = each.get("sentences")
        numbers = [n - 1 for n in own if type(n) is int] if isinstance(own, list) else []
        known = dict.fromkeys(n for n in numbers if n in passage.sentences)
        yield Pick(passage.place, tuple(known)[:MOST_SENTENCES])
