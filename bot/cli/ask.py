"""`ask` and `sources`: one reply, a reply a line, the list of documents."""

import json
import time
from typing import TextIO

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.commands import Ask, Empty, Malformed
from bot.chat.grammar import MOST_CHARACTERS, question
from bot.chat.identity import Scope
from bot.chat.questions import QuestionAsker
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.escape import json_escaped
from bot.chat.rendering.json import VERSION, to_json
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.replies import list_blocks, reply_blocks
from bot.chat.texts.catalogue import Notice, Text, notice
from bot.cli.curator_tools import sentence
from bot.core.errors import UsageError
from bot.core.replies import Silence
from bot.platforms.console import dialect_for
from bot.platforms.streams import InputLine, Output, read_lines


def one_question(text: str) -> str:
    """The question in the words of a command line; `UsageError` says why there is none."""
    # Bytes that the system could not decode came in as lone surrogates.
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
    """Put one question and write its reply."""
    started = time.perf_counter()
    reply = (await QuestionAsker(answering).ask(words, scope)).reply
    if as_json:
        write_json(to_json(reply, words, time.perf_counter() - started), output)
    else:
        write_blocks(reply_blocks(reply), output)


async def ask_lines(
    answering: AnsweringService, stream: TextIO | None, scope: Scope, output: Output
) -> None:
    """One JSON object for each line of `stream` that holds a question, in order, at once."""
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
                write_json(_not_asked(answering, line, notice(Text.EMPTY)), output)
            case _:
                long = notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=line.length)
                write_json(_not_asked(answering, line, long), output)


def _not_asked(answering: AnsweringService, line: InputLine, why: Notice) -> str:
    """An object for a line that is no question: without one, lines fall out of step."""
    corpus = answering.corpus
    silence = Silence(line.text.strip(), corpus.revision, len(corpus.documents))
    content = json.loads(to_json(silence, silence.question, 0.0))
    return _line(content | {"notice": sentence(why)})


async def sources(
    answering: AnsweringService, scope: Scope, output: Output, *, as_json: bool
) -> None:
    """List the documents that may be seen."""
    infos = await answering.documents(scope)
    if not as_json:
        write_blocks(list_blocks(infos), output)
        return
    content = {
        "version": VERSION,
        "revision": answering.corpus.revision,
        "documents": [_listed(info) for info in infos],
    }
    write_json(_line(content), output)


def _listed(info: DocumentInfo) -> dict[str, object]:
    document, source = info.document, info.document.source
    return {
        "document": document.path,
        "collection": document.collection,
        "title": source.title,
        "author": source.author,
        "publisher": source.publisher,
        "date": source.date,
        "date_note": source.date_note,
        "url": source.url,
        "about": source.about,
        "revision": document.revision,
        "passages": info.passages,
    }


def write_blocks(blocks: tuple[Block, ...], output: Output) -> None:
    """Write blocks as text for whoever reads `output`."""
    for page in paginate(blocks, dialect_for(output)):
        output.write(page.text + "\n")


def write_json(line: str, output: Output) -> None:
    """Write one line of JSON; in plain ASCII where the output knows no more."""
    output.write((line if output.is_unicode else json.dumps(json.loads(line))) + "\n")


def _line(content: object) -> str:
    return json_escaped(json.dumps(content, ensure_ascii=False, allow_nan=False))
