"""Events of any kind, read without a fault; and what the well-formed ones mean."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import MatrixError
from bot.platforms.matrix.api import contents
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.event_parser import parse_event, parse_undecryptable
from bot.platforms.matrix.api.events import (
    EncryptionDetails,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    RedactionEvent,
    TombstoneEvent,
)
from bot.platforms.matrix.api.files import decrypt
from bot.platforms.matrix.api.http import DamagedFileError, HttpApi
from bot.platforms.matrix.api.json_values import Json
from bot.platforms.matrix.api.room_state import CREATOR_LEVEL, RoomStates
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.session.sync import after_joining
from bot.platforms.matrix.session.undecrypted import GRACE_SECONDS, UndecryptedMessages
from bot.platforms.matrix.session.vault import Vault

ME = "@bot:here"

_names = st.sampled_from(
    "type content sender event_id state_key origin_server_ts msgtype body membership redacts key"
    " m.relates_to rel_type event_id is_falling_back m.in_reply_to m.new_content m.mentions"
    " user_ids room file url info size mimetype hashes sha256 iv k users events users_default"
    " room_version additional_creators predecessor room_id unsigned prev_content algorithm"
    " ciphertext session_id sender_key device_id action request_id body".split()
)
_texts = st.sampled_from(
    "m.room.message m.room.member m.room.create m.room.power_levels m.room.redaction m.reaction"
    " m.room.encrypted m.room.tombstone m.text m.file m.replace m.thread m.annotation join leave"
    " m.megolm.v1.aes-sha2 m.olm.v1.curve25519-aes-sha2 m.room_key_request m.room_key request"
    " m.key.verification.start @bot:here @a:b $e 12 \ud800".split()
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=25,
)
_whole: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"type": _texts, "sender": _texts, "event_id": _texts, "content": _values},
    optional={
        "state_key": _texts | st.just(""),
        "unsigned": _values,
        "redacts": _values,
        "origin_server_ts": _values,
    },
)


@given(st.lists(_whole | st.dictionaries(_names, _values), max_size=5))
def test_nothing_that_comes_in_is_a_fault(raws: list[Json]) -> None:
    rooms = RoomStates()
    state = rooms.enter("!r")
    messages = UndecryptedMessages(lambda: 0.0)
    for raw in raws:
        event = parse_event("!r", raw, ME)
        if event is not None:
            str(event).encode()
            assert event.event_id
        parse_undecryptable("!r", raw)
        state.apply(raw)
        messages.add("!r", "session", raw)
    after_joining(raws, ME)
    assert rooms.get("!r") is state
    for user in (ME, "@a:b", ""):
        assert state.may_send(user, "m.reaction") in (True, False)
    again = UndecryptedMessages(lambda: 0.0)
    again.restore(messages.dump())
    assert again.dump() == messages.dump()


async def test_no_message_about_keys_is_a_fault(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        keys = EncryptionKeys(HttpApi("http://nowhere", session), ME, "D", tmp_path, "key")

        @settings(max_examples=100)
        @given(st.lists(_whole, max_size=4), st.dictionaries(_names, _values))
        def feed(raws: list[Json], lists: Json) -> None:
            sync: Json = {
                "to_device": {"events": raws},
                "device_lists": {"changed": ["@a:b", 7], "left": lists},
                "device_one_time_keys_count": lists | {"signed_curve25519": 7},
            }
            keys.receive(sync)
            for raw in raws:
                assert keys.decrypt("!r", raw) is None
                keys.request_key("!r", raw)

        feed()
        keys.close()


def said(content: Json, **more: object) -> MessageEvent | None:
    raw: Json = {"type": "m.room.message", "event_id": "$1", "sender": "@a:b", "content": content}
    event = parse_event("!r", raw | more, ME)
    assert event is None or isinstance(event, MessageEvent)
    return event


def test_an_edit_has_the_new_words_and_names_the_first_message() -> None:
    new = {"msgtype": "m.text", "body": "new", "m.mentions": {"user_ids": [ME, 7]}}
    relation = {"rel_type": "m.replace", "event_id": "$0"}
    content: Json = {"msgtype": "m.text", "body": "* new", "m.new_content": new}
    event = said(content | {"m.relates_to": relation})
    assert event is not None
    assert (event.body, event.edits, event.mentions) == ("new", "$0", frozenset([ME]))
    assert said({"msgtype": "m.text", "body": "x", "m.relates_to": relation}) is None
    assert said({}) is None


def test_a_redaction_is_found_where_its_room_version_has_it() -> None:
    shared: Json = {"type": "m.room.redaction", "event_id": "$1", "sender": "@a:b"}
    for place in ({"redacts": "$0"}, {"content": {"redacts": "$0"}}):
        event = parse_event("!r", shared | place, ME)
        assert isinstance(event, RedactionEvent)
        assert event.redacts == "$0"


def test_membership_is_told_when_it_changes() -> None:
    def member(now: str, before: str | None, user: str = "@a:b") -> object:
        raw: Json = {"type": "m.room.member", "event_id": "$1", "sender": "@c:d"}
        unsigned = {"prev_content": {"membership": before}} if before else {}
        more = {"state_key": user, "content": {"membership": now}, "unsigned": unsigned}
        return parse_event("!r", raw | more, ME)

    assert isinstance(member("join", "invite"), JoinEvent)
    assert isinstance(member("ban", "join"), LeaveEvent)
    assert member("join", "join") is None  # A new name or picture.
    assert member("leave", "invite") is None
    own = member("join", None, ME)
    assert isinstance(own, JoinEvent)
    assert own.me


def test_a_tombstone_names_the_server_of_who_set_it() -> None:
    raw: Json = {"type": "m.room.tombstone", "event_id": "$1", "sender": "@a:b.c:8448"}
    more: Json = {"state_key": "", "content": {"replacement_room": "!new"}}
    event = parse_event("!r", raw | more, ME)
    assert isinstance(event, TombstoneEvent)
    assert (event.replacement, event.server) == ("!new", "b.c:8448")


def state(kind: str, content: Json, sender: str = "@alice:here") -> Json:
    return {"type": kind, "state_key": "", "sender": sender, "content": content}


def test_levels_of_old_and_new_rooms() -> None:
    rooms = RoomStates()
    for version, creator in (("11", 100), ("12", CREATOR_LEVEL)):
        room = f"!{version}"
        before = rooms.enter(room)
        create: Json = {"room_version": version, "additional_creators": ["@bob:here"]}
        before.apply(state("m.room.create", create))
        assert before.level("@alice:here") == creator
        # Old servers wrote numbers as text.
        levels: Json = {"users": {"@carol:here": "50"}, "events": {"m.reaction": 25}}
        before.apply(state("m.room.power_levels", levels | {"users_default": 10}))
        after = rooms.get(room)
        assert after is not None
        assert after.level("@carol:here") == 50
        assert after.level("@dave:here") == 10
        assert not after.may_send("@dave:here", "m.reaction")
        assert after.may_send("@dave:here", "m.room.message")
        assert (after.level("@bob:here") == CREATOR_LEVEL) == (version == "12")


def test_encryption_is_never_taken_back() -> None:
    rooms = RoomStates()
    after = rooms.enter("!r")
    after.apply(state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
    after.apply(state("m.room.encryption", {}))
    assert after.encrypted


@given(st.text(), st.text() | st.none())
def test_what_is_said_mentions_nobody(text: str, html: str | None) -> None:
    words = MessageContent(text, html, "$q", "$root")
    for content in (contents.notice(words), contents.edit("$1", words)):
        assert content["m.mentions"] == {}
        assert content["msgtype"] == "m.notice"
    edited: Any = contents.edit("$1", words)["m.new_content"]
    assert edited == {k: v for k, v in contents.notice(words).items() if k != "m.relates_to"}


@given(st.binary(max_size=40), st.text(max_size=50), st.text(max_size=30), st.text(max_size=50))
def test_a_file_with_a_wrong_key_is_not_opened(raw: bytes, key: str, iv: str, sha: str) -> None:
    with pytest.raises(DamagedFileError):
        decrypt(raw, EncryptionDetails(key, iv, sha))


def test_waiting_messages_are_told_of_once_a_session_and_opened_later() -> None:
    now = [0.0]
    messages = UndecryptedMessages(lambda: now[0])

    def raw(number: int) -> Json:
        return {"event_id": f"${number}", "sender": "@a:b", "content": {}}

    messages.add("!r", "one", raw(1))
    messages.add("!r", "one", raw(2))
    messages.add("!r", "one", raw(2))
    messages.add("!r", "two", raw(3))
    assert messages.next_due() == GRACE_SECONDS
    assert messages.pop_overdue(lambda *_: "") == []
    now[0] = GRACE_SECONDS
    assert [told.event_id for told in messages.pop_overdue(lambda *_: "")] == ["$1", "$3"]
    assert messages.pop_overdue(lambda *_: "") == []
    assert messages.next_due() is None
    later = UndecryptedMessages(lambda: 0.0)
    later.restore(messages.dump())
    later.add("!r", "one", raw(4))
    assert later.pop_overdue(lambda *_: "") == []
    clear: Json = {"clear": True}
    read = later.pop_decrypted(
        lambda _, encrypted: clear if encrypted["event_id"] == "$2" else None
    )
    assert read == [("!r", clear)]
    assert "$2" not in later.dump()
    later.forget_room("!r")
    assert later.dump() == "[]"
    later.restore("nonsense")
    assert later.dump() == "[]"


def test_secrets_are_kept_whole_and_closed(tmp_path: Path) -> None:
    safe = Vault(tmp_path, "key")
    safe.put(token="a secret token", device="D")
    safe.put(device=None)
    again = Vault(tmp_path, "key")
    assert (again.get("token"), again.get("device")) == ("a secret token", None)
    file = tmp_path / "secrets.sealed"
    assert b"a secret token" not in file.read_bytes()
    for broken in (b"", b"{}", b"[]", file.read_bytes().replace(b'"tag": "', b'"tag": "AAAA')):
        file.write_bytes(broken)
        with pytest.raises(MatrixError, match=r"^MATRIX_PICKLE_KEY: "):
            Vault(tmp_path, "key")
