"""`ask`: answers one question, or one question a line of standard input."""

import json
import time
from typing import TextIO

from bot.answering.service import AnsweringService
from bot.chat.command_grammar import MOST_CHARACTERS, question
from bot.chat.commands import Ask, Empty, Malformed
from bot.chat.identity import Scope
from bot.chat.questions import QuestionAsker
from bot.chat.rendering.json import to_json
from bot.chat.rendering.replies import reply_blocks
from bot.chat.texts.catalogue import Notice, Text, notice
from bot.cli.output import json_line, sentence, write_blocks, write_json
from bot.core.errors import UsageError
from bot.core.replies import Silence
from bot.platforms.streams import InputLine, Output, read_lines


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
        case Malformed(reason):
            raise UsageError(sentence(reason))
        case _:
            raise UsageError(sentence(notice(Text.EMPTY)))


async def ask(
    answering: AnsweringService, words: str, scope: Scope, output: Output, *, as_json: bool
) -> None:
    """Answer one question and write the reply."""
    started = time.perf_counter()
    reply = (await QuestionAsker(answering).ask(words, scope)).reply
    if as_json:
        write_json(to_json(reply, words, time.perf_counter() - started), output)
    else:
        write_blocks(reply_blocks(reply), output)


async def ask_lines(
    answering: AnsweringService, stream: TextIO | None, scope: Scope, output: Output
) -> None:
    """Answer the questions of `stream`, one a line, each with one JSON object at once.

    Blank lines are skipped.
    """
    asker = QuestionAsker(answering)
    async for line in read_lines(stream):
        if not line.text.strip():
            continue
        started = time.perf_counter()
        match question(line.text):
            case Ask(words) if line.is_whole:
                reply = (await asker.ask(words, scope)).reply
                write_json(to_json(reply, words, time.perf_counter() - started), output)
            case Empty():
                write_json(_rejection(answering, line, notice(Text.EMPTY)), output)
            case _:
                too_long = notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=line.length)
                write_json(_rejection(answering, line, too_long), output)


def _rejection(answering: AnsweringService, line: InputLine, reason: Notice) -> str:
    """A silence with a `notice`, for a line that is no question.

    It keeps the lines of output in step with the lines of input.
    """
    corpus = answering.corpus
    silence = Silence(line.text.strip(), corpus.revision, len(corpus.documents))
    content = json.loads(to_json(silence, silence.question, 0.0))
    return json_line(content | {"notice": sentence(reason)})
