"""Numbers as lists write them: letters and Roman numerals."""

_LATIN = "abcdefghijklmnopqrstuvwxyz"
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
