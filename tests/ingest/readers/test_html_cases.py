"""HTML and Markdown: the cases of `../shared/cases`, each a fault of readers seen before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ingest.readers import read, sandbox

CASES = Path(__file__).parents[4] / "shared" / "cases"


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "block"),
    [
        (
            "latin1.html",
            "The key to the shed costs €15 – the warden’s copy is free. The café opens at 9–11.",
        ),
        ("commentmeta.html", "La clé du hangar coûte cinq francs."),
        ("sup.html", "In June the wardens counted 1,250³ visitors at the gate."),
        ("sup.html", "A drop holds about 10²¹ molecules of water."),
        (
            "math.html",
            "The volume of the tank is V = 42 and its weight when empty is 7 kilograms.",
        ),
        ("form.html", "The yearly fee for a plot is 85 euros and is due in March."),
        (
            "teaser.html",
            "The gate closes at dusk. Dogs stay on the lead. The key costs nine crowns.",
        ),
        ("aside.html", "Never run the pump dry: the seal bursts after 20 seconds."),
        ("dl.html", "Espalier"),
        ("thtable.html", "Members | 318"),
        ("throw.html", "Founder | Ida Kern"),
        ("table.html", "Plot | Area in m2 | Rent in euros"),
        ("table.html", "North | 140 | 61"),
        ("firstempty.html", "Plot | Summer | Winter"),
        ("firstempty.html", "| Ida Kern | Olaf"),
        ("layout.html", "Members pay 40 crowns a year."),
        ("untilfound.html", "The spare key hangs behind the barometer."),
        ("pre.html", "Dogs stay on the lead."),
        ("q.html", "The warden said “never” and meant it."),
        ("del.html", "The fee is 25 crowns a year, and cats are free."),
        (
            "adm.md",
            "Never run the pump dry: the seal bursts after 20 seconds.\n"
            "    Call the warden on 555.",
        ),
        ("adm.md", "Drain the pipe before the first frost."),
        ("html.md", "Scythe | behind the door"),
        ("html.md", "The spade hangs on the left wall."),
        ("html.md", "Where is the rake?"),
    ],
)
def test_a_case_has_the_block(name: str, block: str) -> None:
    parsed = read(name, (CASES / name).read_bytes())
    assert block in [each.span.of(parsed.text) for each in parsed.blocks]


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "title"),
    [("yaml.md", "How the key is kept"), ("yaml2.md", "The key: a story")],
)
def test_a_case_has_the_title(name: str, title: str) -> None:
    assert read(name, (CASES / name).read_bytes()).title == title
