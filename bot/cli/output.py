"""Notices, blocks and JSON written to standard output, for all commands."""

import json

from bot.chat.rendering.blocks import Block
from bot.chat.rendering.escape import json_escaped
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Notice
from bot.platforms.console import dialect_for
from bot.platforms.streams import Output


def sentence(notice: Notice) -> str:
    """A notice as plain text on one line."""
    return PLAIN.notice(notice)


def write_sentence(notice: Notice, output: Output) -> None:
    """Write a notice on a line of its own."""
    output.write(sentence(notice) + "\n")


def write_blocks(blocks: tuple[Block, ...], output: Output) -> None:
    """Write blocks: styled at a terminal, as plain text elsewhere."""
    for page in paginate(blocks, dialect_for(output)):
        output.write(page.text + "\n")


def json_line(content: object) -> str:
    """JSON on one line, with hostile characters escaped."""
    return json_escaped(json.dumps(content, ensure_ascii=False, allow_nan=False))


def write_json(line: str, output: Output) -> None:
    """Write a line of JSON, in ASCII if the encoding of the output is not Unicode."""
    output.write((line if output.is_unicode else json.dumps(json.loads(line))) + "\n")
