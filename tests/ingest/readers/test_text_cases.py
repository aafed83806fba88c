"""Plain text: the cases of `../shared/cases`, each a fault of readers seen before."""

from pathlib import Path

import pytest

from bot.ingest.readers import text

CASES = Path(__file__).parents[4] / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not there")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("koi8", "Ключ от сарая стоит пять рублей."),
        ("cp1250pl", "kosztuje pięć złotych."),
        ("cp1250pllong", "Wiosną członkowie towarzystwa czyszczą studnię"),
        ("cp850", "La clé du hangar coûte cinq francs."),
        ("mixed", "Le café ferme à midi.\nDie Größe ist 5 m²."),
        ("utf16le", "The key to the shed costs five euros."),
        ("tis620", "กุญแจโรงเก็บของราคาห้าบาท"),
    ],
)
def test_encodings_are_told(name: str, words: str) -> None:
    parsed = text.parse((CASES / f"{name}.txt").read_bytes())
    assert words in parsed.text
    assert parsed.blocks
    assert bool(parsed.remarks) == (name == "mixed")
