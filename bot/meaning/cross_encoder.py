"""Cross-encoder: a judge that reads a question together with each passage, and scores the pair.

It is a folder with three files: `model.onnx`, `tokenizer.json`, and `judge.toml`, which says how
they are used. Any BERT-like model with one score fits, such as those trained on MS MARCO
(Nogueira and Cho, "Passage re-ranking with BERT", 2019).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

from bot.core.documents import Passage
from bot.core.errors import ModelError
from bot.meaning.about import JudgeAbout, fingerprint
from bot.meaning.onnx_model import OnnxModel, parts, valid
from bot.retrieval.answer.judge import MOST_PICKS, NO_WORDS, Choice, Pick, SearchWords

SECONDS = 8.0
"""Time for a choice; after it words and meaning decide alone."""

_SPARE = 8
"""Tokens that are left free, since a part of a text may have some more than within the whole."""


class CrossEncoder:
    """A judge that runs in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        """The judge in `folder`; raises `ModelError` if it is none."""
        self.about = JudgeAbout.of(folder)
        self.seconds = SECONDS
        self.sends = False
        self.fingerprint = fingerprint(folder, JudgeAbout)
        try:
            self._model = OnnxModel(folder)
            self._special = len(self._model.tokenizer.encode("", "").ids)
            # The longest text shows whether the model takes so many tokens.
            score = self._score("a", "a " * self.about.longest)
            if not np.isfinite(score):
                raise ValueError("its score is no number")
        except Exception as error:  # noqa: BLE001 - both packages raise Exception itself
            raise ModelError(
                f'{JudgeAbout.SETTING}: "{folder}" holds no judge that can be used'
                f" ({type(error).__name__}); see docs/operators.md for what it must hold, and how"
                ' long its texts may be, or set "none"'
            ) from None
        self._thread = ThreadPoolExecutor(1, "judge")

    def judges(self, language: str, *, is_sure: bool) -> bool:
        """Whether it can judge questions in `language` (ISO 639-1), sure or not."""
        del is_sure
        return self.about.reads(language)

    async def search_words(self, question: str, headings: Sequence[str]) -> SearchWords:
        """None: it only chooses."""
        del question, headings
        return NO_WORDS

    async def choose(self, question: str, passages: Sequence[Passage]) -> Choice:
        """The choice among `passages`; `ModelError` if the model fails on a text."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._choose, question, passages)
        except Exception as error:  # noqa: BLE001 - the package raises Exception itself
            raise ModelError(
                f"{self.about.name}: the judge fails on a text ({type(error).__name__});"
                " does its tokenizer belong to it?"
            ) from None

    async def close(self) -> None:
        """End its thread, which may still be busy with a choice that nobody waits for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _choose(self, question: str, passages: Sequence[Passage]) -> Choice:
        asked = self._beginning(question, self.about.longest // 2)
        scores = [
            max(self._score(asked, text) for text in self._texts(asked, passage))
            for passage in passages
        ]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        answering = [place for place in order if scores[place] >= self.about.answers_from]
        if not answering and not self.about.decides:
            answering = order[:1]
        picks = tuple(Pick(place) for place in answering[:MOST_PICKS])
        return Choice(picks, self.about.decides)

    def _texts(self, question: str, passage: Passage) -> Iterator[str]:
        """The passage below title, headings and lead-in, in as many parts as the model needs."""
        longest, text = self.about.longest, passage.text
        above = self._beginning(". ".join(passage.above), longest // 4) + "\n"
        room = longest - self._special - _SPARE - len(self._starts(question))
        starts = self._starts(text)
        sentences = [span.start - passage.span.start for span in passage.sentences]
        bounds = np.searchsorted(starts, [*sentences, len(text) + 1]).tolist()
        cuts = parts(bounds, len(starts), room - len(self._starts(above)))
        places = [0, *(starts[cut] for cut in cuts[1:-1]), len(text)]
        return (above + text[first:last] for first, last in pairwise(places))

    def _beginning(self, text: str, tokens: int) -> str:
        starts = self._starts(text)
        return text[: starts[tokens]] if len(starts) > tokens else text

    def _starts(self, text: str) -> list[int]:
        """The place of each token in the text."""
        encoding = self._model.tokenizer.encode(valid(text), add_special_tokens=False)
        return [start for start, _ in encoding.offsets]

    def _score(self, question: str, text: str) -> float:
        encoding = self._model.tokenizer.encode(valid(question), valid(text))
        encoding.truncate(self.about.longest)
        ids, types = np.array(encoding.ids), np.array(encoding.type_ids)
        # A model with a score for each of several classes says something else with the first one.
        (score,) = self._model.run(ids, types).reshape(-1).tolist()
        return float(score)
