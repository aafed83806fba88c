"""The interface in other languages: catalogues without gaps, and who reads which."""

from string import Formatter

import pytest
import regex
from babel.messages.catalog import Message as Entry

from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import COMMAND_NAME, MENU
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import (
    LANGUAGES,
    Language,
    in_language,
    language_of_locale,
    translated,
)
from bot.chat.texts.notices import notice
from tests.catalogues import command_names, read, template

OTHERS = [language for language in LANGUAGES if language != "en"]
_NAME = regex.compile(r"[-_\p{L}\p{N}]{1,32}")


def parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def forms(entry: Entry) -> list[tuple[str, str]]:
    """The English and the translated forms of an entry, side by side."""
    own = entry.string
    if isinstance(entry.id, str):
        return [(entry.id, str(own))]
    return [(entry.id[1], form) for form in own or ()]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_its_parameters(language: Language) -> None:
    catalogue = read(language)
    assert not catalogue.obsolete
    here = {(entry.id, entry.context): entry for entry in catalogue if entry.id}
    assert set(here) == {(entry.id, entry.context) for entry in template() if entry.id}
    for entry in here.values():
        assert not entry.fuzzy
        assert isinstance(entry.id, str) or len(forms(entry)) == catalogue.num_plurals
        for english, own in forms(entry):
            assert own.strip(), english
            assert parameters(own) == parameters(english), english
            assert "!" not in own.replace("!room", ""), english
            assert "|" not in own or "|" in english, english


@pytest.mark.parametrize("language", OTHERS)
def test_names_of_commands_are_such_that_discord_takes_them(language: Language) -> None:
    names = {name: translated(name, language, COMMAND_NAME) for name in command_names()}
    assert all(_NAME.fullmatch(own) and own == own.lower() for own in names.values())
    siblings = ("ask", "sources", "source", "help", "about", "privacy", "room", "setup")
    assert len({names[each] for each in siblings}) == len(siblings)
    assert len(translated(MENU, language)) <= 32


def test_texts_are_in_the_language_of_their_context() -> None:
    text = notice(Text.SILENT)
    with in_language("de"):
        german = notice(Text.SILENT)
        assert PLAIN.notice(text) == "The documents do not answer this."
    assert PLAIN.notice(german) != PLAIN.notice(text)
    assert PLAIN.notice(notice(Text.SILENT)) == PLAIN.notice(text)


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "1,234"), ("de", "1.234"), ("fr", "1\u202f234"), ("es", "1.234"), ("ru", "1\xa0234")],
)
def test_numbers_have_the_separators_of_the_language(language: Language, written: str) -> None:
    with in_language(language):
        assert written in PLAIN.notice(notice(CuratorText.STATUS_REPLIES, count=1234))


def test_russian_has_three_forms_by_number() -> None:
    with in_language("ru"):
        texts = [PLAIN.notice(notice(Text.PASSAGES, count=count)) for count in (1, 21, 3, 5, 11)]
    words = [regex.sub(r"\d+\s", "", text) for text in texts]
    assert words[0] == words[1]
    assert words[3] == words[4]
    assert len(set(words)) == 3


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("es-419", "es"), ("de", "de"), ("ru_RU.UTF-8", "ru"), ("pt-BR", None)],
)
def test_a_locale_names_a_language(locale: str, language: Language | None) -> None:
    assert language_of_locale(locale) == language
