"""Notices, blocks and JSON written to standard output, for all commands."""

from bot.chat.rendering.blocks import Block
from bot.chat.rendering.json import json_line
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.notices import Notice
from bot.platforms.console import dialect_for
from bot.platforms.streams import Output


def sentence(notice: Notice) -> str:
    """A notice as plain text on one line."""
    return PLAIN.notice(notice)


def write_sentence(notice: Notice, output: Output) -> None:
    """Write a notice on a line of its own."""
    output.write(sentence(notice) + "\n")


def write_blocks(blocks: tuple[Block, ...], output: Output, *, emphasis: bool = False) -> None:
    """Write blocks: styled at a terminal, as plain text elsewhere."""
    for page in paginate(blocks, dialect_for(output, emphasis=emphasis)):
        output.write(page.text + "\n")


def write_json(content: object, output: Output) -> None:
    """Write JSON on one line, hostile characters escaped; in ASCII if the output is not Unicode."""
    output.write(json_line(content, ascii_only=not output.is_unicode) + "\n")
