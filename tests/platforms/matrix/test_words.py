"""Messages of Matrix as the chat takes them: pure functions as tables."""

from datetime import UTC, datetime

import pytest

from bot.chat.rooms import EffectiveSettings
from bot.platforms.matrix.api.events import (
    EncryptionDetails,
    InviteEvent,
    JobEvent,
    JoinEvent,
    MatrixAttachment,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    TombstoneEvent,
    job_payload,
    parse_job,
)
from bot.platforms.matrix.api.room_state import RoomState
from bot.platforms.matrix.mapping import (
    may_invite,
    mentions,
    person_of,
    place_of,
    words_of,
)
from bot.platforms.matrix.reaction_offers import is_sign, without_variants
from bot.state.records import Mode

ME, NAME = "@bot:example.org", "Sources Say"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(body: str, **traits: object) -> MessageEvent:
    return MessageEvent("!room", "$event", "@ana:example.org", NOON, body, **traits)  # type: ignore[arg-type]


def pill(body: str, label: str) -> MessageEvent:
    link = f'<a href="https://matrix.to/#/{ME}">{label}</a>'
    return said(body, formatted=link, mentions=frozenset((ME,)))


@pytest.mark.parametrize(
    ("message", "named", "words"),
    [
        (said(f"{ME}: Who?"), True, "Who?"),
        (said("Sources Say: Who?"), True, "Who?"),
        (said(f"{ME}: Does @ana:example.org:8448 know?"), True, "Does ana know?"),
        (
            said("Is it a@example.org:80, @noon: or @1:30?"),
            False,
            "Is it a@example.org:80, @noon: or @1:30?",
        ),
        (
            said("What do @click:append, @noon:ok and @media:screen mean?"),
            False,
            "What do @click:append, @noon:ok and @media:screen mean?",
        ),
        (
            said("Do @ana:192.0.2.1, @ben:[2001:db8::1]:8448 or @cem:example.org."),
            False,
            "Do ana, ben or cem.",
        ),
        (said("@sources say, who?"), True, "who?"),
        (said("Sources Saying: who?"), False, "Sources Saying: who?"),
        (said("Who says Sources Say"), False, "Who says Sources Say"),
        (said("Who, Sources Say?", mentions=frozenset((ME,))), True, "Who?"),
        (said("Sources Say: who?", mentions=frozenset()), False, "Sources Say: who?"),
        (said("hi", formatted=f'<a href="https://matrix.to/#/{ME}">x</a>'), True, "hi"),
        (
            said(
                "What did Our Bot say of it?",
                formatted=f'What did <a href="https://matrix.to/#/{ME}">Our Bot</a> say of it?',
                mentions=frozenset((ME,)),
            ),
            True,
            "What did   say of it?",
        ),
        (
            said(
                "Does Sources Say: know Our Bot?",
                formatted='Does <a href="https://matrix.to/#/%40bot%3Aexample.org">Sources Say</a>:'
                ' know <a href="https://matrix.to/#/@ana:example.org">Our Bot</a>?',
                mentions=frozenset((ME,)),
            ),
            True,
            "Does   know Our Bot?",
        ),
        (pill("Which bottle is right? bot", "bot"), True, "Which bottle is right?"),
        (pill("bot: which bot is best?", "bot"), True, "which bot is best?"),
        (pill("Which bot is best, bot?", "bot"), True, "Which bot is best,  ?"),
        (pill(f"[Sources Say](https://matrix.to/#/{ME}) who won?", NAME), True, "who won?"),
        (said("> <@x:y> old\n> words\n\nWho?", reply_to="$other"), False, "Who?"),
        (said("> 5 thalers?"), False, "> 5 thalers?"),
    ],
)
def test_what_of_a_message_is_meant_for_the_bot(
    message: MessageEvent, named: bool, words: str
) -> None:
    assert mentions(message, ME, NAME) is named
    assert words_of(message, ME, NAME) == words


def test_of_ids_of_its_own_server_the_bot_keeps_the_names() -> None:
    assert words_of(said("Does @ana:chat know?"), "@bot:chat", NAME) == "Does ana know?"
    assert words_of(said("Does @ana:[::1]:80?"), "@bot:[::1]:80", NAME) == "Does ana?"


@pytest.mark.parametrize(
    ("user", "allowed", "welcome"),
    [
        ("@ana:example.org", (), False),
        ("@ana:example.org", ("@ana:example.org",), True),
        ("@ben:example.org", ("@ana:example.org",), False),
        ("@ben:example.org", ("@*:example.org",), True),
        ("@ben:example.org", ("example.org",), True),
        ("@ben:chat.example.org", ("*.example.org",), True),
        ("@ben:example.org.evil.net", ("*.example.org", "example.org"), False),
        ("@example.org:evil.net", ("example.org",), False),
    ],
)
def test_who_may_invite(user: str, allowed: tuple[str, ...], welcome: bool) -> None:
    assert may_invite(user, allowed) is welcome


def test_a_pair_is_direct_unless_something_is_set_for_it() -> None:
    pair = RoomState(joined={ME, "@ana:example.org"}, levels={"@ana": 100})
    assert place_of("!room", pair, EffectiveSettings(None, Mode.MENTIONS)).direct
    assert not place_of("!room", pair, EffectiveSettings(frozenset(), Mode.MENTIONS)).direct
    assert not place_of("!room", None, EffectiveSettings(None, Mode.MENTIONS)).direct
    crowd = RoomState(joined={ME, "@a:b", "@c:d"}, levels={"@a:b": 50})
    place = place_of("!room", crowd, EffectiveSettings(None, Mode.MENTIONS))
    assert person_of("@a:b", crowd, place).manages
    assert not person_of("@c:d", crowd, place).moderates


def test_signs_are_known_in_every_shade() -> None:
    assert without_variants("👍🏿") == without_variants("👍\ufe0f") == "👍"
    assert is_sign("🔎\ufe0e")
    assert not is_sign("🎉")
    assert not is_sign("x" * 10_000)


@pytest.mark.parametrize(
    "taken",
    [
        MessageEvent(
            "!room",
            "$event",
            "@ana:example.org",
            NOON,
            "Who? \u202e",
            mentions=frozenset(("@b:c", "@a:b")),
            attachment=MatrixAttachment("mxc://a/b", "x.md", 3, EncryptionDetails("k", "i", "s")),
        ),
        RedactionEvent("!room", "$event", "@ana:example.org", NOON, "$gone"),
        ReactionEvent("!room", "$event", "@ana:example.org", NOON, "$to", "👍"),
        InviteEvent("!room", "", "@ana:example.org", NOON),
        JoinEvent("!room", "$event", ME, NOON, user=ME, me=True),
        TombstoneEvent("!room", "$event", "@ana:example.org", NOON, "!new"),
    ],
)
def test_what_was_taken_comes_back_as_it_was(taken: JobEvent) -> None:
    assert parse_job(job_payload(taken)) == taken


@pytest.mark.parametrize("payload", ["", "{}", "[]", '{"kind": "Said"}', '{"kind": "Other"}'])
def test_a_payload_that_is_none_is_left_out(payload: str) -> None:
    assert parse_job(payload) is None
