"""A parsed command line to its exit code."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import structlog

from bot.answering.evaluation import read_questions
from bot.answering.service import AnsweringService
from bot.chat.texts.catalogue import Text, notice
from bot.cli import ask, calibrate, curator_tools, explain
from bot.cli.arguments import Arguments
from bot.cli.corpus_watch import watching
from bot.cli.curator_tools import sentence
from bot.cli.first_load import load, load_quietly
from bot.cli.setup import history_file, settings_of
from bot.config.access import access_of
from bot.config.settings import Settings
from bot.core.errors import CorpusError, ManifestError, SettingsError, UsageError
from bot.ingest.display_names import display_name
from bot.ingest.loader import LoadReport
from bot.platforms.console import Streams, run_console
from bot.platforms.services import build_answering, corpus_files
from bot.platforms.streams import Output
from bot.processes.child import exit_now

OK, INTERRUPTED, TERMINATED = 0, 130, 143

_log = structlog.stdlib.get_logger(__name__)


async def perform(arguments: Arguments) -> int:
    """Do what a command line asks for; raises `SourcesSayError` where it cannot be done."""
    if arguments.command == "check":
        return await _check(arguments, Output(sys.stdout), Output(sys.stderr))
    _refuse_early(arguments)
    settings = settings_of(arguments)
    async with _closed(build_answering(settings)) as answering:
        await _do(arguments, settings, answering)
    return OK


async def _do(arguments: Arguments, settings: Settings, answering: AnsweringService) -> None:
    streams, errors = Streams(sys.stdin, Output(sys.stdout)), Output(sys.stderr)
    report = await load(answering, errors)
    scope = scope_of(arguments, answering)
    output = streams.output
    match arguments.command:
        case "ask" if arguments.jsonl:
            await ask.ask_lines(answering, streams.input, scope, output)
        case "ask":
            words = ask.one_question(arguments.question)
            await ask.ask(answering, words, scope, output, as_json=arguments.json)
        case "sources":
            await ask.sources(answering, scope, output, as_json=arguments.json)
        case "show":
            span = curator_tools.span_of(arguments.at)
            await curator_tools.show(answering, arguments.document, span, scope, output)
        case "eval":
            await curator_tools.measure(answering, arguments.questions, scope, output)
        case "explain":
            words = ask.one_question(arguments.question)
            as_json = arguments.json
            await explain.explain_question(answering, words, scope, output, as_json=as_json)
        case "calibrate":
            await calibrate.compare_levels(answering, arguments.questions, scope, output)
        case _:
            await _run(answering, settings, report, streams, scope)


def _refuse_early(arguments: Arguments) -> None:
    """Say what is wrong with the words themselves before anybody waits for a corpus."""
    if arguments.command == "show":
        curator_tools.span_of(arguments.at)
    if arguments.command in ("ask", "explain") and not arguments.jsonl:
        ask.one_question(arguments.question)
    if arguments.command in ("eval", "calibrate"):
        read_questions(arguments.questions)
    if arguments.jsonl and arguments.question:
        raise UsageError(sentence(notice(Text.QUESTION_AND_LINES)))


def scope_of(arguments: Arguments, answering: AnsweringService) -> frozenset[str] | None:
    """The collections a command line names; `UsageError` where one does not exist."""
    known = answering.corpus.collections
    for name in arguments.collections:
        if name not in known:
            some = display_name(", ".join(sorted(known)))
            raise UsageError(
                sentence(notice(Text.COLLECTION_UNKNOWN, name=display_name(name, 80), known=some))
            )
    return frozenset(arguments.collections) or None


async def _check(arguments: Arguments, output: Output, errors: Output) -> int:
    try:
        async with _closed(build_answering(settings_of(arguments))) as answering:
            report = await load_quietly(answering, errors)
    except (SettingsError, CorpusError, ManifestError) as fault:
        return curator_tools.check_fault(fault, output)
    scope_of(arguments, answering)
    return curator_tools.check_report(report, output)


async def _run(
    answering: AnsweringService,
    settings: Settings,
    report: LoadReport,
    streams: Streams,
    scope: frozenset[str] | None,
) -> None:
    access = access_of(settings)
    if access:
        if scope is not None:
            raise UsageError(sentence(notice(Text.COLLECTION_BY_ROOM)))
        # It takes a while to import: who chats at the console does not wait for it.
        from bot.cli.run import serve  # noqa: PLC0415

        errors = Output(sys.stderr)
        await serve(answering, settings, report, access, streams.output, errors)
        return

    def history() -> Path | None:
        try:
            return history_file(settings)
        except SettingsError as fault:
            _log.warning("what you type is not kept", reason=str(fault))
            return None

    watched = watching(settings.corpus.folder, answering, wanted=settings.corpus.watch)
    async with watched:
        await run_console(answering, corpus_files(settings), streams, scope=scope, history=history)


@asynccontextmanager
async def _closed(answering: AnsweringService) -> AsyncIterator[AnsweringService]:
    """Close it when the body ends, however it does."""
    try:
        yield answering
    finally:
        await answering.close()


def run_to_end(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` with an event loop of its own; its result is the exit code.

    Ctrl-C and SIGTERM cancel it, so that everything it holds is put back in order; then
    the process ends at once, whatever its threads are still reading.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        try:
            return runner.run(_until_terminated(work, loop))
        except KeyboardInterrupt:
            leave(INTERRUPTED)
        except asyncio.CancelledError:
            leave(TERMINATED)


async def _until_terminated(work: Coroutine[Any, Any, int], loop: asyncio.AbstractEventLoop) -> int:
    task = asyncio.current_task()
    if task is not None:
        # Not everywhere, and in the main thread only.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def leave(code: int) -> NoReturn:
    """End the process now: a thread in the midst of a large file would hold it up."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    exit_now(code)
