"""Numbers as lists write them: letters, Roman numerals and the other formats of Word."""

from bot.ingest.readers.builder import UNREADABLE

_MOST = 30_000
_MOST_REPEATED = 30
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_MARKS = "*†‡§"
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


def roman(number: int) -> str:
    """`number` in small Roman numerals; nothing for 0."""
    text = ""
    for size, letters in _ROMAN:
        count, number = divmod(number, size)
        text += letters * count
    return text


def letters(number: int) -> str:
    """`number` in small letters, as web pages and sheets count: y, z, aa, ab; nothing for 0."""
    text = ""
    while number > 0:
        number, place = divmod(number - 1, len(_LATIN))
        text = _LATIN[place] + text
    return text


def written(number: int, form: str) -> str:
    """`number` in one of Word's number formats; `[…]` in one that is not known."""
    if not 0 <= number <= _MOST:
        return UNREADABLE
    match form:
        case "decimal":
            return str(number)
        case "decimalZero":
            return f"{number:02}"
        case "lowerRoman" | "upperRoman":
            text = roman(number)
        case "lowerLetter" | "upperLetter":
            text = _repeated(number, _LATIN)
        case "russianLower" | "russianUpper":
            text = _repeated(number, _RUSSIAN)
        case "chicago":
            text = _repeated(number, _MARKS)
        case "numberInDash":
            return f"- {number} -"
        case "none":
            return ""
        case _:
            return UNREADABLE
    return text.upper() if form.startswith("upper") or form.endswith("Upper") else text


def _repeated(number: int, signs: str) -> str:
    """After the last sign, each is written twice, then three times: y, z, aa, bb."""
    if number == 0:
        return ""
    times, place = divmod(number - 1, len(signs))
    return signs[place] * (times + 1) if times < _MOST_REPEATED else UNREADABLE
