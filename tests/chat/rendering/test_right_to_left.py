"""Matrix: the direction of text from right to left, which no attribute can name there."""

from bot.chat.rendering.blocks import QuoteBlock, notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.documents import Span
from bot.core.replies import Excerpt
from tests.chat.builders import document, passage
from tests.chat.rendering.test_matrix import html_of


def test_lines_from_right_to_left_are_isolated_each_by_itself() -> None:
    text = "בשנת 1844 נכתב Linux.\nIn 1844.\nحلب <b>؟"
    doc = document(text, title="حلب", publisher="The Almanac", url="https://example.org/")
    one = Excerpt(passage(doc), (Span(0, len(text)),), sentence=Span(0, 21))
    assert html_of(QuoteBlock(one, 1)) == (
        "<blockquote>\u2068<strong>בשנת 1844 נכתב Linux.</strong>\u2069<br>In 1844.<br>"
        "\u2068حلب &lt;b&gt;؟\u2069</blockquote>"
        '<p>1 · <strong><a href="https://example.org/">\u2068حلب\u2069</a></strong>, '
        "The Almanac, 2016-12, paragraph 2</p>"
    )
    found = notice(Text.MISSING, terms="متى")
    assert html_of(notice_block(found)) == "<p>Found nowhere: \u2068متى\u2069.</p>"
