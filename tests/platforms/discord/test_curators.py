"""What curators do on Discord: documents read again, added, removed; what they look at."""

import re
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.build_job import Progress
from bot.answering.reload import CorpusReloader
from bot.ingest.report import LoadReport
from bot.platforms.discord import responses
from tests.harness.common_user import as_common_user
from tests.harness.discord_harness import DREDGED, KIBBEH, VAULT, DiscordHarness, quoted
from tests.harness.discord_server.interactions import COMMAND, COMPONENT, Interaction, start
from tests.harness.discord_server.invoking import Resolver, Value, nest, options, wrap
from tests.harness.discord_server.messages import Of, ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import Upload
from tests.harness.index_jobs import build_job

CURATORS_ONLY = "Only a curator may do this."
MANAGERS_ONLY = "Only someone who manages this place may do this."
LIGHTHOUSE = b"# The lighthouse\n\nThe lighthouse of Corvel was lit in 1911 by Nell Marrow.\n"
LIT = "Who lit the lighthouse of Corvel in 1911?"


async def does(
    club: DiscordHarness, who: DiscordPerson, command: str, **given: Value
) -> ServerMessage:
    """What a command brings, which only who used it sees."""
    told = await (await who.slash(club.general, command, given)).response()
    assert told.ephemeral
    assert told not in club.server.messages(club.general, club.ben)
    return told


async def adds(club: DiscordHarness, name: str, data: bytes, **more: Value) -> str:
    told = await does(club, club.curator, "corpus add", file=Upload(name, data), **more)
    return told.text


def forged(club: DiscordHarness, who: DiscordPerson, command: str, **given: Value) -> Interaction:
    """A command as it comes where Discord's own check is passed, whoever it should stop."""
    name, *path = command.split()
    every = club.server.commands
    registered = next(c for c in every if (c["name"], c["type"]) == (name, 1))
    known, shells = nest(registered, path)
    resolver = Resolver(club.general)
    data = {key: registered[key] for key in ("id", "name", "type")}
    data["options"] = wrap(shells, options(resolver, known, given))
    owners = {"0": str(club.guild.id)}
    world = club.server.world
    return start(world, COMMAND, who, club.general, data, owners, command=registered)


def forged_press(
    club: DiscordHarness, who: DiscordPerson, message: ServerMessage, label: str
) -> Interaction:
    """A press of a button that this person does not see."""
    name = next(one.custom_id for one in message.buttons if one.label == label)
    data = {"custom_id": name, "component_type": Of.BUTTON}
    owners = {"0": str(club.guild.id)}
    world = club.server.world
    return start(world, COMPONENT, who, club.general, data, owners, message=message)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class SlowLoader(CorpusReloader):
    """A reloader whose loads wait until they are let go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(build_job(folder))
        self.go_on = threading.Event()
        self.go_on.set()
        self.loads = 0

    def reload(self, progress: Progress | None) -> LoadReport:
        self.loads += 1
        self.go_on.wait(30)
        return super().reload(progress)


@pytest.fixture
async def slow(closed_club: DiscordHarness, monkeypatch: pytest.MonkeyPatch) -> SlowLoader:
    """The loader of a club where whoever waits for a moment is told so."""
    monkeypatch.setattr(responses, "ANSWER_SECONDS", 0.01)
    loader = SlowLoader(closed_club.corpus)
    closed_club.loads = lambda _folder: loader
    closed_club.options = replace(closed_club.options, progress_seconds=0.3)
    await closed_club.start()
    loader.go_on.clear()
    loader.loads = 0
    return loader


# Who may do what


async def test_only_managers_are_offered_what_curators_do(club: DiscordHarness) -> None:
    for manager in (club.boss, club.curator):
        assert {"/corpus", "/room"} <= set(manager.commands(club.general))
    for member in (club.ana, club.mod):
        assert not {"/corpus", "/room"} & set(member.commands(club.general))
    with pytest.raises(NotPossible, match="may not be used here by this person"):
        await club.ana.slash(club.general, "corpus reload")
    with pytest.raises(NotPossible, match="may not be used here by this person"):
        await club.curator.slash(club.server.dm(club.curator), "corpus reload")


async def test_who_manages_the_server_may_look_but_not_change_the_documents(
    club: DiscordHarness,
) -> None:
    before, loaded = tree(club.corpus), club.answering.corpus
    file = Upload("new.md", LIGHTHOUSE)
    assert (await does(club, club.boss, "corpus reload")).text == CURATORS_ONLY
    assert (await does(club, club.boss, "corpus add", file=file)).text == CURATORS_ONLY
    told = await does(club, club.boss, "corpus remove", document="The vault")
    assert (told.text, told.buttons) == (CURATORS_ONLY, [])
    assert (await does(club, club.boss, "corpus log")).text == CURATORS_ONLY
    assert "Documents: 5." in (await does(club, club.boss, "corpus status")).text
    assert (tree(club.corpus), club.answering.corpus) == (before, loaded)


async def test_rights_are_looked_at_again_where_discord_let_somebody_pass(
    club: DiscordHarness,
) -> None:
    file = Upload("new.md", LIGHTHOUSE)
    for used in (
        forged(club, club.ana, "corpus reload"),
        forged(club, club.ana, "corpus add", file=file),
        forged(club, club.ana, "corpus remove", document="no such document"),
        forged(club, club.ana, "corpus log"),
    ):
        told = await used.response()
        assert (told.text, told.ephemeral) == (CURATORS_ONLY, True)
    for used in (
        forged(club, club.ana, "corpus status"),
        forged(club, club.ana, "corpus unanswered"),
        forged(club, club.ana, "room show"),
        forged(club, club.ana, "room collections", names="town"),
        forged(club, club.ana, "room mode", mode="off"),
        forged(club, club.ana, "room clear", server=True),
    ):
        told = await used.response()
        assert (told.text, told.ephemeral) == (MANAGERS_ONLY, True)


async def test_roles_of_the_settings_count_though_discord_gives_them_nothing(
    closed_club: DiscordHarness,
) -> None:
    club = closed_club
    scribe, warden = club.guild.add_role("Scribe"), club.guild.add_role("Warden")
    club.guild.add_member(club.ana, scribe)
    club.guild.add_member(club.ben, warden)
    club.options = type(club.options)(
        curator_roles=(str(scribe.id),), manager_roles=(str(warden.id),)
    )
    await club.start()
    assert "5 documents" in (await forged(club, club.ana, "corpus reload").response()).text
    assert "Documents: 5." in (await forged(club, club.ben, "corpus status").response()).text
    assert (await forged(club, club.ben, "corpus reload").response()).text == CURATORS_ONLY
    changed = await forged(club, club.ben, "room collections", names="town").response()
    assert changed.text.startswith("Changed here.")


# Reading again


async def test_a_reload_tells_what_changed_what_failed_and_how_long_it_took(
    club: DiscordHarness,
) -> None:
    club.write("town/lighthouse.md", LIGHTHOUSE.decode())
    club.write("guild/vault.md", "The vault is empty now.\n")
    club.write("guild/broken.pdf", "no such thing")
    (club.corpus / "town/letters.md").unlink()
    told = (await does(club, club.curator, "corpus reload")).text
    first, *lines = told.splitlines()
    assert first.startswith("5 documents, ")
    assert re.search(r" read in \d+\.\d s", first)
    assert "1 file failed" in first
    assert any(line.startswith("failed: guild/broken.pdf: ") for line in lines), told
    assert "added: town/lighthouse.md" in lines
    assert "changed: guild/vault.md" in lines
    assert "removed: town/letters.md" in lines
    assert "unchanged: 3 documents" in lines
    assert "Nell Marrow" in (await club.ask(club.ana, club.general, LIT)).text


async def test_a_reload_that_takes_a_while_says_so_and_questions_go_on(
    closed_club: DiscordHarness, slow: SlowLoader
) -> None:
    club = closed_club
    used = await club.curator.slash(club.general, "corpus reload")
    told = await used.response()
    assert told.text == "The documents are being read. This takes a moment."
    assert quoted(await club.ask(club.ana, club.general, DREDGED))
    second = await club.curator.slash(club.general, "corpus reload")
    joined = await second.response()
    assert joined.text == "A reload is under way already. Its result is this one's, too."
    slow.go_on.set()
    both = (told, joined)
    await club.until(lambda: all(message.text.startswith("5 documents") for message in both))
    assert slow.loads == 1
    assert used.followups == second.followups == []


async def test_news_on_the_way_that_cannot_be_told_change_nothing(
    closed_club: DiscordHarness, slow: SlowLoader
) -> None:
    trouble = closed_club.server.fail_next("PATCH", "/@original$", status=404, code=10008)
    used = await closed_club.curator.slash(closed_club.general, "corpus reload")
    await closed_club.until(lambda: trouble.struck)
    slow.go_on.set()
    assert (await used.response()).text.startswith("5 documents")


async def test_an_answer_reaches_who_waits_though_word_of_the_wait_got_lost(
    closed_club: DiscordHarness, slow: SlowLoader
) -> None:
    """Discord shows that the bot is at work, but its word of that never came."""
    trouble = closed_club.server.fail_next("POST", "/callback$", performed=True, drop=True)
    used = await closed_club.curator.slash(closed_club.general, "corpus reload")
    await closed_club.until(lambda: trouble.struck)
    slow.go_on.set()
    await closed_club.until(
        lambda: used.original is not None and used.original.text.startswith("5 documents")
    )
    assert len(used.messages) == 1
    assert used.messages[0].ephemeral


async def test_a_folder_that_is_gone_leaves_the_old_documents(club: DiscordHarness) -> None:
    club.corpus.rename(club.corpus.with_name("elsewhere"))
    told = (await does(club, club.curator, "corpus reload")).text
    assert "corpus" in told
    assert len(told.splitlines()) == 1
    assert quoted(await club.ask(club.ana, club.general, DREDGED))


# Adding


async def test_an_added_document_answers_at_once(club: DiscordHarness) -> None:
    assert "Nell Marrow" not in (await club.ask(club.ana, club.general, LIT)).text
    told = await adds(club, "lighthouse.md", LIGHTHOUSE, collection="coast")
    assert told.startswith("Added coast/lighthouse.md to the collection coast: 1 passage.")
    assert (club.corpus / "coast/lighthouse.md").read_bytes() == LIGHTHOUSE
    reply = await club.ask(club.ana, club.general, LIT)
    assert any("Nell Marrow" in line for line in quoted(reply))
    assert club.is_verbatim(reply)
    names = [n for n, _ in await club.ana.autocomplete(club.general, "ask", "collection", "co")]
    assert names == ["coast"]


DAMAGED = "it is damaged or cut off: get a whole copy of it, or save it anew."
EMPTY = "it is empty: fill it or remove it."
REFUSED = (
    ("sources.toml", b"x = 1", "it is no document"),
    (".hidden.md", LIGHTHOUSE, "hidden or temporary"),
    ("con.txt", LIGHTHOUSE, "kept for devices on Windows"),
    ("tool.exe", LIGHTHOUSE, "files of this kind are not read"),
    ("---.md", LIGHTHOUSE, "no letter or digit"),
    ("scan.pdf", b"%PDF-1.7 and then nothing", DAMAGED),
    ("letter.docx", b"PK\x03\x04 and then nothing", DAMAGED),
    ("empty.md", b"", EMPTY),
    ("blank.md", b" \n\n", EMPTY),
    ("harbour.md", LIGHTHOUSE, "is there already: rename it, or ask to replace that"),
    ("HARBOUR.md", LIGHTHOUSE, "has almost the same name"),
)


async def test_a_file_that_cannot_be_served_is_refused_and_leaves_no_trace(
    club: DiscordHarness,
) -> None:
    before, served = tree(club.corpus), club.answering.corpus.revision
    for name, data, reason in REFUSED:
        told = await adds(club, name, data, collection="town")
        assert "cannot be added because" in told
        assert reason in told
        assert len(told.splitlines()) == 1
        assert (tree(club.corpus), club.answering.corpus.revision) == (before, served)
    assert quoted(await club.ask(club.ana, club.general, DREDGED))


async def test_a_collection_with_no_fit_name_is_refused(club: DiscordHarness) -> None:
    for collection in ("../out", "a/b", "..", ".hidden", "x" * 300, "town\u202e"):
        told = await adds(club, "lighthouse.md", LIGHTHOUSE, collection=collection)
        assert "cannot be added because" in told
        assert "\u202e" not in told
        assert not [path for path in tree(club.corpus.parent) if "lighthouse" in path]


async def test_a_twin_is_refused_and_named(club: DiscordHarness) -> None:
    data = (club.corpus / "guild/vault.md").read_bytes()
    told = await adds(club, "again.md", data, collection="guild")
    assert 'the same content is served as "guild/vault.md" already' in told
    assert not (club.corpus / "guild/again.md").exists()


async def test_what_is_too_large_is_refused_before_and_after_it_is_fetched(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await adds(club, "long.md", b"word " * 4_000_001, collection="town")
    assert "larger than 20 MB" in told
    monkeypatch.setattr("bot.chat.request.LARGEST_UPLOAD", 1_000)
    told = await adds(club, "long.md", b"word " * 201, collection="town")
    assert told == "That file is too large: more than 1,000 bytes."
    assert not (club.corpus / "town/long.md").exists()


async def test_an_attachment_that_is_gone_meanwhile_is_one_sentence(club: DiscordHarness) -> None:
    used = await club.curator.slash(club.general, "corpus add", file=Upload("a.md", LIGHTHOUSE))
    club.server.world.files.clear()
    assert (await used.response()).text == "The file could not be fetched. Send it again."


async def test_a_folder_that_may_not_be_written_to_is_said(closed_club: DiscordHarness) -> None:
    club = closed_club
    with tempfile.TemporaryDirectory() as name:  # where every user can get
        club.corpus = Path(shutil.copytree(club.corpus, name, dirs_exist_ok=True))
        club.corpus.chmod(0o555)
        (club.corpus / "town").chmod(0o555)
        await club.start()
        with as_common_user():
            told = await adds(club, "lighthouse.md", LIGHTHOUSE, collection="town")
        assert "this program may not write to the corpus folder: change its permissions" in told
        assert quoted(await club.ask(club.ana, club.general, DREDGED))
        await club.stop()


async def test_a_document_is_replaced_only_if_asked_and_the_old_one_is_kept(
    club: DiscordHarness,
) -> None:
    old = (club.corpus / "guild/vault.md").read_bytes()
    new = b"# The vault\n\nThe door of the vault was made anew by the smith Ida Brand.\n"
    told = await adds(club, "vault.md", new, collection="guild", replace=True)
    assert told.startswith("Replaced guild/vault.md in the collection guild: 1 passage.")
    assert "Ida Brand" in (await club.ask(club.ana, club.general, VAULT)).text
    assert [d for p, d in tree(club.state / "removed").items() if p.endswith("vault.md")] == [old]


# Removing


async def test_removing_asks_first_and_nothing_happens_on_keep_it(club: DiscordHarness) -> None:
    before = tree(club.corpus)
    told = await does(club, club.curator, "corpus remove", document="The vault")
    assert "Remove “The vault” (guild/vault.md)? The file will be kept" in told.text
    assert [one.label for one in told.buttons] == ["Take it away", "Keep it"]
    with pytest.raises(NotPossible, match="does not see"):
        await club.boss.press(told, "Take it away")
    kept = await (await club.curator.press(told, "Keep it")).response()
    assert (kept.text, kept.ephemeral) == ("Nothing was taken away.", True)
    assert tree(club.corpus) == before


async def test_what_is_removed_answers_no_more_and_is_kept(club: DiscordHarness) -> None:
    reply = await club.ask(club.ana, club.general, VAULT)
    assert "Tom Harrow" in reply.text
    found = await club.curator.autocomplete(club.general, "corpus remove", "document", "vault")
    (choice,) = found
    told = await does(club, club.curator, "corpus remove", document=choice[1])
    refused = await forged_press(club, club.ana, told, "Take it away").response()
    assert (refused.text, refused.ephemeral) == (CURATORS_ONLY, True)
    assert (club.corpus / "guild/vault.md").exists()
    done = await (await club.curator.press(told, "Take it away")).response()
    assert done.text.startswith("Removed guild/vault.md. The file is kept in the state folder.")
    again = await (await club.curator.press(told, "Take it away")).response()
    assert again.text == "This document is no longer there."
    assert not (club.corpus / "guild/vault.md").exists()
    assert any(path.endswith("guild/vault.md") for path in tree(club.state / "removed"))
    for label in ("Context", "Source", "Still there?"):
        shown = await (await club.ana.press(reply, label)).response()
        assert "Tom Harrow" not in shown.text, label
    assert "Tom Harrow" not in (await club.ask(club.ana, club.general, VAULT)).text


async def test_a_name_that_fits_no_document_is_one_sentence(club: DiscordHarness) -> None:
    told = await does(club, club.curator, "corpus remove", document="vlaut")
    assert told.text == "No document has that name: see the list of sources."
    assert told.buttons == []


# What they look at


async def test_questions_that_met_silence_are_counted_without_names(club: DiscordHarness) -> None:
    for who in (club.ana, club.ben, club.ana):
        assert "do not answer" in (await club.ask(who, club.general, KIBBEH)).text
    told = (await does(club, club.boss, "corpus unanswered")).text
    assert told.splitlines()[0] == "Questions without an answer, and how often they were asked:"
    assert f"3 × {KIBBEH}" in told
    for who in (club.ana, club.ben):
        assert who.name not in told
        assert str(who.id) not in told
    assert "Questions without an answer: 1." in (await does(club, club.boss, "corpus status")).text


async def test_another_server_does_not_see_what_was_asked_here(club: DiscordHarness) -> None:
    other = club.server.add_guild("Elsewhere", owner=club.mod, members=[club.ana])
    hall = other.add_channel("hall")
    await club.ask(club.ana, club.general, KIBBEH)
    told = await (await club.mod.slash(hall, "corpus unanswered")).response()
    assert told.text == "No question is without an answer."


async def test_the_log_names_who_did_what_and_how_it_ended(club: DiscordHarness) -> None:
    assert (await does(club, club.curator, "corpus log")).text == "Nothing was done yet."
    await does(club, club.curator, "corpus reload")
    await adds(club, "tool.exe", LIGHTHOUSE, collection="town")
    await does(club, club.boss, "room collections", names="town")
    await does(club, club.boss, "room clear", server=True)
    log = await does(club, club.curator, "corpus log")
    latest, newest, middle, oldest = log.text.splitlines()[1:]
    # Discord's program shows a mention as the name.
    boss, curator, room = club.boss.mention, club.curator.mention, club.general.mention
    assert f"{boss} – room all rooms: cleared – refused" in latest
    assert f"{boss} – room {room}: sees town – done" in newest
    assert f"{curator} – add town/tool.exe – failed: " in middle
    assert oldest.endswith(f"{curator} – reload 5 documents – done")
    assert log.pings == []


async def test_the_status_tells_what_is_served_and_how_it_is_received(club: DiscordHarness) -> None:
    reply = await club.ask(club.ana, club.general, DREDGED)
    await (await club.ben.press(reply, "👍")).response()
    told = (await does(club, club.curator, "corpus status")).text
    assert "Documents: 5. Passages: " in told
    assert "Collections: guild, town." in told
    assert f"Corpus: {club.answering.corpus.revision[:8]}." in told
    assert "Replies found good: 1. Not good: 0." in told
