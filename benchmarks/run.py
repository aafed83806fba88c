"""`make bench`: time and memory of building and answering, beside plain rank_bm25.

Each size runs in a process of its own, so that one's memory is not the other's. The two
rankings take the same tokens in turn, and what counts is their ratio: absolute times of
a shared machine drift.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.corpora import generate

SIZES = (100, 10_000, 100_000)
_PEER_QUESTIONS = 15


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


def measure(size: int) -> dict[str, float]:
    """The figures of one size: seconds, milliseconds a question, megabytes."""
    from rank_bm25 import BM25Okapi  # noqa: PLC0415 - its import belongs to its own figure

    from bot.retrieval.analysis import words  # noqa: PLC0415
    from bot.retrieval.replying import Options, Searcher  # noqa: PLC0415

    started = time.perf_counter()
    made = generate(size)
    generated = time.perf_counter() - started
    before = _peak_megabytes()
    started = time.perf_counter()
    searcher = Searcher(made.corpus, Options())
    build = time.perf_counter() - started
    peak = _peak_megabytes()

    replies, rankings = [], []
    index = searcher.index
    for question in made.questions:
        started = time.perf_counter()
        searcher.reply(question)
        replies.append(time.perf_counter() - started)
    numbered = [
        [(n, 1.0) for word in question.split() if (n := index.vocabulary.get(word)) is not None]
        for question in made.questions
    ]
    for terms in numbered:
        started = time.perf_counter()
        index.rank(terms, 10)
        rankings.append(time.perf_counter() - started)

    started = time.perf_counter()
    tokens = [[w.form for w in words(p.text) if not w.joined] for p in made.corpus.passages]
    peer = BM25Okapi(tokens)
    peer_build = time.perf_counter() - started
    peer_rankings = []
    for question in made.questions[:_PEER_QUESTIONS]:
        started = time.perf_counter()
        peer.get_scores(question.split()).argsort()[::-1][:10]
        peer_rankings.append(time.perf_counter() - started)
    return {
        "passages": float(len(made.corpus.passages)),
        "generate, segment s": generated,
        "build s": build,
        "build MB above text": peak - before,
        "reply ms": 1000 * median(replies[1:]),
        "reply p99 ms": 1000 * sorted(replies[1:])[int(0.99 * (len(replies) - 1)) - 1],
        "ranking on words ms": 1000 * median(rankings[1:]),
        "rank_bm25 build s": peer_build,
        "rank_bm25 ranking ms": 1000 * median(peer_rankings),
        "rank_bm25 / ours, ranking": median(peer_rankings) / median(rankings[1:]),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure every size and print one table; `--json` prints the figures instead."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one is not None:
        print(json.dumps(measure(options.one)))
        return 0
    results = []
    for size in options.sizes:
        done = subprocess.run(  # noqa: S603 - this very program, with a number
            [sys.executable, "-m", "benchmarks.run", "--one", str(size)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        results.append(json.loads(done.stdout))
    if options.json:
        print(json.dumps(results, indent=2))
        return 0
    table = Table("figure", *(f"{size:,}" for size in options.sizes), title="passages")
    for name in results[0]:
        table.add_row(name, *(f"{result[name]:,.2f}" for result in results))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
