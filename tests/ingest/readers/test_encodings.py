"""Old encodings: told apart where the words tell, else reported, and named by the curator."""

from pathlib import Path

import pytest

from bot.core.errors import DocumentError
from bot.ingest.readers import read
from bot.ingest.readers.decoding import decode, decode_html
from tests.harness.documents import read_folder

POLISH = "Każdy członek płaci dwanaście złotych rocznie."
CZECH = "Ztracený klíč je nutné ohlásit do týdne."
HUNGARIAN = "Minden tag évente tizenkét forintot fizet a kertért."
RUSSIAN = "Каждый член платит двенадцать рублей в год."
FRENCH = "Chaque membre paie douze francs par année, même en été."
GERMAN = "Ein verlorener Schlüssel muß binnen einer Woche gemeldet werden."
DANISH = "Hvert medlem betaler tolv kroner om året for nøglen."
GREEK = "Κάθε μέλος πληρώνει δώδεκα ευρώ τον χρόνο."
THAI = "กุญแจโรงเก็บของราคาห้าบาท ประตูปิดตอนค่ำ"
JAPANESE = "倉庫の鍵は五百円です。門は日没に閉まります。"


@pytest.mark.parametrize(
    ("words", "encodings"),
    [
        (POLISH, "cp1250 iso8859-2 cp852"),
        (CZECH, "cp1250 iso8859-2"),
        (HUNGARIAN, "cp1250 iso8859-2 cp852"),
        (RUSSIAN, "koi8-r cp1251 cp866 iso8859-5"),
        (FRENCH, "cp1252 iso8859-15 cp850 mac-roman"),
        (GERMAN, "cp1252 iso8859-15 cp850 mac-roman"),
        (DANISH, "cp1252 cp850 mac-roman"),
        (GREEK, "cp1253 iso8859-7"),
        (THAI, "tis-620 cp874"),
        (JAPANESE, "shift_jis euc_jp"),
        ("The warden’s key – it’s lost. See § 5, which costs €15.", "cp1252"),
        ("It costs £5 to mow a plot, and members pay it in May. " * 3, "cp1252"),
        ("Water boils at 100 °C in the shed by the gate of the meadow.", "cp1252"),
        ("Jürgen Müller keeps the key to the shed all year long.", "cp1252"),
    ],
)
def test_one_sentence_is_enough_to_tell_most_encodings(words: str, encodings: str) -> None:
    for encoding in encodings.split():
        assert decode(words.encode(encoding)).text == words, encoding


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(encoding: str) -> None:
    words = "The key to the shed costs five euros. The gate closes at dusk."
    assert decode(words.encode(encoding)).text == words


@pytest.mark.parametrize(
    ("data", "encodings"),
    [
        ("в сентябре, а".encode("mac-cyrillic"), True),
        ("Škoda, Žižka".encode("cp1250"), False),
        ("Größe".encode("cp850"), False),
        (b"na\xefve", False),
    ],
)
def test_an_encoding_in_doubt_is_not_served(data: bytes, encodings: bool) -> None:
    with pytest.raises(DocumentError) as caught:
        decode(data)
    sentence = str(caught.value)
    assert sentence.startswith("Its encoding may be" if encodings else "Its encoding cannot be")
    assert "sources.toml (encoding =" in sentence


def test_the_curator_names_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes("Größe und Höhe.".encode("cp850"))
    (tmp_path / "sources.toml").write_text('["note.txt"]\nencoding = "cp850"\n')
    assert read_folder(tmp_path).documents[0].text == "Größe und Höhe."
    assert read("a.txt", "Größe".encode("cp850"), encoding="cp850").text == "Größe"
    assert decode_html("<p>Größe".encode("cp850"), "cp850").text == "<p>Größe"
    assert decode("Größe".encode("utf-16"), "utf-16").text == "Größe"
    with pytest.raises(DocumentError, match="not in the encoding ascii that"):
        decode("Größe".encode("cp850"), "ascii")


def test_lines_of_another_encoding_do_not_spoil_the_others() -> None:
    utf_8, other = "Die Größe ist 5 m².\n", "Le café ferme à midi.\n"
    decoded = decode(utf_8.encode() + other.encode("cp1252") + utf_8.encode())
    assert decoded.text == utf_8 + other + utf_8
    assert decoded.remarks == (
        "has bytes that are not UTF-8 in line 2, which are read as windows-1252",
    )
    many = decode((utf_8.encode() + b"5 \x80\n") * 5)
    assert many.text == (utf_8 + "5 €\n") * 5
    assert "in lines 2, 4, 6 and 2 more, which" in many.remarks[0]
    assert read("a.txt", (utf_8 * 3).encode() + b"5 \x80").remarks
