r"""The tables of `pins.toml`, read and written.

One table a pin, with a table for each quote:

    [[pin]]
    question = "Who let the ferry out on Sunday?"
    space = "discord:123"           # only for the rooms of that server; else left out
    by = "discord:456"
    at = 2026-11-30T16:05:00Z

    [[pin.quote]]
    document = "minutes/2016-12.pdf"
    quote = "On Sundays the ferry is let to the school."
    place = "page 3, paragraph 7"   # tells equal words of one document apart

`space`, `by`, `at` and `place` may be left out. Of pins with the same question and space, the last
one holds.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ValidationError

from bot.core.errors import ManifestError
from bot.core.pins import Pin, PinnedQuote, folded_question
from bot.ingest.display_names import display_name
from bot.ingest.manifest import entry_path
from bot.ingest.toml_tables import TomlModel, parse_toml, problem_of, quoted

MOST_QUOTES = 8
"""Quotes of one pin."""

MOST_PINS = 2_000
"""Pins that are served; the question of each is compared with what is asked."""

QUESTION_CHARACTERS = 2_000
"""Longest question, as in chat."""

QUOTE_CHARACTERS = 5_000


def _text(most: int) -> AfterValidator:
    def check(value: str) -> str:
        if not value.strip():
            raise ValueError("is empty; fill it in")
        if len(value) > most:
            raise ValueError(f"is longer than {most:,} characters; shorten it")
        return value

    return AfterValidator(check)


def _question(value: str) -> str:
    if not folded_question(value):
        raise ValueError("has no words; fill it in")
    return value


_Entry = TypeVar("_Entry", bound=TomlModel)


class _QuoteEntry(TomlModel):
    document: Annotated[str, _text(QUESTION_CHARACTERS)]
    quote: Annotated[str, _text(QUOTE_CHARACTERS)]
    place: str = ""


class _PinEntry(TomlModel):
    question: Annotated[str, _text(QUESTION_CHARACTERS), AfterValidator(_question)]
    space: Annotated[str, _text(QUESTION_CHARACTERS)] | None = None
    by: str = ""
    at: datetime | None = None


def parse_pins(file: str, data: bytes) -> tuple[tuple[Pin, ...], tuple[str, ...]]:
    """The pins of a `pins.toml`, in order, and a sentence for each that cannot be used.

    `file` names it there, and in the `ManifestError` of a file that cannot be understood at all.
    """
    where = display_name(file)
    pins: dict[str, Pin] = {}
    faults: list[str] = []
    for number, table in enumerate(pin_tables(file, data), 1):
        try:
            pin = _pin(table)
        except ManifestError as fault:
            faults.append(f"{where}: pin {number}{fault}")
            continue
        if pins.pop(pin.key, None) is not None:
            faults.append(
                f"{where}: pin {number} has the question of another above, which does not hold;"
                " take one of them out"
            )
        pins[pin.key] = pin
    if len(pins) > MOST_PINS:
        faults.append(f"{where}: more than {MOST_PINS:,} pins; the last ones are left out")
    return tuple(pins.values())[:MOST_PINS], tuple(faults)


def pin_tables(file: str, data: bytes) -> list[Any]:
    """The tables of the pins, as they stand in the file."""
    where = display_name(file)
    content = parse_toml(file, data)
    for key in content:
        if key != "pin":
            raise ManifestError(
                f"{where}: key {quoted(key)} is unknown; write each pin under [[pin]], and its"
                " quotes under [[pin.quote]]."
            )
    tables = content.get("pin", [])
    if not isinstance(tables, list):
        raise ManifestError(f"{where}: write [[pin]] in double brackets.")
    return tables


def _pin(table: Any) -> Pin:
    """The pin of a table; the text of the `ManifestError` continues its number."""
    if not isinstance(table, dict):
        raise ManifestError(" is not a table; write it under [[pin]].")
    quotes = table.get("quote")
    entry = _entry(_PinEntry, {key: value for key, value in table.items() if key != "quote"})
    if not isinstance(quotes, list) or not quotes:
        raise ManifestError(" has no quote; add one under [[pin.quote]].")
    if len(quotes) > MOST_QUOTES:
        raise ManifestError(f" has more than {MOST_QUOTES} quotes; make two pins of it.")
    first, *others = (_quote(number, quote) for number, quote in enumerate(quotes, 1))
    return Pin(entry.question, (first, *others), entry.space, entry.by, entry.at)


def _quote(number: int, table: Any) -> PinnedQuote:
    if not isinstance(table, dict):
        raise ManifestError(f", quote {number} is not a table; write it under [[pin.quote]].")
    entry = _entry(_QuoteEntry, table, f", quote {number}")
    return PinnedQuote(entry_path(entry.document), entry.quote, entry.place)


def _entry(model: type[_Entry], table: Mapping[str, Any], where: str = "") -> _Entry:
    try:
        return model.model_validate(table)
    except ValidationError as fault:
        raise ManifestError(f"{where}, {problem_of(fault, model)}") from None


def pin_text(pin: Pin) -> str:
    """A pin as its tables, with a line break at the end."""
    lines = ["[[pin]]", f"question = {_string(pin.question)}"]
    if pin.space is not None:
        lines.append(f"space = {_string(pin.space)}")
    if pin.by:
        lines.append(f"by = {_string(pin.by)}")
    if pin.at is not None:
        lines.append(f"at = {pin.at.isoformat()}")
    for quote in pin.quotes:
        lines += _quote_lines(quote)
    return "\n".join(lines) + "\n"


def _quote_lines(quote: PinnedQuote) -> Iterator[str]:
    yield ""
    yield "[[pin.quote]]"
    yield f"document = {_string(quote.document)}"
    yield f"quote = {_string(quote.quote)}"
    if quote.place:
        yield f"place = {_string(quote.place)}"


def _string(text: str) -> str:
    """A text as a basic string of TOML, one with line breaks over several lines."""
    if "\n" not in text:
        return _escaped(text)
    # The first line break after the quotation marks is none of the text.
    lines = (_escaped(line)[1:-1] for line in text.split("\n"))
    return '"""\n' + "\n".join(lines) + '"""'


def _escaped(line: str) -> str:
    # The escapes of JSON are those of TOML, which has one more.
    return json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
