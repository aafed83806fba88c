"""Definitions: the sentence that says what something is, for questions such as "What is X?".

It is most often the first one of the document that is titled X, which is long and so has a lower
score than short sentences that only name X. Example: with "The Corvel lighthouse, a tower of red
granite that masons built in 1871, shows ships the way" (1.4) competes "The Corvel lighthouse is
worth a walk" (1.6).
"""

import numpy as np

from bot.retrieval.query.query import Query
from bot.retrieval.shard.arrays import Doubles, Integers, Offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import fold, words
from bot.retrieval.text.stopwords import stopwords

DEFINITION_BONUS = 0.4
"""In the scale of scores of sentences, in which good ones of one question differ by less."""


def definition_bonus(index: Index, query: Query, passages: Integers, numbers: Offsets) -> Doubles:
    """The bonus of sentence number `numbers[i]` of the passage `passages[i]`."""
    bonus = np.zeros(len(passages))
    if query.defined:
        for passage in np.unique(passages).tolist():
            if _opens_document(index, passage) and _title(index, query, passage) == query.defined:
                bonus[(passages == passage) & (numbers == 0)] = DEFINITION_BONUS
    return bonus


def _opens_document(index: Index, passage: int) -> bool:
    place = int(index.part_of(np.asarray([passage]))[0])
    part = index.parts[place]
    return passage - part.first in part.shard.table.columns.firsts


def _title(index: Index, query: Query, passage: int) -> frozenset[str]:
    """The content words of the title of a passage's document, folded."""
    title = index.document(passage).source.title
    without = stopwords(query.language)
    return frozenset(fold(word.form) for word in words(title) if word.form not in without)
