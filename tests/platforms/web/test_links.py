from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import StateError
from bot.platforms.web.links import KEY_FILE, PageLinks, path_prefix, signing_key

KEY = bytes(range(32))
LINKS = PageLinks(KEY, "https://docs.example.org/bot/", days=30)
REPLY = "00ff" * 4

names = st.frozensets(st.text(min_size=1, max_size=20), max_size=6)


def token_of(url: str) -> str:
    return url.removeprefix("https://docs.example.org/bot/a/").split("/")[0]


@given(st.sampled_from((REPLY, f"{REPLY}01")), st.none() | names, names)
def test_a_link_shows_its_reply_and_exactly_the_collections_of_its_room(
    reply: str, scope: frozenset[str] | None, others: frozenset[str]
) -> None:
    view = LINKS.view(token_of(LINKS.excerpt(reply, scope, 2)))
    assert view is not None
    assert view.reply == reply
    known = others | (scope or frozenset())
    assert view.scope(known) == scope


@given(names, st.data())
def test_a_link_that_was_changed_in_any_character_shows_nothing(
    scope: frozenset[str], data: st.DataObject
) -> None:
    token = token_of(LINKS.answer(REPLY, scope))
    place = data.draw(st.integers(0, len(token) - 1))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.é\0"
    character = data.draw(st.sampled_from(alphabet.replace(token[place], "")))
    changed = token[:place] + character + token[place + 1 :]
    # The last character of Base64 may hold bits that stand for nothing.
    if place < len(token) - 1:
        assert LINKS.view(changed) is None
    assert LINKS.view(token[:place]) is None


def test_a_link_ends_after_its_days_and_with_its_key() -> None:
    token = token_of(LINKS.answer(REPLY, None))
    assert PageLinks(KEY, "https://docs.example.org/bot", days=-1).view(token) is None
    assert PageLinks(KEY[::-1], "https://docs.example.org/bot", days=30).view(token) is None
    assert PageLinks(KEY, "https://elsewhere.example.org", days=30).view(token) is not None


def test_a_link_of_a_room_with_three_collections_is_short() -> None:
    assert len(token_of(LINKS.answer(REPLY, frozenset(("rules", "minutes", "maps"))))) < 100


def test_the_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert signing_key(tmp_path) == key
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StateError, match="is damaged; remove it, then start again"):
        signing_key(tmp_path)


def test_the_prefix_of_a_proxy_is_the_path_of_the_public_address() -> None:
    assert path_prefix("https://example.org/docs/") == "/docs"
    assert path_prefix("https://example.org") == ""
