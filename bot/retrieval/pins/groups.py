"""Groups of questions that ask for the same, for a list of those that no document answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.retrieval.pins.agreement import QuestionSide, agree
from bot.retrieval.pins.likeness import COSINE, WORDS
from bot.retrieval.pins.question_words import QuestionWords
from bot.retrieval.pins.text_vectors import TextVectors
from bot.retrieval.shard.index import Index

LEAST_LIKENESS = 0.65
"""The likeness from which on two questions stand as one. A curator sees what was put together, so
that a mistake costs a look; of 220 questions made to be confused, five were put together so."""


def group_alike(questions: Sequence[str], index: Index) -> list[list[int]]:
    """The numbers of questions in groups, each led by its first question.

    A question joins the group whose leader it is most like, by words and, if `index` has an
    encoder, by meaning.
    """
    if not questions:
        return []
    sides = [QuestionSide.of(each, index) for each in questions]
    words = QuestionWords([side.terms for side in sides])
    meaning = index.meaning
    vectors = None if meaning is None else TextVectors(meaning.encoder, {}).of(questions)
    groups: list[list[int]] = []
    for number, side in enumerate(sides):
        leaders = np.array([group[0] for group in groups], dtype=np.int64)
        likeness = words.likeness(side.terms)[leaders]
        if vectors is not None:
            cosines = vectors[leaders] @ vectors[number]
            likeness = (WORDS * likeness + COSINE * np.maximum(cosines, 0.0)) / (WORDS + COSINE)
        for place in (-likeness).argsort(kind="stable").tolist():
            if likeness[place] < LEAST_LIKENESS:
                groups.append([number])
                break
            if agree(side, sides[groups[place][0]], words):
                groups[place].append(number)
                break
        else:
            groups.append([number])
    return groups
