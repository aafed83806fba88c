"""Numbers and dates as a sheet shows them, by the format code of their cell.

A code has up to four sections, for positive and negative numbers, zero and text:
`#,##0.00;[Red]-#,##0.00`. A section is literal text around one number, or a date. Codes beyond
that, such as fractions and conditions, are not known; the number is shown plain then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

import regex

_GENERAL = "General"
_ISO_DATE, _ISO_MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
# Each computer decides how the formats 14 and 22 look, and which currency that of 5 to 8, 42 and
# 44 is; 27 to 36 and 50 to 58 are dates of East Asia.
_IN_BRACKETS, _CENTS_IN_BRACKETS = "#,##0_);(#,##0)", "#,##0.00_);(#,##0.00)"
BUILTIN_CODES = dict.fromkeys((*range(27, 37), *range(50, 59), 14), _ISO_DATE)
BUILTIN_CODES |= dict.fromkeys((5, 6, 37, 38, 41, 42), _IN_BRACKETS)
BUILTIN_CODES |= dict.fromkeys((7, 8, 39, 40, 43, 44), _CENTS_IN_BRACKETS)
BUILTIN_CODES |= {
    number: code
    for numbers, codes in (
        (range(5), (_GENERAL, "0", "0.00", "#,##0", "#,##0.00")),
        (range(9, 14), ("0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??")),
        (range(15, 20), ("d-mmm-yy", "d-mmm", "mmm-yy", "h:mm AM/PM", "h:mm:ss AM/PM")),
        (range(20, 23), ("h:mm", "h:mm:ss", _ISO_MOMENT)),
        (range(45, 50), ("mm:ss", "[h]:mm:ss", "mm:ss.0", "##0.0E+0", "@")),
    )
    for number, code in zip(numbers, codes, strict=True)
}
"""The format codes that a file names by number only."""

_TOKEN = regex.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<blank>_.)|(?P<filler>\*.)'
    r"|\[\$(?P<currency>[^\]-]*)(?:-(?P<locale>[^\]]*))?\]"
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<color>[a-z]+ ?\d*)\]|\[(?P<condition>[^\]]*)\]"
    r"|(?P<general>general)|(?P<exponent>e[+-]0+)"
    r"|(?P<half>am/pm|a/p)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)"
    r"|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*,*)?|\.[0#?]+,*)|(?P<percent>%)|(?P<other>.)",
    regex.IGNORECASE | regex.DOTALL,
)
_SECTION_END = regex.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[_*].|[^;])*', regex.DOTALL)
_ENGLISH = regex.compile(r"[0-9a-f]*09", regex.IGNORECASE)
_LONGEST_CODE = 1_000  # Excel itself takes 255 characters
_SYSTEM_DATE, _SYSTEM_TIME = "f800", "f400"
_LITERALS = frozenset(" $€£¥-+()/:.,!^&'~{}<>=|–−·°")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_EPOCH, _MAC_EPOCH = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - sheets know none
_LAST_DAY = 2_958_465
_DAY_SECONDS = 86_400
# Excel takes 1900 for a leap year: the days before this one are counted from one earlier.
_LEAP_DAY = 60
_KEPT_CODES = 500
_PLAIN_CHARACTERS = 10
_LONGEST_INTEGER = Decimal(10) ** 15
# The largest number of a sheet has 309 digits before its point.
_MOST_PLACES, _EXACT = 30, Context(prec=400)
_SMALLEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class UnknownFormatError(ValueError):
    """A format code that this module cannot apply."""


def shown(value: float, code: str, *, has_mac_dates: bool = False) -> str:
    """`value` as a cell with the format `code` shows it.

    `has_mac_dates` tells that days count from 1904. Raises `UnknownFormatError`.
    """
    if len(code) > _LONGEST_CODE:
        raise UnknownFormatError
    sections = _sections(code)
    if len(sections) > 1 and value < 0:
        section, number = sections[1], -value
    elif len(sections) > 2 and value == 0:
        section, number = sections[2], value
    else:
        section, number = sections[0], value
    tokens = _tokens(section)
    if any(token.kind in ("date", "elapsed", "half", "system") for token in tokens):
        return _date(number, tokens, has_mac_dates=has_mac_dates)
    text = _number(abs(number), tokens)
    return f"-{text}" if number < 0 and regex.search(r"[1-9]", text) else text


def plain(value: float) -> str:
    """`value` in the format General: whole numbers in full, others in about ten figures."""
    number = Decimal(repr(value))
    size = abs(number)
    if number == number.to_integral_value() and size < _LONGEST_INTEGER:
        return f"{number:.0f}" if number else "0"
    if not _SMALLEST <= size < _LONGEST_INTEGER:
        mantissa, power = f"{value:.5E}".split("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{power}"
    figures = max(_PLAIN_CHARACTERS - len(str(int(size))), 0)
    text = str(_rounded(number, figures))
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_date(code: str) -> bool:
    """Whether `code` shows a date with its day or year, and not only a time."""
    return len(code) <= _LONGEST_CODE and (
        regex.search(r"[yd]", regex.sub(r'"[^"]*"|\\.|\[[^\]]*\]|general', "", code.lower()))
        is not None
    )


def iso(value: float, *, has_mac_dates: bool = False) -> str:
    """The day that `value` counts, and the time if there is one: `2016-12-31 14:05`."""
    has_time = round(value % 1 * _DAY_SECONDS) > 0
    code = _ISO_MOMENT if has_time else _ISO_DATE
    return _date(value, _tokens(code), has_mac_dates=has_mac_dates)


@lru_cache(maxsize=_KEPT_CODES)
def _sections(code: str) -> Sequence[str]:
    sections: list[str] = []
    start = 0
    while start <= len(code) and len(sections) < 4:
        match = _SECTION_END.match(code, start)
        end = start if match is None else match.end()
        sections.append(code[start:end])
        start = end + 1
    return sections


@lru_cache(maxsize=_KEPT_CODES)
def _tokens(section: str) -> Sequence[_Token]:
    """The parts of a section; raises `UnknownFormatError` for one with another meaning."""
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(section):
        kind = match.lastgroup or "currency"
        text = match[0]
        match kind:
            case "quoted" | "escaped":
                tokens.append(_Token("literal", match[kind]))
            case "blank":
                tokens.append(_Token("literal", " "))
            case "currency" | "locale":
                tokens += _local(match["currency"], match["locale"] or "", section)
            case "other" if text in _LITERALS or not text.isascii():
                tokens.append(_Token("literal", text))
            case "other" if text == "@":
                tokens.append(_Token("general", text))
            case "condition" | "other":
                raise UnknownFormatError(section)
            case "filler" | "color":
                pass
            case "elapsed":
                tokens.append(_Token(kind, match[kind].lower()))
            case _:
                tokens.append(_Token(kind, text.lower()))
    return tokens


def _local(currency: str, locale: str, section: str) -> list[_Token]:
    """The tokens of `[$€-407]`; names of months and days are known in English only."""
    if currency:
        return [_Token("literal", currency)]
    if locale.lower() in (_SYSTEM_DATE, _SYSTEM_TIME):
        return [_Token("system", locale.lower())]
    if not _ENGLISH.fullmatch(locale) and regex.search(r"mmm|ddd", section, regex.IGNORECASE):
        raise UnknownFormatError(section)
    return []


def _number(value: float, tokens: Sequence[_Token]) -> str:
    """A number that is not negative, between the literal text of its section."""
    kinds = [token.kind for token in tokens]
    if kinds.count("digits") + kinds.count("general") > 1:
        raise UnknownFormatError("digits divided by text")
    number = Decimal(repr(value)) * 100 ** kinds.count("percent")
    texts: list[str] = []
    for place, token in enumerate(tokens):
        match token.kind:
            case "general":
                texts.append(plain(value))
            case "digits":
                has_power = kinds[place + 1 : place + 2] == ["exponent"]
                power = tokens[place + 1].text if has_power else ""
                texts.append(
                    _scientific(value, token.text, power) if power else _fixed(number, token.text)
                )
            case "exponent":
                if kinds[place - 1 : place] != ["digits"]:
                    raise UnknownFormatError("a power without digits")
            case _:
                texts.append(token.text)
    return "".join(texts).strip()


def _fixed(number: Decimal, digits: str) -> str:
    """`number` in the places of `digits`, as 1,250.50 in `#,##0.00`."""
    whole, _, fraction = digits.rstrip(",").partition(".")
    number /= Decimal(1000) ** (len(digits) - len(digits.rstrip(",")))
    rounded = f"{_rounded(number, len(fraction)):f}"
    integer, _, decimals = rounded.partition(".")
    least = whole.count("0")
    integer = integer.lstrip("0").rjust(least, "0")
    if "," in whole:
        integer = _grouped(integer)
    while decimals and fraction[len(decimals) - 1] != "0" and decimals.endswith("0"):
        decimals = decimals[:-1]
    return f"{integer}.{decimals}" if decimals or digits.rstrip(",").endswith(".") else integer


def _grouped(integer: str) -> str:
    first = len(integer) % 3
    groups = [integer[:first], *(integer[at : at + 3] for at in range(first, len(integer), 3))]
    return ",".join(filter(None, groups))


def _scientific(value: float, digits: str, power: str) -> str:
    whole, _, fraction = digits.partition(".")
    if whole not in ("0", "#") or set(fraction) - {"0"}:
        raise UnknownFormatError(digits)
    mantissa, exponent = f"{value:.{len(fraction)}E}".split("E")
    size = int(exponent)
    sign = "-" if size < 0 else power[1].replace("-", "")
    return f"{mantissa}E{sign}{str(abs(size)).rjust(len(power) - 2, '0')}"


def _rounded(number: Decimal, places: int) -> Decimal:
    if places > _MOST_PLACES:
        raise UnknownFormatError("too many places")
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def _date(value: float, tokens: Sequence[_Token], *, has_mac_dates: bool) -> str:
    if not 0 <= value <= _LAST_DAY:
        raise UnknownFormatError("no date")
    system = next((token.text for token in tokens if token.kind == "system"), None)
    if system is not None:
        tokens = _tokens(_ISO_DATE if system == _SYSTEM_DATE else "h:mm:ss")
    has_fraction = any(token.kind == "date" and "." in token.text for token in tokens)
    seconds = round(value * _DAY_SECONDS, 3 if has_fraction else 0)
    names_day = any(token.kind == "date" and token.text[0] in "yd" for token in tokens)
    if names_day and value < 1 and not has_mac_dates:
        raise UnknownFormatError("no day")
    epoch = _MAC_EPOCH if has_mac_dates else _EPOCH
    if not has_mac_dates and value < _LEAP_DAY:
        epoch += timedelta(days=1)
    moment = epoch + timedelta(seconds=seconds)
    has_half = any(token.kind == "half" for token in tokens)
    texts: list[str] = []
    for place, token in enumerate(tokens):
        match token.kind:
            case "date":
                is_minute = token.text in ("m", "mm") and _is_minute(tokens, place)
                texts.append(_date_part(moment, token.text, is_minute=is_minute, has_half=has_half))
            case "elapsed":
                size = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
                texts.append(str(math.floor(seconds / size)).rjust(len(token.text), "0"))
            case "half":
                name = "PM" if moment.hour >= 12 else "AM"
                texts.append(name if token.text == "am/pm" else name[0])
            case "literal":
                texts.append(token.text)
            case _:
                raise UnknownFormatError("a number in a date")
    return "".join(texts).strip()


def _is_minute(tokens: Sequence[_Token], place: int) -> bool:
    """Whether `m` stands behind hours or before seconds, and is no month."""
    before, after = (
        [token.text for token in part if token.kind in ("date", "elapsed")]
        for part in (tokens[:place], tokens[place + 1 :])
    )
    return "".join(before[-1:]).startswith("h") or "".join(after[:1]).startswith("s")


def _date_part(moment: datetime, token: str, *, is_minute: bool, has_half: bool) -> str:
    if is_minute:
        return str(moment.minute).rjust(len(token), "0")
    month, day = _MONTHS[moment.month - 1], _DAYS[moment.weekday()]
    match token[0], len(token):
        case "y", length:
            return f"{moment.year % 100:02}" if length < 3 else str(moment.year)
        case "m", length if length > 2:
            return {3: month[:3], 5: month[0]}.get(length, month)
        case "d", length if length > 2:
            return day[:3] if length == 3 else day
        case "s", _:
            whole, _, fraction = token.partition(".")
            second = str(moment.second).rjust(len(whole), "0")
            return (
                f"{second}.{moment.microsecond:06}"[: len(second) + 1 + len(fraction)]
                if fraction
                else second
            )
        case first, length:
            hour = (moment.hour % 12 or 12) if has_half else moment.hour
            number = {"m": moment.month, "d": moment.day, "h": hour}[first]
            return str(number).rjust(min(length, 2), "0")
