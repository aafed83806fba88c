"""The log reader: an entry with the lines that continue it, such as a stack trace, is a passage."""

from collections.abc import Callable, Sequence

import regex

from bot.core.documents import Parsed
from bot.ingest.readers.numbered_lines import NumberedLine, decoded, numbered_lines, parsed_lines

MOST_CHARACTERS, MOST_LINES = 6_000, 200
"""A longer entry is cut: it would be several passages under the numbers of all its lines."""

_STAMP_WITHIN = 60
_STAMPED_SHARE = 0.2
_STAMP = regex.compile(
    r"\b\d{1,2}:\d{2}:\d{2}(?!\d)|\b\d{4}[-/]\d{2}[-/]\d{2}|\b\d{2}[-/.]\d{2}[-/.]\d{2,4}\b"
    r"|\b\d{10}(?:\d{3}|\.\d+)?\b"
)
_CONTINUATION = regex.compile(
    r"Traceback \(|Caused by\b|Suppressed:|[\w.]+(?:Error|Exception)\b|[})\]]"
)


def parse(data: bytes) -> Parsed:
    """The blocks of a file in UTF-8."""
    text = decoded(data)
    lines = numbered_lines(text)
    begins = _is_stamped if _has_stamps(lines) else _is_entry
    return parsed_lines(text, _entries(lines, begins))


def _entries(
    lines: Sequence[NumberedLine], begins: Callable[[NumberedLine], bool]
) -> list[list[NumberedLine]]:
    entries: list[list[NumberedLine]] = []
    for line in lines:
        if entries and not _is_full(entries[-1], line) and not begins(line):
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries


def _is_full(entry: Sequence[NumberedLine], line: NumberedLine) -> bool:
    """Whether `line` would make an entry too long."""
    return len(entry) >= MOST_LINES or line.end - entry[0].start > MOST_CHARACTERS


def _has_stamps(lines: Sequence[NumberedLine]) -> bool:
    """Whether lines that are not indented have times often enough to tell where entries begin."""
    heads = [line for line in lines if not line.indent]
    return sum(map(_is_stamped, heads)) > _STAMPED_SHARE * len(heads)


def _is_stamped(line: NumberedLine) -> bool:
    return not line.indent and _STAMP.search(line.body, 0, _STAMP_WITHIN) is not None


def _is_entry(line: NumberedLine) -> bool:
    return not line.indent and _CONTINUATION.match(line.body) is None
