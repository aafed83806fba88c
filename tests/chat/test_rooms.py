"""Settings of rooms over a real state file and a real corpus."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.service import AnsweringService
from bot.chat import rooms
from bot.chat.identity import Place
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rooms import EffectiveSettings, RoomChange, RoomPolicies
from bot.core.errors import StateError
from bot.core.replies import Answer, Silence
from bot.state.records import Mode
from bot.state.store import Store
from tests.harness.index_jobs import reloader

HALL = Place("discord", "town", "hall")
YARD = Place("discord", "town", "yard")
THREAD = Place("discord", "town", "talk", parent="hall")
ALONE = Place("discord", "ada", "ada", direct=True)
KNOWN = frozenset({"laws", "press", "Minutes"})
PLAIN_DEFAULT = EffectiveSettings(None, Mode.MENTIONS)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def keeper(store: Store) -> RoomPolicies:
    return RoomPolicies(store, lambda: KNOWN)


def text(told: RoomChange | tuple[Block, ...]) -> str:
    blocks = told.blocks if isinstance(told, RoomChange) else told
    return "\n".join(page.text for page in paginate(blocks, PLAIN))


def names(*given: str) -> frozenset[str]:
    return frozenset(given)


async def test_without_settings_all_is_seen_and_mentions_are_questions(
    keeper: RoomPolicies,
) -> None:
    assert await keeper.effective(HALL) == PLAIN_DEFAULT
    assert text(await keeper.describe(HALL)) == (
        "All collections are seen here. Nothing is set, so this is the default.\n"
        "Messages that mention the bot are questions. Nothing is set, so this is the default."
    )


async def test_a_thread_falls_back_to_its_room_then_to_the_space(keeper: RoomPolicies) -> None:
    await keeper.set_collections(HALL, names("laws"), by_space=True)
    assert (await keeper.effective(THREAD)).collections == names("laws")
    await keeper.set_collections(HALL, names("press"))
    assert (await keeper.effective(THREAD)).collections == names("press")
    assert (await keeper.effective(YARD)).collections == names("laws")
    await keeper.set_mode(THREAD, Mode.OFF, hears_everything=False)
    assert await keeper.effective(THREAD) == EffectiveSettings(names("press"), Mode.OFF)
    assert (await keeper.effective(HALL)).mode is Mode.MENTIONS
    assert text(await keeper.describe(THREAD)) == (
        "Collections seen here: press. Set for this room.\n"
        "No message is a question. Set for this thread."
    )
    assert "laws. Set for all rooms that have no setting" in text(await keeper.describe(YARD))
    await keeper.set_collections(HALL, None)
    assert (await keeper.effective(THREAD)).collections == names("laws")


async def test_a_conversation_with_one_person_sees_everything_and_cannot_be_set(
    keeper: RoomPolicies, store: Store
) -> None:
    assert await keeper.effective(ALONE) == EffectiveSettings(None, Mode.EVERYTHING)
    for change in (
        await keeper.set_collections(ALONE, names("laws")),
        await keeper.set_mode(ALONE, Mode.OFF, hears_everything=True),
        await keeper.clear(ALONE),
    ):
        assert not change.done
        assert "Nothing can be set for it" in text(change)
    assert text(await keeper.describe(ALONE)) == text(change)
    assert await store.rooms.of_space("discord", "ada") == ()


async def test_an_unknown_collection_is_refused_and_the_known_are_named(
    keeper: RoomPolicies,
) -> None:
    refused = await keeper.set_collections(HALL, names("laws", "poems", "x" * 500))
    assert not refused.done
    assert text(refused).startswith("There is no collection poems, xxx")
    assert text(refused).endswith("[…]; there are: Minutes, laws, press.")
    assert await keeper.effective(HALL) == PLAIN_DEFAULT


async def test_a_name_may_be_written_small_or_large(keeper: RoomPolicies) -> None:
    change = await keeper.set_collections(HALL, names(" minutes ", "LAWS"))
    assert change.done
    assert (await keeper.effective(HALL)).collections == names("Minutes", "laws")
    assert text(change).startswith("Changed here.\n\nCollections seen here: Minutes, laws.")


async def test_of_two_names_that_differ_in_case_only_the_exact_one_is_meant(store: Store) -> None:
    keeper = RoomPolicies(store, lambda: names("law", "Law"))
    assert (await keeper.set_collections(HALL, names("Law"))).done
    assert (await keeper.effective(HALL)).collections == names("Law")
    assert not (await keeper.set_collections(HALL, names("LAW"))).done


async def test_no_collection_at_all_may_be_seen(keeper: RoomPolicies) -> None:
    change = await keeper.set_collections(HALL, frozenset())
    assert "No collection is seen here. Set for this room." in text(change)
    assert (await keeper.effective(HALL)).collections == frozenset()


async def test_every_message_needs_a_platform_that_hears_it(keeper: RoomPolicies) -> None:
    refused = await keeper.set_mode(HALL, Mode.EVERYTHING, hears_everything=False)
    assert not refused.done
    assert "message content intent and the setting discord.message_content" in text(refused)
    assert await keeper.effective(HALL) == PLAIN_DEFAULT
    done = await keeper.set_mode(HALL, Mode.EVERYTHING, by_space=True, hears_everything=True)
    assert text(done).startswith("Changed for all rooms that have no setting of their own.")
    assert (await keeper.effective(THREAD)).mode is Mode.EVERYTHING


async def test_what_is_set_can_be_taken_back(keeper: RoomPolicies) -> None:
    assert text(await keeper.clear(HALL)).startswith("There was nothing to take back.")
    await keeper.set_collections(HALL, names("laws"))
    await keeper.set_mode(HALL, Mode.OFF, by_space=True, hears_everything=False)
    cleared = await keeper.clear(HALL)
    assert cleared.done
    assert text(cleared).startswith("The setting made here is taken back.")
    assert await keeper.effective(HALL) == EffectiveSettings(None, Mode.OFF)
    assert text(await keeper.clear(HALL, by_space=True)).startswith("The setting for all rooms")
    assert await keeper.effective(HALL) == PLAIN_DEFAULT


async def test_settings_are_read_once_and_again_after_a_change(tmp_path: Path) -> None:
    store = await Store.open(tmp_path)
    keeper = RoomPolicies(store, lambda: KNOWN)
    await keeper.set_collections(HALL, names("laws"))
    first = await keeper.effective(HALL)
    await store.close()
    # The file is closed: whatever is known of the space now comes from memory.
    assert await keeper.effective(HALL) == first == EffectiveSettings(names("laws"), Mode.MENTIONS)
    assert (await keeper.effective(YARD)).collections is None
    with pytest.raises(StateError):
        await keeper.set_mode(YARD, Mode.MENTIONS, hears_everything=True)
    with pytest.raises(StateError):
        await keeper.effective(HALL)


async def test_what_is_not_known_is_never_taken_for_everything(tmp_path: Path) -> None:
    store = await Store.open(tmp_path)
    await store.close()
    with pytest.raises(StateError):
        await RoomPolicies(store, lambda: KNOWN).effective(HALL)


async def test_settings_last_and_are_those_of_one_platform_and_space(
    store: Store, keeper: RoomPolicies
) -> None:
    await keeper.set_collections(HALL, names("laws"))
    again = RoomPolicies(store, lambda: KNOWN)
    assert (await again.effective(HALL)).collections == names("laws")
    assert await again.effective(replace(HALL, platform="matrix")) == PLAIN_DEFAULT
    assert await again.effective(replace(HALL, space="village")) == PLAIN_DEFAULT


async def test_of_many_spaces_only_some_are_kept_and_none_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "SPACES_REMEMBERED", 2)
    store = await Store.open(tmp_path)
    keeper = RoomPolicies(store, lambda: KNOWN)
    places = [replace(HALL, space=str(number)) for number in range(4)]
    for place in places[::2]:
        await keeper.set_collections(place, names("laws"))
    for _ in range(2):
        seen = [(await keeper.effective(place)).collections for place in places]
        assert seen == [names("laws"), None, names("laws"), None]
    await store.close()
    # The file is closed: the last two come from memory, the others from nowhere.
    assert (await keeper.effective(places[2])).collections == names("laws")
    with pytest.raises(StateError):
        await keeper.effective(places[0])


async def test_a_read_that_meets_a_change_leaves_nothing_old_behind(keeper: RoomPolicies) -> None:
    for chosen in ("laws", "press") * 5:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(keeper.effective(HALL))
            group.create_task(keeper.set_collections(HALL, names(chosen)))
            for _ in range(3):
                group.create_task(keeper.effective(HALL))
        assert (await keeper.effective(HALL)).collections == names(chosen)


async def test_a_binding_to_what_is_gone_shows_nothing(store: Store, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for collection, words in (
        ("laws", "The toll is two crowns."),
        ("press", "It rained on Monday."),
    ):
        (corpus / collection).mkdir(parents=True)
        (corpus / collection / "one.md").write_text(f"# One\n\n{words}\n")
    answering = AnsweringService(reloader(corpus))
    await answering.reload()
    keeper = RoomPolicies(store, lambda: answering.corpus.collections)
    await keeper.set_collections(HALL, names("laws"))
    scope = (await keeper.effective(HALL)).collections
    assert isinstance(await answering.ask("What is the toll?", scope), Answer)

    (corpus / "laws" / "one.md").unlink()
    await answering.reload()
    effective = await keeper.effective(HALL)
    assert effective.collections == names("laws")
    for question in ("What is the toll?", "When did it rain?"):
        reply = await answering.ask(question, effective.collections)
        assert isinstance(reply, Silence)
        assert reply.nearest == ()
        assert reply.documents == 0
    assert "Without a document now: laws." in text(await keeper.describe(HALL))


@given(st.sets(st.text("abcdé語", max_size=120), max_size=60))
def test_many_names_are_counted_and_long_ones_cut(given_names: set[str]) -> None:
    line = rooms.join_names(given_names)
    more = len(given_names) - rooms.NAMES_SHOWN
    assert line.endswith(f" and {more} more") == (more > 0)
    assert len(line) <= rooms.NAMES_SHOWN * 82 + 20


async def test_what_a_curator_bound_only_a_curator_changes(store: Store) -> None:
    keeper = RoomPolicies(store, lambda: KNOWN)
    refusal = "A curator set what is seen here. Only a curator may change that."
    await keeper.set_collections(HALL, names("press"))
    await keeper.set_collections(HALL, names("laws"), by_curator=True)
    for place in (HALL, THREAD):
        for wanted in (names("press"), names("laws"), None):
            change = await keeper.set_collections(place, wanted)
            assert (change.done, text(change)) == (False, refusal)
    change = await keeper.clear(HALL, by_curator=False)
    assert (change.done, text(change)) == (False, refusal)
    assert (await keeper.effective(THREAD)).collections == names("laws")
    # What it does not touch is free, also after a start.
    keeper = RoomPolicies(store, lambda: KNOWN)
    assert (await keeper.set_mode(HALL, Mode.OFF, hears_everything=False)).done
    assert (await keeper.set_collections(YARD, names("press"))).done
    assert (await keeper.set_collections(HALL, names("press"), by_space=True)).done
    assert not (await keeper.set_collections(HALL, names("press"))).done
    assert (await keeper.set_collections(HALL, None, by_curator=True)).done
    assert (await keeper.set_collections(HALL, names("press"))).done


async def test_what_a_curator_set_for_a_space_holds_for_all_its_rooms(
    keeper: RoomPolicies,
) -> None:
    await keeper.set_collections(HALL, names("laws"), by_space=True, by_curator=True)
    for place in (HALL, YARD, THREAD):
        assert not (await keeper.set_collections(place, names("press"))).done
    assert not (await keeper.set_collections(HALL, None, by_space=True)).done
    assert not (await keeper.clear(HALL, by_space=True, by_curator=False)).done
    assert (await keeper.clear(HALL, by_space=True)).done
    assert (await keeper.set_collections(HALL, names("press"))).done


async def test_a_binding_stays_a_curators_in_a_room_that_replaces_the_old_one(
    keeper: RoomPolicies,
) -> None:
    new = Place("discord", "city", "hall")
    await keeper.set_collections(HALL, names("laws"), by_curator=True)
    assert await keeper.carry(HALL, new)
    assert not (await keeper.set_collections(new, names("press"))).done


async def test_an_unknown_name_lists_only_what_the_room_sees(keeper: RoomPolicies) -> None:
    await keeper.set_collections(HALL, names("laws"))
    told = text(await keeper.set_collections(HALL, names("poems")))
    assert told == "There is no collection poems; there are: laws."
    await keeper.set_collections(HALL, frozenset())
    told = text(await keeper.set_collections(HALL, names("poems")))
    assert told == "There is no document in a collection named poems."
