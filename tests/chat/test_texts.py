from string import Formatter

import pytest

from bot.chat.command_grammar import CONSOLE, DISCORD, SPECS
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import HELP, SLASH
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.templates import Plural
from tests.catalogues import TEXTS


def test_a_text_has_its_parameters_in_singular_and_plural_and_no_others() -> None:
    for text in TEXTS:
        entry = text.value
        templates = (entry.one, entry.many) if isinstance(entry, Plural) else (entry,)
        for template in templates:
            names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            assert names == text.parameters
            assert "!" not in template
        if isinstance(entry, Plural):
            assert entry.of in text.parameters


def test_help_tells_of_every_command() -> None:
    assert set(HELP) == {spec.name for spec in CONSOLE.specs()}
    slash = {spec.name for spec in SPECS if spec.surfaces & DISCORD.help}
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
