from string import Formatter

import pytest

from bot.chat.command_grammar import CONSOLE, SPECS, Surface
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.chat.texts.command_texts import HELP, SLASH
from bot.chat.texts.templates import TRANSLATIONS, Plural, parsed


def test_a_text_has_its_parameters_in_singular_and_plural_and_no_others() -> None:
    for text in Text:
        entry = text.value
        templates = (entry.form(1), entry.form(2)) if isinstance(entry, Plural) else (entry,)
        for template in templates:
            names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            assert names == text.parameters
            assert "!" not in template
        if isinstance(entry, Plural):
            assert entry.of in text.parameters


@pytest.mark.parametrize("language", sorted(TRANSLATIONS))
def test_a_translation_has_the_parameters_of_its_text(language: str) -> None:
    for name, template in TRANSLATIONS[language].items():
        assert {name for _, name in parsed(template) if name} == Text[name].parameters
        assert "!" not in template


def test_languages_have_the_same_texts() -> None:
    assert len({frozenset(texts) for texts in TRANSLATIONS.values()}) == 1


def test_help_tells_of_every_command() -> None:
    assert set(HELP) == {spec.name for spec in CONSOLE.specs()}
    slash = {spec.name for spec in SPECS if spec.surfaces & Surface.SLASH}
    assert slash <= set(SLASH)


def test_texts_are_apart() -> None:
    assert len(list(Text)) == len(Text.__members__)


def test_a_notice_takes_its_parameters_only() -> None:
    with pytest.raises(ValueError, match="MISSING takes"):
        notice(Text.MISSING)
    with pytest.raises(ValueError, match="SILENT takes"):
        notice(Text.SILENT, more="words")
    with pytest.raises(TypeError, match="catalogue"):
        Notice("Trust me.")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("speaking", "sentence"),
    [
        (1, "1 of 5 documents speaks to this."),
        (2, "2 of 5 documents speak to this."),
    ],
)
def test_a_number_chooses_the_form_whatever_the_order(speaking: int, sentence: str) -> None:
    assert PLAIN.notice(notice(Text.SPEAKING, documents=5, speaking=speaking)) == sentence


def test_braces_in_a_parameter_are_only_braces() -> None:
    assert PLAIN.notice(notice(Text.MISSING, terms="{id} {0}")) == "Found nowhere: {id} {0}."


def test_a_shortened_text_says_so() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghijk", 10) == "abcdef […]"
