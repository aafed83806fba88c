"""Questions over a corpus on disk: answers, silence, scope, and reloading while asking."""

import asyncio
import weakref
from pathlib import Path

import pytest

from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.core.errors import CorpusError, UnknownDocumentError
from bot.core.replies import Answer, Confidence, Silence
from tests.harness.corpus_harness import HeldProgress
from tests.harness.index_jobs import build_job, reloader

HARBOUR = """# The harbour

The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months.

The dredging cost 78,000 crowns, which the town paid for with a tax on salt.

Ships of up to four metres of draught have been able to enter since then.
"""
MARKET = """# The market

The market of Corvel is held on Fridays. The dredging of the harbour cost 81,000 crowns.

Fish, salt and rope are sold there until noon.
"""
SECRET = """# The vault

The vault of Corvel lies under the town hall. Its door was made by Ada Sand.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "open").mkdir()
    (tmp_path / "closed").mkdir()
    (tmp_path / "open" / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    (tmp_path / "open" / "market.md").write_text(MARKET, encoding="utf-8")
    (tmp_path / "closed" / "vault.md").write_text(SECRET, encoding="utf-8")
    return tmp_path


async def serving(folder: Path) -> AnsweringService:
    answering = AnsweringService(reloader(folder))
    await answering.reload()
    return answering


async def test_an_answer_quotes_and_cites(folder: Path) -> None:
    reply = await (await serving(folder)).ask("Who dredged the harbour of Corvel in 1903?")
    assert isinstance(reply, Answer)
    first = reply.excerpts[0]
    assert "dredged in 1903 by the engineer Ada Sand" in first.quote
    assert first.quote in HARBOUR
    assert reply.excerpts[0].citation.document == "open/harbour.md"
    assert reply.excerpts[0].citation.source.title == "The harbour"
    assert reply.confidence is Confidence.HIGH


async def test_every_side_speaks_and_figures_stand_side_by_side(folder: Path) -> None:
    reply = await (await serving(folder)).ask("How many crowns did the dredging cost?")
    assert isinstance(reply, Answer)
    assert {e.citation.document for e in reply.excerpts} == {"open/harbour.md", "open/market.md"}
    assert reply.speaking == 2
    (difference,) = reply.differences
    assert sorted(figure.text for figure in difference.figures) == ["78,000", "81,000"]


async def test_silence_names_what_is_found_nowhere(folder: Path) -> None:
    reply = await (await serving(folder)).ask("what is a good recipe for kibbeh")
    assert isinstance(reply, Silence)
    assert set(reply.missing_terms) >= {"recipe", "kibbeh"}


@pytest.mark.parametrize("question", ["?", "…", "the of and", "xyzzy plugh", "\u202e", "a" * 5000])
async def test_questions_without_sense_meet_silence(folder: Path, question: str) -> None:
    reply = await (await serving(folder)).ask(question)
    assert isinstance(reply, Silence)


async def test_the_same_question_meets_the_same_answer(folder: Path) -> None:
    first, second = await serving(folder), await serving(folder)
    question = "How many crowns did the dredging cost?"
    one, other = await first.ask(question), await second.ask(question)
    assert one.id == other.id
    assert one.revision == other.revision == first.corpus.revision


async def test_a_closed_collection_leaves_no_trace(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answering = await serving(folder)
    question = "Who made the door of the vault under the town hall?"
    assert isinstance(await answering.ask(question), Answer)
    replies = await answering.ask(question, frozenset({"open"}))
    alone_folder = tmp_path_factory.mktemp("alone")
    (alone_folder / "open").mkdir()
    for name, text in (("harbour.md", HARBOUR), ("market.md", MARKET)):
        (alone_folder / "open" / name).write_text(text, encoding="utf-8")
    alone = await (await serving(alone_folder)).ask(question)
    assert replies.id == alone.id
    assert replies.revision == alone.revision
    assert isinstance(replies, Silence)
    assert isinstance(alone, Silence)
    assert replies.missing_terms == alone.missing_terms
    infos = await answering.documents(frozenset({"open"}))
    assert [info.document.path for info in infos] == ["open/harbour.md", "open/market.md"]


async def test_a_reload_serves_the_new_and_drops_the_deleted(folder: Path) -> None:
    answering = await serving(folder)
    question = "Who dredged the harbour of Corvel in 1903?"
    before = await answering.ask(question)
    assert isinstance(before, Answer)
    changed = HARBOUR.replace("Ada Sand", "Ole Brenner")
    (folder / "open" / "harbour.md").write_text(changed, encoding="utf-8")
    (folder / "closed" / "vault.md").unlink()
    report = await answering.reload()
    assert report.changed == ("open/harbour.md",)
    assert report.removed == ("closed/vault.md",)
    after = await answering.ask(question)
    assert isinstance(after, Answer)
    assert "Ole Brenner" in after.excerpts[0].quote
    assert "Ada Sand" in before.excerpts[0].quote
    assert isinstance(await answering.ask("where does the vault lie"), Silence)


async def test_a_failed_reload_keeps_the_old_corpus(folder: Path) -> None:
    answering = await serving(folder)
    revision = answering.corpus.revision
    for name in ("open/harbour.md", "open/market.md", "closed/vault.md"):
        (folder / name).write_bytes(b"\x00\x01\x02")
    with pytest.raises(CorpusError):
        await answering.reload()
    assert answering.corpus.revision == revision
    assert isinstance(await answering.ask("Who dredged the harbour of Corvel?"), Answer)


async def test_questions_during_reloads_see_one_corpus_or_the_other(folder: Path) -> None:
    answering = await serving(folder)
    other = HARBOUR.replace("Ada Sand", "Ole Brenner")
    question = "Who dredged the harbour of Corvel in 1903?"
    allowed = {(await answering.ask(question)).id}
    (folder / "open" / "harbour.md").write_text(other, encoding="utf-8")

    async def reload() -> None:
        for text in (other, HARBOUR, other):
            (folder / "open" / "harbour.md").write_text(text, encoding="utf-8")
            await answering.reload()

    reloading = asyncio.create_task(reload())
    replies = [(await answering.ask(question)).id for _ in range(30)]
    await reloading
    allowed.add((await answering.ask(question)).id)
    assert len(allowed) == 2
    assert set(replies) <= allowed


async def test_questions_are_answered_while_a_child_builds_and_scopes_are_ready_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = AnsweringService(CorpusReloader(build_job(folder), in_child=True))
    await answering.reload()
    scopes = (None, frozenset({"open"}), frozenset({"closed"}))
    question = "Who dredged the harbour of Corvel in 1903?"
    for scope in scopes:
        await answering.ask(question, scope)
    (folder / "open" / "harbour.md").write_text(HARBOUR.replace("Ada Sand", "Ole Brenner"))
    (folder / "closed" / "vault.md").unlink()
    reloading = asyncio.create_task(answering.reload())
    asked = 0
    while not reloading.done():
        reply = await answering.ask(question + " " * asked)
        assert isinstance(reply, Answer)
        assert "dredged in 1903" in reply.excerpts[0].quote
        asked += 1
        await asyncio.sleep(0.01)
    assert asked > 3
    # No searcher need be made for the scopes that were asked in, also where nothing is left.
    monkeypatch.setattr("bot.answering.served_corpus.Searcher", None)
    for scope in scopes[:2]:
        reply = await answering.ask(question, scope)
        assert isinstance(reply, Answer)
        assert "Ole Brenner" in reply.excerpts[0].quote
    reply = await answering.ask(question, scopes[2])
    assert isinstance(reply, Silence)
    assert (reply.documents, reply.nearest) == (0, ())


async def test_a_reload_that_was_given_up_never_undoes_a_later_one(folder: Path) -> None:
    answering = await serving(folder)
    market = folder / "open" / "market.md"
    market.write_text(MARKET.replace("Fridays", "Mondays"), encoding="utf-8")
    progress = HeldProgress(at_end=True)
    given_up = asyncio.create_task(answering.reload(progress))
    assert await asyncio.to_thread(progress.held.wait, 30)
    given_up.cancel()
    market.write_text(MARKET.replace("Fridays", "Sundays"), encoding="utf-8")
    later = asyncio.create_task(answering.reload())
    # It has to wait for the one that was given up; were it not to, it would be done by then.
    await asyncio.wait({later}, timeout=2)
    progress.go_on.set()
    await later
    await asyncio.get_running_loop().shutdown_default_executor()
    reply = answering.searcher().reply("On which day is the market of Corvel held?")
    assert isinstance(reply, Answer)
    assert "held on Sundays" in reply.excerpts[0].quote


async def test_documents_are_found_by_parts_of_their_names(folder: Path) -> None:
    answering = await serving(folder)
    for name in ("open/harbour.md", "HARBOUR.MD", "the harbour", "harb"):
        assert (await answering.find(name)).document.path == "open/harbour.md"
    with pytest.raises(UnknownDocumentError, match="3 documents fit"):
        await answering.find("the")
    with pytest.raises(UnknownDocumentError, match="No document"):
        await answering.find("vault", frozenset({"open"}))


async def test_context_is_the_paragraphs_around_an_excerpt(folder: Path) -> None:
    answering = await serving(folder)
    reply = await answering.ask("How many crowns did the dredging cost and who paid with salt tax?")
    assert isinstance(reply, Answer)
    excerpt = next(e for e in reply.excerpts if e.citation.document == "open/harbour.md")
    around = await answering.context(excerpt)
    assert [e.quote for e in around] == [
        "The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months.",
        "The dredging cost 78,000 crowns, which the town paid for with a tax on salt.",
        "Ships of up to four metres of draught have been able to enter since then.",
    ]
    (folder / "open" / "harbour.md").unlink()
    await answering.reload()
    assert [e.quote for e in await answering.context(excerpt)] == [around[1].quote]


async def test_before_the_first_load_there_is_one_clear_sentence(folder: Path) -> None:
    answering = AnsweringService(reloader(folder))
    with pytest.raises(CorpusError, match="No corpus is loaded yet"):
        await answering.ask("anything")


async def test_an_index_goes_when_no_question_uses_it_any_more(folder: Path) -> None:
    answering = await serving(folder)
    await answering.ask("where is the vault", frozenset({"open"}))
    old = weakref.ref(answering.searcher().index)
    scoped = weakref.ref(answering.searcher(frozenset({"open"})).index)
    (folder / "open" / "more.md").write_text("A new one.", encoding="utf-8")
    await answering.reload()
    assert (old(), scoped()) == (None, None)
