"""No text that a room can bring about names a document or collection that it does not see."""

import pytest

from bot.chat.buttons import Action, Verb, key_of
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.pin_texts import PinText
from tests.harness.discord_harness import COST, VAULT, DiscordHarness
from tests.harness.discord_server.invoking import Value
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.waiting import NotPossible

HIDDEN = ("vault", "Harrow", "treasurer", "guild")
"""Words of the collection that the room does not see: its name, its document, what that says."""

NAMING = frozenset({"name", "names", "known", "title", "path", "collection", "figures", "url"})
NAMING |= {"document", "words"}
"""Parameters that name a document or a collection, or may."""

IN_QUOTES = {"FIGURES_DIFFER", "DATES_DIFFER", "COLLECTION", "FACT_LINK", "FACT_FILE"}
IN_QUOTES |= {"FACT_COLLECTION", "STILL_THERE", "MOVED", "GONE", "NEAREST_ENTRY", "WORDS"}
ROOMS = {"NO_SUCH_COLLECTION", "COLLECTION_UNKNOWN", "ROOM_SEES", "ROOM_WITHOUT"}
ROOMS |= {"STATUS_COLLECTIONS", "SETUP_COLLECTIONS"}
REPORTS = {"CHOSEN", "CHOSEN_BEFORE", "FEEDBACK_CHANGED", "FEEDBACK_REMOVED", "FEEDBACK_LINK"}
PINS = {"OFFER_CHANGED", "QUOTE", "QUOTE_CHANGED", "QUOTE_GONE"}
CURATORS = {"ADDED", "REPLACED", "NOT_ADDED", "DOCUMENT_REMOVED", "NOT_REMOVED", "REMOVE_WHICH"}
NO_DOCUMENTS = {"JOINED", "JOINED_MATRIX", "DOCTOR_ASKS", "ASKED_ABOUT", "INVITE"}
NO_DOCUMENTS |= {"ACCOUNT_DISCORD", "ACCOUNT_MATRIX"}
CONSOLE = {"SPAN_BEYOND"}
OF_QUESTIONS = {"BORROWED", "REPLY_WORDS", "EXPLAINED_WORDS"}


def test_each_text_that_takes_a_name_is_walked_below() -> None:
    """One that is new is added to its group here, and to the walk if a room may meet it."""
    texts = (*Text, *CuratorText, *PinText)
    naming = {text.name for text in texts if text.parameters & NAMING}
    elsewhere = NO_DOCUMENTS | CONSOLE | OF_QUESTIONS
    assert naming == IN_QUOTES | ROOMS | REPORTS | PINS | CURATORS | elsewhere


COMMANDS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("help", {}),
    ("about", {}),
    ("sources", {}),
    ("sources", {"collection": "no such"}),
    ("source", {"name": "no such"}),
    ("source", {"name": "a"}),
    ("source", {"name": "#" + key_of("guild/vault.md")}),
    ("ask", {"question": "Who made the door?"}),
    ("ask", {"question": "Who made the door?", "collection": "no such"}),
    ("corpus status", {}),
    ("corpus log", {}),
    ("corpus unanswered", {}),
    ("corpus feedback", {}),
    ("corpus pins", {}),
    ("corpus pin", {"question": "Who keeps the treasure?"}),
    ("corpus pin", {"question": "Who keeps the treasure?", "words": "treasurer"}),
    ("corpus remove", {"document": "a"}),
    ("room show", {}),
    ("setup", {}),
    ("room collections", {"names": "no such"}),
    ("room collections", {}),
    ("room clear", {}),
)


async def brought(club: DiscordHarness, who: DiscordPerson) -> list[str]:
    """All that a person can bring about in the room."""
    texts: list[str] = []
    for command, given in COMMANDS:
        try:
            used = await who.slash(club.general, command, given)
        except NotPossible:
            continue  # Discord does not offer them the command.
        texts.append((await used.response()).text)
    for command, option in (("ask", "collection"), ("sources", "collection"), ("source", "name")):
        others: dict[str, Value] = {"question": "x"} if command == "ask" else {}
        for typed in ("", "g", "va"):
            found = await who.autocomplete(club.general, command, option, typed, **others)
            texts += [f"{name} {value}" for name, value in found]
    return texts


async def presses(who: DiscordPerson, message: ServerMessage) -> list[str]:
    """What the buttons of a message bring."""
    names = [button.custom_id for button in message.buttons if button.custom_id]
    return [
        (await (await who.press(message, name)).response()).text
        for name in names
        if not name.startswith(Action(Verb.REMOVE).name[:10])
    ]


@pytest.mark.parametrize("name", ["ana", "boss"])
async def test_a_bound_room_names_nothing_of_the_rest(club: DiscordHarness, name: str) -> None:
    who: DiscordPerson = getattr(club, name)
    before = [await club.ask(club.ana, club.general, question) for question in (VAULT, COST)]
    bound = await club.curator.slash(club.general, "room collections", names="town")
    assert "Collections seen here: town" in (await bound.response()).text
    texts = await brought(club, who)
    texts += await presses(who, before[0])
    for text in texts:
        assert not [word for word in HIDDEN if word.casefold() in text.casefold()], text
    assert len(texts) > 20


async def test_a_manager_does_not_undo_what_a_curator_bound(club: DiscordHarness) -> None:
    await (await club.curator.slash(club.general, "room collections", names="town")).response()
    refusal = "A curator set what is seen here. Only a curator may change that."
    given: tuple[dict[str, Value], ...] = ({"names": "guild"}, {"names": "town, guild"}, {})
    for each in given:
        told = await (await club.boss.slash(club.general, "room collections", each)).response()
        assert told.text == refusal
    told = await (await club.boss.slash(club.general, "room clear")).response()
    assert told.text == refusal
    told = await (await club.curator.slash(club.general, "room collections")).response()
    assert told.text.startswith("Changed here.")
