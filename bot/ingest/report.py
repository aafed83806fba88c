"""The report of a load, and its wording for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.corpus import Corpus
from bot.ingest.display_names import display_name, label

MAX_NAMES = 10
"""Names in one list; the rest is counted."""

MAX_LINES = 20
"""Failures, and notes, that get a line each; the rest is counted."""

_REASON_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that is not served: the display name of its path, and the reason for a person.

    The reason continues a sentence after the file's name: "it is empty: fill it."
    """

    path: str
    reason: str

    @classmethod
    def of(cls, path: str, reason: str) -> Failure:
        """A failure from a raw path and a reason that may begin with a capital."""
        reason = sentence(reason)
        if reason[:2].istitle() or reason[1:2] == " ":  # "It" and "A", but not "PDF"
            reason = reason[0].lower() + reason[1:]
        return cls(display_name(path), reason)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The documents of a load compared with the load before; paths below the corpus folder.

    `documents` and `passages` are the numbers served now, `seconds` is the duration of the
    load, `revision` the revision of the corpus, `notes` are sentences for the curator, those of
    them among `lost_pins` are about pins that no longer answer.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]
    lost_pins: tuple[str, ...]
    documents: int
    passages: int
    seconds: float
    revision: str

    @classmethod
    def of(
        cls,
        before: Corpus | None,
        now: Corpus,
        failed: Iterable[Failure],
        notes: Iterable[str],
        lost_pins: Iterable[str],
        seconds: float,
    ) -> LoadReport:
        """The report of a load after which `now` is served, and before which it was `before`."""
        old = {} if before is None else {d.path: d.identity for d in before.documents}
        new = {document.path: document.identity for document in now.documents}
        failed = tuple(failed)
        failed_paths = {failure.path for failure in failed}
        return cls(
            added=tuple(path for path in new if path not in old),
            changed=tuple(path for path in new if path in old and new[path] != old[path]),
            unchanged=tuple(path for path in new if new[path] == old.get(path)),
            removed=tuple(
                path for path in old if path not in new and display_name(path) not in failed_paths
            ),
            failed=failed,
            notes=tuple(notes),
            lost_pins=tuple(lost_pins),
            documents=len(now.documents),
            passages=now.passage_count,
            seconds=seconds,
            revision=now.revision,
        )


def counted(count: int, singular: str, plural: str) -> str:
    """A number with its noun: "1 document", "1,204 documents"."""
    return f"{count:,} {singular if count == 1 else plural}"


def sentence(reason: str) -> str:
    """A reason on one printable line with one full stop at its end."""
    return label(reason, _REASON_CHARACTERS).rstrip(". ") + "."


def summary(report: LoadReport) -> str:
    """The report in one line, for a log: the numbers served and the duration."""
    documents = counted(report.documents, "document", "documents")
    passages = counted(report.passages, "passage", "passages")
    parts = [f"{documents}, {passages}, read in {report.seconds:.1f} s"]
    if report.failed:
        parts.append(f"{counted(len(report.failed), 'file', 'files')} failed")
    return "; ".join(parts)


def _name_list(title: str, paths: Sequence[str]) -> Iterator[str]:
    if not paths:
        return
    names = ", ".join(display_name(path) for path in paths[:MAX_NAMES])
    more = len(paths) - MAX_NAMES
    yield f"{title}: {names}" + (f" and {more:,} more" if more > 0 else "")


def _line_each(title: str, items: Sequence[str], max_lines: int | None) -> Iterator[str]:
    yield from (f"{title}: {item}" for item in items[:max_lines])
    if max_lines is not None and len(items) > max_lines:
        yield f"{title}: and {len(items) - max_lines:,} more"


def lines(report: LoadReport, max_lines: int | None = MAX_LINES) -> list[str]:
    """The report as plain lines; failures, which need action, come first.

    `max_lines` failures, and notes, have a line each (None: all); the rest is counted.
    Names are safe to print; a caller that shows markup escapes it.
    """
    result = [summary(report)]
    result += failure_lines(report.failed, max_lines)
    result += _name_list("added", report.added)
    result += _name_list("changed", report.changed)
    result += _name_list("removed", report.removed)
    if report.unchanged:
        result.append(f"unchanged: {counted(len(report.unchanged), 'document', 'documents')}")
    result += note_lines(report.notes, max_lines)
    return result


def failure_lines(failed: Iterable[Failure], max_lines: int | None = None) -> Iterator[str]:
    """A line a failure, at most `max_lines`."""
    failures = [f"{display_name(file.path)}: {sentence(file.reason)}" for file in failed]
    return _line_each("failed", failures, max_lines)


def note_lines(notes: Iterable[str], max_lines: int | None = None) -> Iterator[str]:
    """A line a note, at most `max_lines`."""
    return _line_each("note", [sentence(note) for note in notes], max_lines)
