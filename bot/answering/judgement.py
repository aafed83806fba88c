"""Judgement: what was found for a question is put to a judge, which chooses.

    the choice that was made before          if the corpus has not changed since
    other words from the judge               and a second search by them
    up to 30 passages of both searches       by reciprocal ranks
    the choice of the judge                  kept for the next time

Where the judge cannot answer in time, the first search is all, and that reply is not kept.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from bot.answering.cache import Pause
from bot.core.documents import Document, Passage
from bot.core.errors import EndpointError, SourcesSayError
from bot.retrieval.answer.judge import MOST_JUDGED, Choice, Judge, Pick, SearchWords
from bot.retrieval.answer.searcher import JudgedSearch, Searcher
from bot.retrieval.ranking.calibration import MatchVerdict
from bot.retrieval.ranking.search import SearchResult

MOST_HEADINGS = 60
"""Titles and headings that a judge sees when it is asked for other words."""

HEADINGS_OF_DOCUMENT = 6
"""Of them, those of one document."""

RunInThread = Callable[..., Awaitable[Any]]

_log = logging.getLogger(__name__)


class ChoiceStore(Protocol):
    """Keeps choices from one start to the next."""

    async def choice(self, key: str) -> str | None:
        """The choice that was kept under `key`."""
        ...

    async def keep_choice(self, key: str, choice: str) -> None:
        """Keep a choice under `key`."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """Judges with one judge, or none; `run` computes in the thread of the questions."""

    run: RunInThread
    judge: Judge | None = None
    store: ChoiceStore | None = None

    async def choose(
        self, searcher: Searcher, question: str, result: SearchResult, pause: Pause
    ) -> tuple[JudgedSearch, bool]:
        """The `result` for a question with the judge's choice, and whether it stays so.

        The judge is waited for in a `pause`.
        """
        judge = self.judge
        if judge is None:
            return JudgedSearch(result), True
        key = await self.run(_key, judge, searcher, question, result)
        if key is None:
            return JudgedSearch(result), True
        kept = await self._kept(key)
        if kept is not None:
            judged = await self.run(_kept_search, kept, searcher, result, judge)
            if judged is not None:
                return judged, True
        try:
            async with pause(), asyncio.timeout(judge.seconds):
                judged = await self._judged(judge, searcher, question, result)
        except TimeoutError:
            # An endpoint logs its faults itself: once, and not for each question.
            level = logging.INFO if judge.sends else logging.WARNING
            _log.log(level, "no choice in %g seconds, words and meaning answered", judge.seconds)
            return JudgedSearch(result), False
        except EndpointError:
            return JudgedSearch(result), False
        except SourcesSayError as fault:
            _log.warning("no choice, words and meaning answered: %s", fault)
            return JudgedSearch(result), False
        await self._keep(key, judged, searcher)
        return judged, True

    async def _judged(
        self, judge: Judge, searcher: Searcher, question: str, result: SearchResult
    ) -> JudgedSearch:
        started = time.monotonic()
        headings = await self.run(_headings, judge, searcher, result)
        words = await judge.search_words(question, headings)
        if words.small_talk:
            return JudgedSearch(result, words=words, seconds=time.monotonic() - started)
        merged = await self.run(_merged, judge, searcher, result, words)
        passages = await self.run(searcher.passages, merged)
        if not passages:  # all that was found is private
            return JudgedSearch(result, words=words, seconds=time.monotonic() - started)
        choice: Choice | None = await judge.choose(question, passages)
        seconds = time.monotonic() - started
        if choice is not None and await self.run(_hides_any, judge, searcher, result):
            # A judge that may not see all that was found cannot say that nothing else answers.
            choice = replace(choice, decides=False) if choice.picks else None
        fingerprint = "" if choice is None else judge.fingerprint
        return JudgedSearch(merged, choice, fingerprint, words, seconds)

    async def _kept(self, key: str) -> str | None:
        try:
            return None if self.store is None else await self.store.choice(key)
        except SourcesSayError as fault:
            _log.warning("the choices of the judge cannot be read: %s", fault)
            return None

    async def _keep(self, key: str, judged: JudgedSearch, searcher: Searcher) -> None:
        if self.store is None or judged.choice is None:
            return
        try:
            passages = await self.run(searcher.passages, judged.result)
            await self.store.keep_choice(key, _to_json(judged.choice, passages))
        except SourcesSayError as fault:
            _log.warning("the choice of the judge is not kept: %s", fault)


def _key(judge: Judge, searcher: Searcher, question: str, result: SearchResult) -> str | None:
    """The key under which the choice for a question is kept; None if the judge is not asked."""
    verdict = searcher.verdict(result)
    if result.query.only_stopwords or (judge.sends and searcher.corpus.is_all_private):
        return None
    if verdict is not MatchVerdict.SILENCE:
        # A judge that may not see the best answer cannot know whether there is a better one.
        best = searcher.index.document(result.candidates[0].passage)
        if not _may_see(judge, searcher, best):
            return None
    if not judge.judges(result.query.language, is_sure=verdict is MatchVerdict.ANSWER):
        return None
    revision = searcher.corpus.revision_with(judge.fingerprint)
    return sha256(json.dumps([question, revision]).encode()).hexdigest()


def _may_see(judge: Judge, searcher: Searcher, document: Document) -> bool:
    return not (judge.sends and searcher.corpus.is_private(document))


def _hides_any(judge: Judge, searcher: Searcher, result: SearchResult) -> bool:
    """Whether a candidate for the reply is none that the judge may see."""
    documents = (searcher.index.document(each.passage) for each in result.candidates)
    return not all(_may_see(judge, searcher, document) for document in documents)


def _headings(judge: Judge, searcher: Searcher, result: SearchResult) -> list[str]:
    """Titles and headings of the documents: of the passages found first, then the other titles."""
    headings: dict[str, None] = {}
    counts: dict[str, int] = {}
    for passage in searcher.passages(result):
        path = passage.document.path
        if not _may_see(judge, searcher, passage.document):
            continue
        line = " › ".join((passage.document.source.title, *passage.locator.headings))
        if line not in headings and counts.get(path, 0) < HEADINGS_OF_DOCUMENT:
            headings[line] = None
            counts[path] = counts.get(path, 0) + 1
    for document in searcher.corpus.documents:
        if len(headings) >= MOST_HEADINGS:
            break
        if document.path not in counts and _may_see(judge, searcher, document):
            headings[document.source.title] = None
    return list(headings)[:MOST_HEADINGS]


def _merged(
    judge: Judge, searcher: Searcher, result: SearchResult, words: SearchWords
) -> SearchResult:
    """`result` with the passages that the judge is given."""
    if words.words:
        result = result.merged_with(searcher.search_again(words.words))
    document_of = searcher.index.document
    visible = (n for n in result.passages if _may_see(judge, searcher, document_of(n)))
    return replace(result, passages=tuple(visible)[:MOST_JUDGED])


def _to_json(choice: Choice, passages: tuple[Passage, ...]) -> str:
    """A choice by paths and offsets, which do not depend on what the judge wrote."""
    picks = [
        [passages[pick.place].document.path, passages[pick.place].span.start, pick.sentences]
        for pick in choice.picks
    ]
    return json.dumps([choice.decides, picks])


def _kept_search(
    kept: str, searcher: Searcher, result: SearchResult, judge: Judge
) -> JudgedSearch | None:
    """The choice that was kept; None if one of its passages or sentences is not there."""
    try:
        decides, picks = json.loads(kept)
        numbers = tuple(searcher.index.number_of(path, start) for path, start, _ in picks)
        chosen = tuple(Pick(place, tuple(own)) for place, (_, _, own) in enumerate(picks))
        choice = Choice(chosen, decides)
        for number, pick in zip(numbers, chosen, strict=True):
            # Another version of the program may part a passage into other sentences.
            known = range(len(searcher.index.passage(number).sentences))
            if any(type(own) is not int or own not in known for own in pick.sentences):
                return None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return JudgedSearch(replace(result, passages=numbers), choice, judge.fingerprint)
