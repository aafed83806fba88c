"""Remarks are hostile by assumption; reasons are understood in each language."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.answering.service import AnsweringService
from bot.chat.feedback import REASONS, REMARK_CHARACTERS, cleaned, reason_named
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.discord import DiscordMarkdown
from bot.chat.rendering.escape import without_hostile
from bot.chat.rendering.matrix import Matrix
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import LANGUAGES, Language, in_language
from bot.chat.texts.notices import notice
from bot.platforms.console import console_chat
from bot.state.records import VoteReason
from bot.state.store import Store
from tests.chat.builders import ANY_TEXT
from tests.chat.rendering.discord_markdown import read, seen
from tests.chat.rendering.test_discord import MARKUP
from tests.chat.rendering.test_matrix import read as read_html
from tests.harness.chat_harness import FILES, ChatHarness
from tests.harness.index_jobs import reloader

REMARK = ANY_TEXT | st.tuples(MARKUP, ANY_TEXT, MARKUP).map("".join)


@given(REMARK)
@example("@everyone <@1> </b><a href='https://evil.example'>x</a>\n> **a** \u202e ```" * 9)
def test_a_remark_stays_one_line_of_words_on_each_platform(typed: str) -> None:
    remark = cleaned(typed)
    assert len(remark) <= REMARK_CHARACTERS
    assert without_hostile(remark) == remark
    assert "\n" not in remark
    block = notice_block(notice(CuratorText.FEEDBACK_REMARK, when="then", remark=remark))
    plainly = f"then: “{remark}”"
    assert PLAIN.render(block).text == plainly
    shown = read(DiscordMarkdown().render(block).text)
    assert (seen(shown), {mark for one in shown for mark in one.marks}) == (plainly, set())
    rendered = Matrix().render(block)
    assert rendered.text == plainly
    (paragraph,) = read_html(rendered.html or "")
    assert paragraph.text == plainly


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_understood_in_each_language(language: Language) -> None:
    for reason, text in REASONS.items():
        with in_language(language):
            words = notice(text).plain()
        assert reason_named(words.upper()) is reason
    assert reason_named("the figure is of 2017") is None


def test_each_reason_has_a_name() -> None:
    assert set(REASONS) == set(VoteReason)


@pytest.fixture
async def harness(tmp_path: Path, memory_store: Store) -> ChatHarness:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "road.md").write_text("# The road\n\nThe road opened in May.\n")
    answering = AnsweringService(reloader(tmp_path / "corpus"))
    await answering.reload()
    return ChatHarness(console_chat(answering, memory_store, FILES))


async def test_at_the_console_a_line_tells_what_can_be_typed_once(harness: ChatHarness) -> None:
    assert (await harness.type("/down")).text == "Ask a question first."
    await harness.type("When did the road open?")
    first = (await harness.type("/down")).text
    assert first == (
        "Noted: this did not help.\nTo say why, write /down and one of these, or words of your own:"
        " Not an answer, Outdated, One-sided, Something else."
    )
    assert (await harness.type("/down einseitig")).text == "Thank you. Noted: One-sided."
    remark = await harness.type("/down  it was \u202eJune " + "x" * 400)
    assert remark.text == "Thank you. Your remark is noted."
    listed = (await harness.type("/feedback", curator=True)).text
    assert "One-sided: 1." in listed
    assert "“it was June xxx" in listed
    assert max(map(len, listed.split("\n"))) < REMARK_CHARACTERS + 30
    assert listed.endswith("/feedback and a number shows the reply as it was given.")
    given = (await harness.type("/feedback 1", curator=True)).text
    assert "│ The road opened in May." in given
    assert "no such reply" in (await harness.type("/feedback 2", curator=True)).text
    assert "Only someone who manages" in (await harness.type("/feedback")).text
    assert (await harness.type("/down")).text == "Your vote is withdrawn."
    assert (await harness.type("/down")).text == "Noted: this did not help."
    assert "One-sided" not in (await harness.type("/feedback", curator=True)).text
    assert (await harness.type("/up")).text == "Noted: this helped."
    assert (await harness.type("/feedback", curator=True)).text == "No reply was found not good."
    assert (await harness.type("/up well")).text == "Write it as /up."
