"""Many collections in one scope, each a shard of its own: what a whole reply takes there.

In a process of its own (`python -m benchmarks.many_collections COLLECTIONS PASSAGES`); prints
JSON. The same questions are put to the same documents in one collection, in turns.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.corpora import PASSAGES_A_DOCUMENT, texts, write
from benchmarks.serving import settings_in
from bot.platforms.services import build_answering
from bot.retrieval.answer.searcher import Searcher

_ROUNDS, _QUESTIONS = 10, 20


async def measure(collections: int, passages: int) -> dict[str, Any]:
    """Median and 99th percentile of replies, with many collections and with one."""
    questions = texts(passages, _ROUNDS * _QUESTIONS).questions
    with TemporaryDirectory(prefix="bench-") as name:
        many = await _searcher(Path(name) / "many", passages, collections)
        one = await _searcher(Path(name) / "one", passages, 1)
        taken: dict[Searcher, list[float]] = {many: [], one: []}
        for turn in range(_ROUNDS):
            for searcher, times in taken.items():
                searcher.reply(questions[0])
                for question in questions[turn * _QUESTIONS : (turn + 1) * _QUESTIONS]:
                    started = time.perf_counter()
                    searcher.reply(question)
                    times.append(1_000 * (time.perf_counter() - started))
    return {
        "collections": collections,
        "passages": many.corpus.passage_count,
        "shards": len(many.index.shards),
        "reply_p50_ms": float(np.quantile(taken[many], 0.5)),
        "reply_p99_ms": float(np.quantile(taken[many], 0.99)),
        "one_collection_p50_ms": float(np.quantile(taken[one], 0.5)),
    }


async def _searcher(folder: Path, passages: int, collections: int) -> Searcher:
    write(folder / "corpus", passages // PASSAGES_A_DOCUMENT, collections)
    answering = build_answering(settings_in(folder))
    await answering.reload()
    return answering.searcher()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(*map(int, sys.argv[1:3])))))
