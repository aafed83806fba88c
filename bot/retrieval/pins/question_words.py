"""Words of pinned questions, and how far those of another question stand for them.

Two words are alike by 1 if they are the same, by the weights of the thesaurus if they are forms of
one word or mean about the same, and by their common n-grams if they are spelt alike, so that a
typing error costs little. The likeness of two questions is the harmonic mean of two shares, both
weighed by idf: of the asked question's words that the pin's stand for, and the other way round.

Example: "who repaired the mill" and "who mended the old mill". With idf 3 for `mill`, and 4 for
`repaired`, `mended` and `old`, and `mended` like `repaired` by 0.5, the shares are
(0.5 * 4 + 3) / 7 = 0.71 and (0.5 * 4 + 3) / 11 = 0.45, and the likeness is 0.56.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.retrieval.query.other_language import LANGUAGES
from bot.retrieval.query.query import question_language
from bot.retrieval.shard.arrays import Doubles, Offsets, offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import fold, grams, words
from bot.retrieval.text.stopwords import stopwords
from bot.retrieval.text.thesaurus import FAMILY_WEIGHT, MEANING_WEIGHT, thesaurus_table

LEAST_ALIKE = 0.5
"""The least likeness of spellings that counts."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """The words of a question in order, and its distinct content words with their idf."""

    language: str
    tokens: tuple[str, ...]
    content: tuple[str, ...]
    idf: tuple[float, ...]

    @classmethod
    def of(cls, question: str, index: Index) -> QuestionTerms:
        """The terms of a question on the documents of `index`."""
        all_words = list(words(question))
        # Members and curators may share a language that no document is in.
        others = sorted(LANGUAGES.difference(index.languages))
        language = question_language(all_words, (*index.languages, *others))
        tokens = tuple(word.form for word in all_words if not word.joined)
        ignored = stopwords(language)
        distinct = dict.fromkeys(tokens)
        content = tuple(form for form in distinct if form not in ignored) or tuple(distinct)
        lookup = index.lookup()
        lookup.add_words(content)
        idf = tuple(index.idf(lookup.frequency(form)) for form in content)
        return cls(language, tokens, content, idf)


class QuestionWords:
    """The content words of several questions, to be compared with those of another one."""

    def __init__(self, questions: Sequence[QuestionTerms]) -> None:
        forms = dict.fromkeys(form for each in questions for form in each.content)
        self._number = {form: number for number, form in enumerate(forms)}
        self._forms = tuple(forms)
        self._starts: Offsets = offsets(np.array([len(each.content) for each in questions]))[:-1]
        self._words = np.array(
            [self._number[form] for each in questions for form in each.content], dtype=np.int64
        )
        self._idf: Doubles = np.array([value for each in questions for value in each.idf])
        self._by_fold: dict[str, list[int]] = defaultdict(list)
        self._by_gram: dict[str, list[int]] = defaultdict(list)
        for number, form in enumerate(self._forms):
            self._by_fold[fold(form)].append(number)
            for gram in grams(form):
                self._by_gram[gram].append(number)
        self._by_line: dict[str, dict[int, list[tuple[int, int]]]] = {}

    def likeness(self, asked: QuestionTerms) -> Doubles:
        """The likeness of `asked` with each of the questions, from 0 to 1."""
        if not len(self._words) or not asked.content:
            return np.zeros(len(self._starts))
        table = np.zeros((len(asked.content), len(self._forms)))
        for row, form in enumerate(asked.content):
            for number, value in self.alike(form, asked.language).items():
                table[row, number] = value
        idf = np.array(asked.idf)
        own = np.maximum.reduceat(table[:, self._words], self._starts, axis=1)
        one = idf @ own / max(float(idf.sum()), 1e-9)
        best = table.max(axis=0)[self._words]
        totals = np.maximum(np.add.reduceat(self._idf, self._starts), 1e-9)
        other = np.add.reduceat(self._idf * best, self._starts) / totals
        return np.asarray(2 * one * other / np.maximum(one + other, 1e-9), dtype=np.float64)

    def alike(self, form: str, language: str) -> dict[int, float]:
        """The numbers of the words that are like `form`, and how much."""
        values: dict[int, float] = {}
        own = grams(form)
        common = Counter(number for gram in own for number in self._by_gram.get(gram, ()))
        for number, count in common.items():
            value = 2 * count / (len(own) + len(grams(self._forms[number])))
            if value >= LEAST_ALIKE:
                values[number] = value
        table = thesaurus_table(language)
        for line, family in table.positions((form,)) if table is not None else ():
            for number, other in self._line(language, line):
                weight = FAMILY_WEIGHT if family == other else MEANING_WEIGHT
                values[number] = max(values.get(number, 0.0), weight)
        values.update(dict.fromkeys(self._by_fold.get(fold(form), ()), 1.0))
        return values

    def _line(self, language: str, line: int) -> Iterable[tuple[int, int]]:
        """The words in a line of the thesaurus, with their families."""
        if language not in self._by_line:
            lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
            table = thesaurus_table(language)
            for number, form in enumerate(self._forms) if table is not None else ():
                for place, family in table.positions((form,)) if table is not None else ():
                    lines[place].append((number, family))
            self._by_line[language] = lines
        return self._by_line[language].get(line, ())

    def stands_for(self, form: str, others: Iterable[str], language: str, least: float) -> bool:
        """Whether a word is like one of `others`, words of the questions, by `least`."""
        values = self.alike(form, language)
        return any(values.get(self._number.get(other, -1), 0.0) >= least for other in others)
