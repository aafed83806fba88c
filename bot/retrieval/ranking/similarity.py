"""Similarity: how near passages and sentences are to a question in meaning.

The vector of the question is compared with those of a scope's passages and sentences. A second
vector is that of the question without the names of the documents: "what's the weather like in
Damascus tomorrow" is near to all that is said of Damascus, "what's the weather like in tomorrow"
is near to nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.retrieval.query.query import Query
from bot.retrieval.ranking.passage_scores import RankedPassages
from bot.retrieval.ranking.sentence_scores import SentenceScores
from bot.retrieval.shard.arrays import Floats, Integers, Offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.vectors import Meaning
from bot.retrieval.text.analysis import words


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """The vectors of one question, to be compared with those of a scope.

    `of_passages` and `of_sentences` return cosines with the question, and with the question
    without names, from 0 (for the floor of the encoder, and below) to 1.
    """

    meaning: Meaning
    question: Floats
    without_names: Floats

    @classmethod
    def of(cls, query: Query, index: Index) -> Similarity | None:
        """The vectors of a query; None where words alone are searched."""
        meaning = index.meaning_across(query.language) if query.is_across else index.meaning
        if meaning is None or not meaning.encoder.reads(query.language) or query.only_stopwords:
            return None
        question, rest = meaning.encoder.question(query.text), without_names(query)
        # Across languages the vector without names decides nothing.
        is_same = query.is_across or rest == query.text
        return cls(meaning, question, question if is_same else meaning.encoder.question(rest))

    def nearest(self, count: int) -> Integers:
        """The `count` passages nearest to the question, best first, ties by number."""
        return self.meaning.nearest(self.question, count)

    def of_passages(self, passages: Integers) -> tuple[Floats, Floats]:
        """The cosines of the passages with these numbers."""
        of = self.meaning.of_passages
        return self._scaled(of(passages, self.question), of(passages, self.without_names))

    def of_sentences(self, passages: Integers, numbers: Offsets) -> tuple[Floats, Floats]:
        """The cosines of sentence number `numbers[i]` of the passage `passages[i]`."""
        of = self.meaning.of_sentences
        return self._scaled(
            of(passages, numbers, self.question), of(passages, numbers, self.without_names)
        )

    def _scaled(self, *cosines: Floats) -> tuple[Floats, Floats]:
        floor = self.meaning.encoder.floor
        one, other = (np.maximum((each - floor) / (1 - floor), 0.0) for each in cosines)
        return one, other


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """How near the sentences and passages are to the question in meaning, from 0 to 1.

    `sentence` and `passage` are cosines with the question; `best` and `best_without_names` are
    the greatest of a passage and its sentences, `best_without_names` with the question without
    the names of the documents.
    """

    sentence: Floats
    passage: Floats
    best: Floats
    best_without_names: Floats

    @classmethod
    def of(cls, similarity: Similarity, ranked: RankedPassages, scores: SentenceScores) -> Nearness:
        """The nearness of the sentences in `scores`, and of their passages."""
        passage, passage_rest = similarity.of_passages(ranked.passages)
        sentence, sentence_rest = similarity.of_sentences(
            ranked.passages[scores.passage], scores.number
        )
        best, rest = passage.copy(), passage_rest.copy()
        np.maximum.at(best, scores.passage, sentence)
        np.maximum.at(rest, scores.passage, sentence_rest)
        return cls(sentence, passage, best, rest)


def without_names(query: Query) -> str:
    """The question without words that the documents write with a capital wherever they stand.

    The whole question if it has no other content.
    """
    pieces, end, has_content = [], 0, False
    known = set(query.lookup.words)
    content = {word.form for word in query.words if not word.is_stopword and not word.in_phrase}
    for word in words(query.text):
        if word.joined or word.form not in known:
            continue
        if query.lookup.is_name(word.form):
            pieces.append(query.text[end : word.start])
            end = word.end
        else:
            has_content |= word.form in content
    rest = " ".join("".join((*pieces, query.text[end:])).split())
    return rest if has_content and pieces else query.text
