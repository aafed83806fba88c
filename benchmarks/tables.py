"""Figures as tables to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from benchmarks.engines import OURS

Figures = Mapping[str, Any]

_MEGABYTE = 1_000_000


def table(size: int, compared: Figures) -> Table:
    """One size: a row for each engine."""
    made = Table(
        "engine",
        *("build s", "peak MB", "size MB", "first answer s"),
        *("ten best ms", "p99 ms", "asked", "beside ours (middle half)"),
        title=f"{size:,} passages",
        caption="\n".join(said(compared)),
        title_justify="left",
        caption_justify="left",
    )
    for name, figures in compared["engines"].items():
        if "skipped" in figures:
            made.add_row(name, f"skipped: {figures['skipped']}")
            continue
        made.add_row(name, *_cells(figures))
        if "reply_p50_ms" in figures:
            made.add_row(
                f"{name}, a whole reply",
                *("", "", "", ""),
                f"{figures['reply_p50_ms']:.2f}",
                f"{figures['reply_p99_ms']:.2f}",
                str(figures["reply_questions"]),
            )
    return made


def said(compared: Figures) -> Iterator[str]:
    """What is told below the table: the memory of serving, and whether results agree."""
    ours, same = compared["engines"].get(OURS, {}), compared["same"]
    if "serving_bytes" in ours:
        yield (
            f"Ours, {ours['shards']} shards, holds {ours['serving_bytes'] / _MEGABYTE:,.0f} MB"
            f" while serving; texts are {ours['text_bytes'] / _MEGABYTE:,.0f} MB, postings of"
            f" words and pairs {ours['posting_bytes'] / _MEGABYTE:,.0f} MB; its level of silence"
            f" is found in {ours['calibrate_seconds']:.1f} s after building."
        )
    if "alike" in same:
        yield (
            f"{same['alike']} of {same['questions']} questions: same result as rank_bm25"
            " (its ten best, with our idf and lengths)."
        )
    elif "skipped" in same:
        yield f"Not known whether the result is the same: {same['skipped']}."


def _cells(figures: Figures) -> tuple[str, ...]:
    size = figures["index_bytes"] or figures.get("store_bytes") or figures["held_bytes"]
    low, high = figures.get("beside_ours_rounds", (0.0, 0.0))
    beside = f"{figures['beside_ours']:,.2f} ({low:,.2f} to {high:,.2f})" if high else ""
    start = figures.get("start_seconds")
    return (
        f"{figures['build_seconds']:,.2f}",
        f"{figures['build_peak_bytes'] / _MEGABYTE:,.0f}",
        f"{size / _MEGABYTE:,.1f}",
        "no store" if start is None else f"{start:,.3f}",
        f"{figures['rank_p50_ms']:,.3f}",
        f"{figures['rank_p99_ms']:,.3f}",
        str(figures["rank_questions"]),
        beside,
    )


def figure_table(title: str, figures: Figures) -> Table:
    """A row for each figure."""
    made = Table("figure", "", title=title, title_justify="left")
    for name, value in figures.items():
        shown = value if isinstance(value, str) else f"{value:,.{2 * isinstance(value, float)}f}"
        made.add_row(name.replace("_", " "), shown)
    return made
