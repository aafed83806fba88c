"""What a load did, and how people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.ingest.labels import label, shown

NAMES_SHOWN = 10
"""Names in one list; the rest is counted."""

LINES_SHOWN = 20
"""Failures, and notes, that get a line each; the rest is counted."""

_REASON_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that is not served: its path, fit to be shown, and the reason for a person.

    The reason goes on after the file's name: it begins small and ends with a full stop.
    """

    path: str
    reason: str

    @classmethod
    def of(cls, path: str, reason: str) -> Failure:
        """A failure from a path and a reason as they come."""
        said = sentence(reason)
        small = said[:2].istitle() or said[1:2] == " "  # "It" and "A", but not "PDF"
        return cls(shown(path), said[0].lower() + said[1:] if small else said)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load found, set against the load before; paths are below the corpus folder.

    `documents` and `passages` count what is served now, `revision` is the corpus's,
    `seconds` what the load took. `notes` are whole sentences for the curator.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]
    documents: int
    passages: int
    seconds: float
    revision: str


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: "1 document", "1,204 documents"."""
    return f"{count:,} {one if count == 1 else many}"


def sentence(reason: str) -> str:
    """A reason on one printable line with one full stop at its end."""
    return label(reason, _REASON_CHARACTERS).rstrip(". ") + "."


def summary(report: LoadReport) -> str:
    """The report in one line, as for a log: how much is served, how long it took."""
    documents = counted(report.documents, "document", "documents")
    passages = counted(report.passages, "passage", "passages")
    parts = [f"{documents}, {passages}, read in {report.seconds:.1f} s"]
    if report.failed:
        parts.append(f"{counted(len(report.failed), 'file', 'files')} failed")
    return "; ".join(parts)


def _list(what: str, paths: Sequence[str]) -> Iterator[str]:
    if not paths:
        return
    names = ", ".join(shown(path) for path in paths[:NAMES_SHOWN])
    more = len(paths) - NAMES_SHOWN
    yield f"{what}: {names}" + (f" and {more:,} more" if more > 0 else "")


def _each(what: str, found: Sequence[str], most: int | None) -> Iterator[str]:
    yield from (f"{what}: {line}" for line in found[:most])
    if most is not None and len(found) > most:
        yield f"{what}: and {len(found) - most:,} more"


def lines(report: LoadReport, most: int | None = LINES_SHOWN) -> list[str]:
    """The report as plain lines, what must be acted on before what is only to be known.

    `most` failures, and notes, have a line each (None: all); the rest is counted.
    Names are safe to print; markup is the business of whoever shows the lines.
    """
    failures = [f"{shown(one.path)}: {sentence(one.reason)}" for one in report.failed]
    found = [summary(report)]
    found += _each("failed", failures, most)
    found += _list("added", report.added)
    found += _list("changed", report.changed)
    found += _list("removed", report.removed)
    if report.unchanged:
        found.append(f"unchanged: {counted(len(report.unchanged), 'document', 'documents')}")
    found += _each("note", [sentence(note) for note in report.notes], most)
    return found
