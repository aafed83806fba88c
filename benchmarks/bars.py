"""What time and memory must come to, and whether they do; a bar that is missed says by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.engines import BM25S, OURS

Figures = Mapping[str, Any]

GIBIBYTE = 2**30
MEGABYTE = 1_000_000


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
        if "beside_ours" in engines.get(BM25S, {}):
            ratio = engines[BM25S]["beside_ours"]
            what = f"{at}, ranking on words against {BM25S}"
            made.append(Bar(what, 1, ratio, "times as fast", at_least=True))
        made.append(Bar(f"{at}, a whole reply", 6, ours["reply_p50_ms"], "ms"))
        built = [
            engines[name]["build_seconds"]
            for name in ("bm25s numpy", BM25S)
            if "build_seconds" in engines.get(name, {})
        ]
        if built:
            ratio = ours["build_seconds"] / min(built)
            made.append(Bar(f"{at}, building against bm25s", 1, ratio, "times its time"))
        if "start_seconds" in ours:
            serving = ours["serving_bytes"] / (ours["text_bytes"] + ours["posting_bytes"])
            what = f"{at}, memory while serving"
            made.append(Bar(what, 1.5, serving, "times texts and postings"))
            made.append(Bar(f"{at}, start from what is kept", 1, ours["start_seconds"], "s"))
    if size == 1_000_000:
        made.append(Bar(f"{at}, a whole reply", 30, ours["reply_p50_ms"], "ms"))
        peak = ours["build_peak_bytes"] / GIBIBYTE
        made.append(Bar(f"{at}, largest process while building", 4, peak, "GiB"))
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
        Bar(f"{what}, until it is served", 10, figures["one_changed_seconds"], "s"),
        Bar(f"{what}, longest question meanwhile", 100, figures["longest_question_ms"], "ms"),
        Bar(f"{what}, longest stall of the event loop", 50, figures["largest_stall_ms"], "ms"),
    ]


def collection_bars(figures: Figures) -> list[Bar]:
    """The bar for a scope of many collections."""
    if "reply_p50_ms" not in figures:
        return []
    what = f"{figures['collections']} collections, {figures['passages']:,} passages"
    return [Bar(f"{what}, a whole reply", 15, figures["reply_p50_ms"], "ms")]


def light_bars(figures: Figures) -> list[Bar]:
    """The bars for a small corpus."""
    if "idle_bytes" not in figures:
        return []
    what = "five small documents, one question from start to end"
    return [
        Bar("memory of the idle console", 150, figures["idle_bytes"] / MEGABYTE, "MB"),
        Bar(f"{what}, no index kept", 1, figures["ask_cold_seconds"], "s"),
        Bar(f"{what}, index kept", 1, figures["ask_kept_seconds"], "s"),
    ]
