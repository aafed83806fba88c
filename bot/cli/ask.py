"""`ask`: answers one question, or one question a line of standard input."""

import time
from typing import TextIO

from bot.answering.service import AnsweringService
from bot.chat.command_grammar import MOST_CHARACTERS, question
from bot.chat.commands import Ask, Empty, Malformed
from bot.chat.help import small_talk_notices
from bot.chat.identity import Scope
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.json import reply_contents
from bot.chat.rendering.replies import reply_blocks
from bot.chat.small_talk import SmallTalk, small_talk
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.cli.output import sentence, write_blocks, write_json
from bot.core.errors import UsageError
from bot.core.replies import Reply, Silence
from bot.platforms.streams import Output, read_lines


def parse_question(text: str) -> str:
    """The question on a command line, without blanks around it.

    Raises `UsageError` for an empty question and one that is too long.
    """
    # Python decodes invalid bytes of an argument to lone surrogates; make them U+FFFD.
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text:
        raise UsageError(sentence(notice(Text.NO_QUESTION)))
    match question(text):
        case Ask(words):
            return words
        case SmallTalk():
            return text.strip()
        case Malformed(reason):
            raise UsageError(sentence(reason))
        case _:
            raise UsageError(sentence(notice(Text.EMPTY)))


async def ask(
    answering: AnsweringService,
    words: str,
    scope: Scope,
    output: Output,
    *,
    as_json: bool,
    emphasis: bool,
) -> None:
    """Answer one question and write the reply."""
    started = time.perf_counter()
    if talk := small_talk(words):
        if as_json:
            _reject(answering, words, small_talk_notices(talk), output)
        else:
            write_blocks((notice_block(*small_talk_notices(talk)),), output)
        return
    reply = await answering.ask(words, scope)
    if as_json:
        _write_reply(reply, words, started, output)
    else:
        write_blocks(reply_blocks(reply), output, emphasis=emphasis)


async def ask_lines(
    answering: AnsweringService, stream: TextIO | None, scope: Scope, output: Output
) -> None:
    """Answer the questions of `stream`, one a line, each with one JSON object at once.

    Blank lines are skipped.
    """
    async for line in read_lines(stream):
        if not line.text.strip():
            continue
        started = time.perf_counter()
        match question(line.text):
            case Ask(words) if line.is_whole:
                reply = await answering.ask(words, scope)
                _write_reply(reply, words, started, output)
            case SmallTalk() as talk if line.is_whole:
                _reject(answering, line.text, small_talk_notices(talk), output)
            case Empty():
                _reject(answering, line.text, (notice(Text.EMPTY),), output)
            case _:
                too_long = notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=line.length)
                _reject(answering, line.text, (too_long,), output)


def _write_reply(reply: Reply, words: str, started: float, output: Output) -> None:
    write_json(reply_contents(reply, words, time.perf_counter() - started), output)


def _reject(
    answering: AnsweringService, text: str, reasons: tuple[Notice, ...], output: Output
) -> None:
    """Write a silence with a `notice`, for a text that is no question.

    It keeps the lines of output in step with the lines of input.
    """
    corpus = answering.corpus
    silence = Silence(text.strip(), corpus.revision, len(corpus.documents))
    content = reply_contents(silence, silence.question, 0.0)
    write_json(content | {"notice": " ".join(map(sentence, reasons))}, output)
