"""Figures into the documentation, between the two marks that are there for them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.engines import OURS
from benchmarks.tables import said

BEGIN, END = "<!-- figures of make bench -->", "<!-- end of figures -->"

Figures = Mapping[str, Any]

_MEGABYTE = 1_000_000


class NoPlaceError(Exception):
    """The marks are not in the file, or not in their order."""


def fill(file: Path, result: Figures) -> None:
    """Put the figures of `result` in the place of those of before; `NoPlaceError`."""
    text = file.read_text(encoding="utf-8")
    before, begins, rest = text.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends:
        raise NoPlaceError(f"{file} has no place between {BEGIN} and {END}")
    lines = "\n".join(_lines(result))
    file.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}", encoding="utf-8")


def _lines(result: Figures) -> Iterator[str]:
    for size, compared in result["sizes"].items():
        yield f"**{int(size):,} passages**"
        yield ""
        yield (
            "| engine | build, s | peak, MB | size, MB | first answer, s"
            " | ten best, ms | 99th percentile | ten best, beside ours |"
        )
        yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
        for name, figures in compared["engines"].items():
            yield _row(name, figures)
        ours = compared["engines"].get(OURS, {})
        if "reply_p50_ms" in ours:
            yield (
                f"| {OURS}, a whole reply | | | | | {ours['reply_p50_ms']:.1f}"
                f" | {ours['reply_p99_ms']:.1f} | |"
            )
        yield ""
        for sentence in said(compared):
            yield sentence
            yield ""
    yield from _said(result)
    yield "The bars, and in brackets how far beyond them it is (below 1: missed):"
    yield ""
    yield from (f"- {bar['says']}" for bar in result["bars"])


def _said(result: Figures) -> Iterator[str]:
    """The paragraphs on reloads, on many collections, and on a small corpus."""
    reload = result.get("reload", {})
    if "one_changed_seconds" in reload:
        yield (
            f"One changed of {reload['documents']:,} documents ({reload['passages']:,} passages)"
            f" is served after {reload['one_changed_seconds']:.2f} s, one added after"
            f" {reload['one_added_seconds']:.2f} s, one removed after"
            f" {reload['one_removed_seconds']:.2f} s, all with questions asked meanwhile. Where"
            f" nothing changed it takes {reload['unchanged_seconds']:.2f} s, the first load"
            f" {reload['first_load_seconds']:.1f} s, the next start until the first answer"
            f" {reload['next_start_seconds']:.2f} s. In all of that the event loop stood still for"
            f" at most {reload['largest_stall_ms']:.0f} ms, and a question took at most"
            f" {reload['longest_question_ms']:.0f} ms."
        )
        yield ""
    many = result.get("collections", {})
    if "reply_p50_ms" in many:
        yield (
            f"With {many['collections']} collections in one scope, {many['passages']:,} passages"
            f" together, a whole reply takes {many['reply_p50_ms']:.1f} ms (99th percentile"
            f" {many['reply_p99_ms']:.1f}); with the same documents in one collection"
            f" {many['one_collection_p50_ms']:.1f} ms."
        )
        yield ""
    light = result.get("light", {})
    if "idle_bytes" in light:
        yield (
            f"The idle console holds {light['idle_bytes'] / _MEGABYTE:.0f} MB. One question to"
            f" five small documents takes {light['ask_cold_seconds']:.2f} s from start to end"
            f" without an index, {light['ask_kept_seconds']:.2f} s with the one that is kept."
        )
        yield ""


def _row(name: str, figures: Figures) -> str:
    if "skipped" in figures:
        return f"| {name} | {figures['skipped']} | | | | | | |"
    size = figures["index_bytes"] or figures.get("store_bytes") or figures["held_bytes"]
    start = figures.get("start_seconds")
    low, high = figures.get("beside_ours_rounds", (0.0, 0.0))
    beside = f"{figures['beside_ours']:,.2f} ({low:,.2f}–{high:,.2f})" if high else ""
    cells = (
        f"{figures['build_seconds']:,.2f}",
        f"{figures['build_peak_bytes'] / _MEGABYTE:,.0f}",
        f"{size / _MEGABYTE:,.1f}",
        "" if start is None else f"{start:,.3f}",
        f"{figures['rank_p50_ms']:,.3f}",
        f"{figures['rank_p99_ms']:,.3f}",
        beside,
    )
    return f"| {name} | {' | '.join(cells)} |"
