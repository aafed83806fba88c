"""The list of what is near to a question that met silence: titles with places, to choose from."""

from collections import Counter
from collections.abc import Sequence

from bot.chat.rendering.blocks import Block, NoticeBlock, notice_block
from bot.chat.rendering.citations import locator_text
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice, shorten
from bot.core.replies import Excerpt

_TITLE_CHARACTERS = 80
_PLACE_CHARACTERS = 120
_BEGINNING = 40


def nearest_block(excerpts: Sequence[Excerpt], *further: Notice) -> NoticeBlock:
    """A line for each excerpt, numbered from 1, with its title and place; then `further` lines."""
    labels = excerpt_labels(excerpts)
    entries = (
        notice(Text.NEAREST_ENTRY, number=number, title=title, place=place)
        for number, (title, place) in enumerate(labels, start=1)
    )
    return notice_block(notice(Text.NEAREST), *entries, *further)


def is_nearest(block: Block) -> bool:
    """Whether a block is the list of what is near."""
    if not isinstance(block, NoticeBlock):
        return False
    return any(nearest_number(line[0]) for line in block.lines)


def nearest_number(line: Notice) -> int:
    """The number of the excerpt that a line of the list names; 0 for another line."""
    number = dict(line.parameters)["number"] if line.text is Text.NEAREST_ENTRY else 0
    return number if isinstance(number, int) else 0


def excerpt_labels(excerpts: Sequence[Excerpt]) -> list[tuple[str, str]]:
    """The title and the place of each excerpt, which tell them apart.

    Documents of one title have their path in the place; in one place, such as two parts of a long
    paragraph, it is the first words of the quotes that differ.
    """
    documents = {each.citation.document: each.citation.source.title for each in excerpts}
    shared = Counter(documents.values())
    labels: list[tuple[str, str]] = []
    for excerpt in excerpts:
        cited = excerpt.citation
        place = locator_text(cited.locator, _PLACE_CHARACTERS)
        if shared[cited.source.title] > 1:
            place = f"{place}, {shorten(cited.document, _TITLE_CHARACTERS)}"
        labels.append((shorten(cited.source.title, _TITLE_CHARACTERS), place))
    alike = Counter(labels)
    return [
        (title, place if alike[title, place] == 1 else f"{place}: {_beginning(excerpt)}")
        for (title, place), excerpt in zip(labels, excerpts, strict=True)
    ]


def _beginning(excerpt: Excerpt) -> str:
    return shorten(" ".join(excerpt.shown.split()), _BEGINNING)
