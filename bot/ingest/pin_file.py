"""The file of the pins, `pins.toml` beside the top folders: read for a load, and changed.

A change is made in the text of the file, so that comments and the order of the pins stay as
somebody wrote them. What is written is read again before it gets the file's name. A change by
hand at the same time is kept: the pin is then put into the file as it is by then.
"""

import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import regex

from bot.core.errors import CorpusError, DocumentError, ManifestError, PinError
from bot.core.pins import Pin
from bot.ingest.manifest_files import MAX_BYTES, bytes_of
from bot.ingest.pin_tables import MOST_PINS, parse_pins, pin_tables, pin_text
from bot.ingest.report import Failure
from bot.ingest.upload_files import UploadTarget, explained_faults, write_file
from bot.ingest.walk import PINS, FolderListing, open_file, real_folder

_HEADER = regex.compile(r"[ \t]*\[\[[ \t]*(?:pin|\"pin\"|'pin')[ \t]*\]\][ \t]*(?:#.*)?\r?\n?")
_BLANK_OR_COMMENT = regex.compile(r"[ \t]*(?:#.*)?\r?\n?")
_ATTEMPTS = 3

# A change reads the file and writes it: of two at a time, the second begins after the first.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class PinsLoad:
    """The pins of a corpus folder, notes on those that cannot be used, and a file's failure."""

    pins: tuple[Pin, ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()


def read_pins(listing: FolderListing) -> PinsLoad:
    """The pins of a folder; a fault in their file takes nothing else down."""
    for file in listing.pins:
        try:
            pins, notes = parse_pins(file.path, bytes_of(file))
            return PinsLoad(pins, notes)
        except ManifestError as fault:
            reason = str(fault).removeprefix(file.path).removeprefix(":").strip()
            return PinsLoad(failed=(Failure.of(file.path, f"no pin answers, for it {reason}"),))
    return PinsLoad()


@dataclass(frozen=True, slots=True)
class PinFile:
    """The pins of a corpus folder, to be changed; blocks. Every change may raise `PinError`."""

    folder: Path

    def pins(self) -> tuple[Pin, ...]:
        """The pins as they stand in the file now."""
        with _refusals():
            return _parsed(_text_of(self._target()))

    def add(self, pin: Pin) -> Pin | None:
        """Write a pin in place of that with its key, or at the end; returns the one it replaced."""
        return self._change(pin.key, pin)

    def remove(self, key: str) -> Pin | None:
        """Take out the pin with that key, and return it; None if there is none."""
        return self._change(key, None)

    def _change(self, key: str, pin: Pin | None) -> Pin | None:
        with _refusals(), _lock:
            for _ in range(_ATTEMPTS - 1):
                # Somebody may write the file meanwhile; their change must not be lost.
                with suppress(DocumentError):
                    return self._change_once(key, pin)
            return self._change_once(key, pin)

    def _change_once(self, key: str, pin: Pin | None) -> Pin | None:
        target = self._target()
        text = _text_of(target)
        pins = _parsed(text)
        old = next((each for each in pins if each.key == key), None)
        if pin is not None:
            _check_entry(pin)
            if old is None and len(pins) >= MOST_PINS:
                raise DocumentError(f"it has {MOST_PINS:,} pins: take old pins out")
        if old != pin:
            new = _changed(text, key, pin)
            _check(new, pins, key, pin)
            write_file(str(target.place.parent), target, _encoded(new), None)
        return old

    def _target(self) -> UploadTarget:
        place = Path(real_folder(self.folder), PINS)
        try:
            return UploadTarget(PINS, place, place.lstat())
        except FileNotFoundError:
            return UploadTarget(PINS, place, None)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn every fault inside into a `PinError`: the file is as it was."""
    try:
        with explained_faults("corpus folder"):
            yield
    except (CorpusError, ManifestError) as fault:
        raise PinError(str(fault)) from None
    except DocumentError as fault:
        reason = Failure.of(PINS, str(fault)).reason
        raise PinError(f"{PINS} cannot be changed because {reason}") from None


def _text_of(target: UploadTarget) -> str:
    if target.replaced is None:
        return ""
    with open_file(target.place) as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise DocumentError("it is too large: take old pins out")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(f"{PINS} is not UTF-8 text: save it as UTF-8.") from None


def _parsed(text: str) -> tuple[Pin, ...]:
    return parse_pins(PINS, _encoded(text))[0]


def _changed(text: str, key: str, pin: Pin | None) -> str:
    """The text of the file with `pin` in place of the pins with that key; None takes them out."""
    lines = _lines(text)
    starts = _starts(lines, len(pin_tables(PINS, _encoded(text))))
    new = [] if pin is None else _lines(pin_text(pin))
    result = lines[: starts[0]] if starts else lines
    for start, end in pairwise([*starts, len(lines)]):
        # Comments before the next pin belong to that.
        body_end = end
        while body_end > start and _BLANK_OR_COMMENT.fullmatch(lines[body_end - 1]):
            body_end -= 1
        pins = _parsed("".join(lines[start:end]))
        if pins and pins[0].key == key:
            result += [*new, *lines[body_end:end]]
            new = []
        else:
            result += lines[start:end]
    if new and "".join(result).strip():
        end_of_line = "" if result[-1].endswith("\n") else "\n"
        result += [end_of_line, "\n"]
    return "".join([*result, *new])


def _lines(text: str) -> list[str]:
    # Other signs that Python takes for the end of a line are none in TOML.
    return regex.findall(r"[^\n]*\n|[^\n]+", text)


def _starts(lines: Sequence[str], count: int) -> list[int]:
    """The lines with which the `count` pins begin."""
    starts = [number for number, line in enumerate(lines) if _HEADER.fullmatch(line)]
    if len(starts) > count:
        # A line within a text of several lines may look so; what is before it is no TOML then.
        starts = [start for start in starts if _is_toml("".join(lines[:start]))]
    if len(starts) != count:
        raise DocumentError("its pins are not written under [[pin]]: write them so")
    return starts


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise DocumentError("the pin holds what is no character: leave that out") from None


def _check_entry(pin: Pin) -> None:
    """Raise `ManifestError` where a load would leave the pin out."""
    _, faults = parse_pins(PINS, _encoded(pin_text(pin)))
    if faults:
        reason = faults[0].removeprefix(f"{PINS}: pin 1").lstrip(", ").rstrip(".")
        raise ManifestError(f"This cannot be pinned: {reason}.")


def _check(text: str, before: Sequence[Pin], key: str, pin: Pin | None) -> None:
    """Raise `DocumentError` unless `text` has the pins of before with that one change."""
    others = [each for each in before if each.key != key]
    now = _parsed(text)
    is_right = [each for each in now if each.key != key] == others
    if not is_right or [each for each in now if each.key == key] != ([] if pin is None else [pin]):
        raise DocumentError("its text cannot be changed safely: change it by hand")
