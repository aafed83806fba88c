"""Plain text: the cases of `../shared/cases`, each a fault of readers seen before."""

from pathlib import Path

import pytest

from bot.core.documents import BlockKind
from bot.ingest.readers import read
from tests.harness.office_files import seen

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
    parsed = read(f"{name}.txt", (CASES / f"{name}.txt").read_bytes())
    assert words in parsed.text
    assert parsed.blocks
    assert bool(parsed.remarks) == (name == "mixed")
    assert any(block.kind is not BlockKind.HEADING for block in parsed.blocks)


def test_a_law_keeps_its_numbers() -> None:
    parsed = read("law.txt", (CASES / "law.txt").read_bytes())
    assert ("heading2", "§ 1 Keys") in seen(parsed)
    assert ("item (2)", "(2) A lost key costs nine crowns.") in seen(parsed)


def test_the_heads_of_pages_are_no_sections() -> None:
    parsed = read("rfc.txt", (CASES / "rfc.txt").read_bytes())
    main = [words for kind, words in seen(parsed) if kind == "heading2"]
    assert main == ["How the Shed Key Is Kept", "1.  Introduction", "2.  Security Considerations"]
