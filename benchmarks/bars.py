"""What time and memory must come to, and whether they do; a bar that is missed says by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.engines import OURS, RANK_BM25

Figures = Mapping[str, Any]

GIBIBYTE = 2**30


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is asked of us: `reached` beside `wanted`, of `unit`.

    `at_least` where more is better, as with ratios; else `reached` may not be above.
    """

    what: str
    wanted: float
    reached: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted

    @property
    def share(self) -> float:
        """How far we are beyond it, as a ratio: above 1 where it is met."""
        one, other = (self.reached, self.wanted) if self.at_least else (self.wanted, self.reached)
        return one / other if other else float("inf")

    def __str__(self) -> str:
        reached = f"{self.reached:,.0f}" if self.reached >= 100 else f"{self.reached:.3g}"
        word = "at least" if self.at_least else "at most"
        return (
            f"{'met' if self.met else 'MISSED'}: {self.what}: {reached} {self.unit},"
            f" {word} {self.wanted:,g} wanted ({self.share:.2f})"
        )


def bars(size: int, compared: Figures) -> list[Bar]:
    """The bars for one size whose figures are there."""
    engines: Figures = compared["engines"]
    ours: Figures = engines.get(OURS, {})
    if "rank_p50_ms" not in ours:
        return []
    at = f"at {size:,} passages"
    made: list[Bar] = []
    if size == 100_000:
        for name, times in ((RANK_BM25, 1_000), ("tantivy", 5), ("bm25s numba", 2)):
            if "beside_ours" in engines.get(name, {}):
                ratio = engines[name]["beside_ours"]
                what = f"{at}, ranking on words against {name}"
                made.append(Bar(what, times, ratio, "times faster", at_least=True))
        made.append(Bar(f"{at}, a whole reply", 5, ours["reply_p50_ms"], "ms"))
        built = [
            engines[name]["build_seconds"]
            for name in ("bm25s numpy", "bm25s numba")
            if "build_seconds" in engines.get(name, {})
        ]
        if built:
            ratio = ours["build_seconds"] / min(built)
            made.append(Bar(f"{at}, building against bm25s", 1, ratio, "times its time"))
        serving = ours["serving_bytes"] / (ours["text_bytes"] + ours["index_bytes"])
        made.append(Bar(f"{at}, memory while serving", 1.5, serving, "times texts and postings"))
        if "start_seconds" in ours:
            made.append(Bar(f"{at}, start from what is kept", 1, ours["start_seconds"], "s"))
    if size >= 100_000:
        # The texts are there before; what is built may take three times what comes of it.
        peak = ours["build_peak_bytes"] / ours["index_bytes"]
        made.append(Bar(f"{at}, peak of building", 3, peak, "times postings, above the texts"))
    if size == 1_000_000:
        made.append(Bar(f"{at}, ranking on words", 3, ours["rank_p50_ms"], "ms"))
        made.append(Bar(f"{at}, a whole reply", 25, ours["reply_p50_ms"], "ms"))
        peak = ours["process_peak_bytes"] / GIBIBYTE
        made.append(Bar(f"{at}, memory of building, texts included", 12, peak, "GiB"))
        if "start_seconds" in ours:
            made.append(Bar(f"{at}, start from what is kept", 3, ours["start_seconds"], "s"))
    same: Figures = compared["same"]
    if "alike" in same:
        what = f"{at}, questions with the same ten best as rank_bm25"
        made.append(Bar(what, same["questions"], same["alike"], "questions", at_least=True))
    return made


def reload_bars(figures: Figures) -> list[Bar]:
    """The bars for a reload of one changed document."""
    if "largest_stall_ms" not in figures:
        return []
    what = f"one changed of {figures['documents']:,} documents"
    return [
        Bar(f"{what}, longest stall of the event loop", 20, figures["largest_stall_ms"], "ms"),
        Bar(f"{what}, beside a reload of nothing", 2, _beside_nothing(figures), "times its time"),
    ]


def _beside_nothing(figures: Figures) -> float:
    return float(figures["one_changed_seconds"] / figures["unchanged_seconds"])
