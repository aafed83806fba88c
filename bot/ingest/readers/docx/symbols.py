"""Signs of the symbol fonts that Word uses, as Unicode.

Such a font has pictures at the codes of letters; a document names the font and the code. The
table of Symbol is Adobe's, that of Wingdings has only signs with a fixed meaning.
"""

from bot.ingest.readers.builder import UNREADABLE

# From 0x20 and from 0xA0; a blank stands for a code without a sign.
_SYMBOL = {
    0x20: " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    0x61: "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA0: "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…",
    0xBF: "↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈",
    0xE2: "®©™∑",
    0xF1: "〉∫",
}
_WINGDINGS = dict(
    zip(
        b"JLlnoquvw\x9f\xa7\xa8\xd8\xdf\xe0\xe1\xe2\xe8\xef\xf0\xfb\xfc\xfd\xfe",
        "☺☹●■□❑◆❖⬥•▪◻➢←→↑↓➔⇦⇨✗✓☒☑",
        strict=True,
    )
)
_TABLES = {
    "symbol": {
        start + place: sign for start, signs in _SYMBOL.items() for place, sign in enumerate(signs)
    },
    "wingdings": _WINGDINGS,
}
_PRIVATE = 0xF000


def is_symbol_font(font: str | None) -> bool:
    """Whether a font has pictures at the codes of letters."""
    return (font or "").lower().startswith(("symbol", "wingdings", "webdings"))


def symbol(font: str | None, code: str | None) -> str:
    """The sign with the hexadecimal `code` in `font`; `[…]` where that is not known.

    Word shifts the codes of symbol fonts to U+F000 and above.
    """
    try:
        number = int(code or "", 16)
    except ValueError:
        return UNREADABLE
    if not is_symbol_font(font):
        readable = 0x20 <= number < 0xD800 or 0xF900 <= number <= 0xFFFD
        return chr(number) if readable else UNREADABLE
    table = _TABLES.get((font or "").lower(), {})
    return table.get(number - _PRIVATE if number >= _PRIVATE else number, UNREADABLE)
