"""Pins over a corpus on disk: answered, scoped, followed and reported."""

import re
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.core.pins import Pin, PinnedQuote, PinState
from bot.core.replies import Answer, Confidence, Silence
from bot.ingest.pin_file import PinFile
from tests.harness.index_jobs import reloader

FERRY = """# The ferry

On Sundays the vessel is let to the school of Corvel. The vessel costs 40 crowns a day.

The captain keeps the log of the vessel in the tower.
"""
CLUB = """# The club

On Sundays the rowing club has the vessel. The vessel costs 55 crowns a day.
"""
SECRET = """# The vault

The code of the vault is known to the mayor alone.
"""
ASKED = "who gets to float about at the weekend"
QUOTE = PinnedQuote("open/ferry.md", "On Sundays the vessel is let to the school of Corvel.")
PIN = Pin(ASKED, (QUOTE,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in (
        ("open/ferry.md", FERRY),
        ("open/club.md", CLUB),
        ("closed/vault.md", SECRET),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


async def serving(folder: Path, *pins: Pin) -> AnsweringService:
    for pin in pins:
        PinFile(folder).add(pin)
    answering = AnsweringService(reloader(folder))
    await answering.reload()
    return answering


async def test_a_silence_becomes_an_answer_and_back(folder: Path) -> None:
    answering = await serving(folder)
    silence = await answering.ask(ASKED)
    assert isinstance(silence, Silence)
    PinFile(folder).add(PIN)
    await answering.reload()
    answer = await answering.ask(ASKED.upper() + "?")
    assert isinstance(answer, Answer)
    assert (answer.excerpts[0].quote, answer.pinned) == (QUOTE.quote, 1)
    assert answer.confidence is Confidence.HIGH
    assert answer.missing_terms == ()
    assert answer.excerpts[0].citation.document == "open/ferry.md"
    assert answer.revision != silence.revision
    explanation = await answering.explain(ASKED)
    assert explanation.pin is not None
    assert (explanation.pin.key, explanation.pin.same) == (PIN.key, True)
    PinFile(folder).remove(PIN.key)
    await answering.reload()
    assert (await answering.ask(ASKED)) == silence


async def test_another_document_that_differs_stays_behind_the_pin(folder: Path) -> None:
    question = "How many crowns does the vessel cost a day?"
    pin = Pin(question, (PinnedQuote("open/ferry.md", "The vessel costs 40 crowns a day."),))
    answering = await serving(folder, pin)
    answer = await answering.ask(question)
    assert isinstance(answer, Answer)
    assert answer.pinned == 1
    assert [each.citation.document for each in answer.excerpts] == ["open/ferry.md", "open/club.md"]
    assert answer.speaking == 2
    (difference,) = answer.differences
    assert [figure.text for figure in difference.figures] == ["40", "55"]


async def test_a_question_like_the_pin_is_answered_and_not_sure(folder: Path) -> None:
    pin = Pin("who has the vessel of the school on sundays", (QUOTE,))
    answering = await serving(folder, pin)
    answer = await answering.ask("which school gets the vessel, is it on a sunday")
    assert isinstance(answer, Answer)
    assert answer.pinned == 1
    explanation = await answering.explain("which school gets the vessel, is it on a sunday")
    assert explanation.pin is not None
    assert not explanation.pin.same
    assert explanation.pin.level <= explanation.pin.likeness < 1


async def test_a_pin_of_a_server_is_for_its_rooms_alone(folder: Path) -> None:
    own = Pin(ASKED, (QUOTE,), space="discord:1")
    answering = await serving(folder)
    before = await answering.ask(ASKED)
    PinFile(folder).add(own)
    await answering.reload()
    inside = await answering.ask(ASKED, space="discord:1")
    assert isinstance(inside, Answer)
    for space in ("discord:2", "matrix:!a:b", None):
        assert await answering.ask(ASKED, space=space) == before
        assert (await answering.explain(ASKED, space=space)).pin is None
        assert await answering.pins(space=space) == ()
        assert await answering.revision(space=space) == before.revision
    assert await answering.revision(space="discord:1") == inside.revision
    assert [each.pin for each in await answering.pins(space="discord:1")] == [own]
    assert answering.is_cached(ASKED, space="discord:2")


async def test_the_pin_of_a_server_goes_before_that_for_all(folder: Path) -> None:
    club = PinnedQuote("open/club.md", "On Sundays the rowing club has the vessel.")
    answering = await serving(folder, PIN, Pin(ASKED, (club,), space="discord:1"))
    inside = await answering.ask(ASKED, space="discord:1")
    outside = await answering.ask(ASKED, space="discord:2")
    assert isinstance(inside, Answer)
    assert isinstance(outside, Answer)
    assert inside.excerpts[0].quote == club.quote
    assert outside.excerpts[0].quote == QUOTE.quote


async def test_another_answer_has_another_revision(folder: Path) -> None:
    other = PinnedQuote("open/club.md", "On Sundays the rowing club has the vessel.")
    revisions, quotes = set(), set()
    for spaces in ((None, "discord:1"), ("discord:1", None)):
        (folder / "pins.toml").unlink(missing_ok=True)
        pins = (Pin(ASKED, (q,), space) for q, space in zip((QUOTE, other), spaces, strict=True))
        answer = await (await serving(folder, *pins)).ask(ASKED, space="discord:1")
        assert isinstance(answer, Answer)
        quotes.add(answer.excerpts[0].quote)
        revisions.add(answer.revision)
    assert (len(quotes), len(revisions)) == (2, 2)


async def test_a_pin_on_a_closed_document_leaves_no_trace(folder: Path) -> None:
    answering = await serving(folder)
    scope = frozenset({"open"})
    before = await answering.ask(ASKED, scope)
    code = PinnedQuote("closed/vault.md", "The code of the vault is known to the mayor alone.")
    lost = PinnedQuote("closed/gone.md", "no such words")
    PinFile(folder).add(Pin(ASKED, (code,)))
    PinFile(folder).add(Pin("where is the log of the captain", (lost,)))
    await answering.reload()
    whole = await answering.ask(ASKED)
    assert isinstance(whole, Answer)
    assert whole.excerpts[0].quote == code.quote
    assert await answering.ask(ASKED, scope) == before
    assert (await answering.explain(ASKED, scope)).pin is None
    assert await answering.pins(scope) == ()
    assert await answering.revision(scope) == before.revision
    assert await answering.find_quote("code of the vault", scope, 5) == ()


async def test_of_several_sides_a_room_hears_those_it_sees(folder: Path) -> None:
    code = PinnedQuote("closed/vault.md", "The code of the vault is known to the mayor alone.")
    answering = await serving(folder, Pin(ASKED, (QUOTE, code)))
    whole = await answering.ask(ASKED)
    part = await answering.ask(ASKED, frozenset({"open"}))
    assert isinstance(whole, Answer)
    assert isinstance(part, Answer)
    assert (whole.pinned, part.pinned) == (2, 1)
    assert part.excerpts[0].quote == QUOTE.quote


async def test_changed_words_stop_a_pin_and_are_told_with_the_new_ones(folder: Path) -> None:
    answering = await serving(folder, PIN)
    (status,) = await answering.pins()
    assert (status.state, status.answers) == (PinState.LIVE, True)
    changed = FERRY.replace("let to the school", "let to the choir and the school")
    (folder / "open/ferry.md").write_text(changed, encoding="utf-8")
    report = await answering.reload()
    told = [note for note in report.notes if ASKED in note]
    assert told == [
        f'the pin "{ASKED}" does not answer, for open/ferry.md has its words no more:'
        " pin it anew or take it out"
    ]
    assert isinstance(await answering.ask(ASKED), Silence)
    (status,) = await answering.pins()
    assert (status.state, status.answers) == (PinState.CHANGED, False)
    assert status.quotes[0].placed.pinned == QUOTE
    nearest = status.quotes[0].nearest
    assert nearest is not None
    assert nearest.quote == "On Sundays the vessel is let to the choir and the school of Corvel."


async def test_after_twenty_changed_documents_every_pinned_quote_is_a_span(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    pins = []
    for n in range(20):
        line = f"Barge {n} carries salt to port number {n}."
        (folder / f"{n}.txt").write_text(f"{line}\n\nIt has {n} sails.\n", encoding="utf-8")
        pins.append(Pin(f"what is on number {n}", (PinnedQuote(f"{n}.txt", line, "paragraph 1"),)))
    answering = await serving(folder, *pins)
    for n in range(20):
        file = folder / f"{n}.txt"
        text = file.read_text(encoding="utf-8")
        match n % 4:
            case 0:
                file.write_text(text.replace("salt", "tea"), encoding="utf-8")
            case 1:
                file.write_text(f"A line before.\n\n{text}", encoding="utf-8")
            case 2:
                file.unlink()
                (folder / f"new-{n}.txt").write_text(f"{text}New.\n", encoding="utf-8")
            case _:
                file.write_text(f"All of {n} is new.\n", encoding="utf-8")
    report = await answering.reload()
    statuses = await answering.pins()
    assert [status.state for status in statuses] == [
        (PinState.CHANGED, PinState.MOVED, PinState.MOVED, PinState.CHANGED)[n % 4]
        for n in range(20)
    ]
    assert sum("pin" in note for note in report.notes) == 20
    for n, pin in enumerate(pins):
        reply = await answering.ask(pin.question)
        pinned = reply.excerpts[: reply.pinned] if isinstance(reply, Answer) else ()
        assert len(pinned) == (n % 4 in (1, 2))
        for excerpt in pinned:
            document = answering.corpus.document(excerpt.citation.document)
            assert document is not None
            assert document.text[excerpt.span.start : excerpt.span.end] == excerpt.quote
            assert excerpt.quote == pin.quotes[0].quote


async def test_candidates_are_offered_below_the_level_of_silence(folder: Path) -> None:
    answering = await serving(folder)
    assert isinstance(await answering.ask(ASKED), Silence)
    candidates = await answering.candidates(f"{ASKED} and the captain", None, 3)
    assert "captain" in candidates[0].quote
    assert len({(e.passage.document.path, e.span) for e in candidates}) == len(candidates)
    closed = await answering.candidates("who knows the code", frozenset({"open"}), 9)
    assert all(each.citation.collection == "open" for each in closed)


async def test_words_are_found_with_their_sentences(folder: Path) -> None:
    answering = await serving(folder)
    (place,) = await answering.find_quote("the VESSEL  is let", None, 5)
    assert place.exact.quote == "the vessel is let"
    assert place.sentences.quote == QUOTE.quote
    assert place.passage.quote == "On Sundays the vessel is let to the school of Corvel." + (
        " The vessel costs 40 crowns a day."
    )
    assert len(await answering.find_quote("the vessel", None, 2)) == 2
    assert await answering.find_quote("no such words", None, 2) == ()


async def test_levels_are_kept_for_the_next_start(folder: Path) -> None:
    await serving(folder, PIN)
    levels = folder.with_name(f"{folder.name}-index") / "pin-levels.json"
    kept = levels.read_text(encoding="utf-8")
    assert re.fullmatch(r'\{"[0-9a-f]{32}": \[[\d.]+, [\d.]+\]\}', kept)
    levels.write_text(re.sub(r"\[.*\]", "[0.75, 0.875]", kept), encoding="utf-8")
    again = await serving(folder)
    question = "which school has the vessel on sundays"
    assert (await again.explain(question)).pin is None
    levels.write_text("{", encoding="utf-8")
    assert isinstance(await (await serving(folder)).ask(ASKED), Answer)
