"""The excerpts of one answer: which are shown at once, which on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.replies import Excerpt


@dataclass(frozen=True, slots=True)
class ExcerptSelection:
    """The excerpts shown, those shown on request, and the paths of the documents that speak."""

    shown: tuple[Excerpt, *tuple[Excerpt, ...]]
    further: tuple[Excerpt, ...]
    speaking: frozenset[str]


def with_pinned(
    pinned: Sequence[Excerpt], found: ExcerptSelection | None, most: int
) -> ExcerptSelection:
    """The excerpts of a pin, and behind them what a search found, if it found an answer.

    What other documents say is shown, up to `most` excerpts with the pinned ones, and one at least:
    a pin must not hide them. What else the pinned documents say is shown on request. No words are
    quoted twice.
    """
    score = 1.0 if found is None else found.shown[0].score
    first, *others = (replace(each, score=score) for each in pinned)
    paths = {_path(each) for each in pinned}
    if found is None:
        return ExcerptSelection((first, *others), (), frozenset(paths))
    beside = [each for each in found.shown if _path(each) not in paths]
    beside = beside[: max(most - len(pinned), 1)]
    further = [
        each
        for each in (*found.shown, *found.further)
        if each not in beside and not _overlaps(each, pinned)
    ]
    rest = [*others, *beside]
    return ExcerptSelection((first, *rest), tuple(further), found.speaking | paths)


def _path(excerpt: Excerpt) -> str:
    return excerpt.passage.document.path


def _overlaps(excerpt: Excerpt, others: Sequence[Excerpt]) -> bool:
    return any(
        _path(excerpt) == _path(other) and excerpt.span.overlaps(other.span) for other in others
    )
