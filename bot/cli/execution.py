"""Execution of a parsed command line: settings, corpus, then the module of its command."""

import sys
from contextlib import ExitStack
from importlib.util import find_spec

from bot.answering.evaluation import read_questions
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import use_language
from bot.chat.texts.notices import notice
from bot.chat.texts.program_texts import ProgramText
from bot.cli.accounts import check_accounts, tell_accounts
from bot.cli.arguments import Arguments
from bot.cli.ask import ask, ask_lines, parse_question
from bot.cli.calibrate import compare_thresholds
from bot.cli.check import report_fault, report_load, report_quickly
from bot.cli.corpus_load import load, load_quietly
from bot.cli.eval import evaluate_file
from bot.cli.eval_records import open_recorder, report_records
from bot.cli.exit_codes import OK
from bot.cli.explain import explain_question
from bot.cli.output import sentence
from bot.cli.show import parse_span, show
from bot.cli.sources import list_sources
from bot.config import logs
from bot.config.settings import Settings, load_settings
from bot.core.errors import CorpusError, ManifestError, SettingsError, UsageError
from bot.ingest.display_names import display_name
from bot.platforms.console import Streams
from bot.platforms.profile import read_profile
from bot.platforms.services import build_answering
from bot.platforms.streams import Output
from bot.state.folder_lock import folder_lock

LOCAL_ADDRESS = "127.0.0.1:8080"
"""The address of `--web`, which other machines do not reach."""

_SINGLE = ("ask", "sources", "show", "eval", "explain", "calibrate")
"""Commands that end with one piece of work."""


async def execute(arguments: Arguments) -> int:
    """Carry out a command and return its exit code; raises `SourcesSayError` if it cannot."""
    if arguments.command == "check":
        return await _check(arguments, Output(sys.stdout), Output(sys.stderr))
    if arguments.command == "doctor":
        return await _diagnose(arguments, Output(sys.stdout))
    if arguments.token is not None:
        # The state needs a library that most other commands do not.
        from bot.cli.token import change_tokens  # noqa: PLC0415

        return await change_tokens(arguments.token, _load_settings(arguments), Output(sys.stdout))
    _validate(arguments)
    settings = _load_settings(arguments)
    # Before a long load begins.
    read_profile(settings.chat.name, settings.chat.avatar)
    with ExitStack() as held:
        is_served = arguments.command == "run" and bool(
            tell_accounts(settings, Output(sys.stdout)) or settings.web.address
        )
        if is_served:
            # Two programs would both answer; they also share the files of keys and of the state.
            held.enter_context(folder_lock(settings.state_folder()))
        recorder = held.enter_context(open_recorder(arguments, settings))
        in_child = arguments.command not in _SINGLE
        answering = build_answering(settings, in_child=in_child, completions=recorder)
        try:
            await _dispatch(arguments, settings, answering)
        finally:
            await answering.close()
    if recorder is not None:
        report_records(recorder, Output(sys.stdout), arguments.dump or arguments.record)
    return OK


async def _dispatch(arguments: Arguments, settings: Settings, answering: AnsweringService) -> None:
    streams = Streams(sys.stdin, Output(sys.stdout))
    report = await load(answering, Output(sys.stderr))
    scope = _scope(arguments, answering)
    output, as_json = streams.output, arguments.json
    match arguments.command:
        case "ask" if arguments.jsonl:
            await ask_lines(answering, streams.input, scope, output)
        case "ask":
            words = parse_question(arguments.question)
            emphasis = settings.answer.emphasis
            await ask(answering, words, scope, output, as_json=as_json, emphasis=emphasis)
        case "sources":
            await list_sources(answering, scope, output, as_json=as_json)
        case "show":
            span = parse_span(arguments.at)
            await show(answering, arguments.document, span, scope, output)
        case "eval":
            await evaluate_file(answering, arguments.questions, scope, output)
        case "explain":
            words = parse_question(arguments.question)
            await explain_question(answering, words, scope, output, as_json=as_json)
        case "calibrate":
            await compare_thresholds(answering, arguments.questions, scope, output)
        case "mcp":
            from bot.cli.mcp import serve_tools  # noqa: PLC0415 - its library takes long, too

            await serve_tools(answering, settings, scope)
        case _:
            # The chat imports libraries that the commands above do not need.
            from bot.cli.run import run  # noqa: PLC0415

            await run(answering, settings, report, streams, scope)


async def _check(arguments: Arguments, output: Output, errors: Output) -> int:
    try:
        settings = _load_settings(arguments)
        read_profile(settings.chat.name, settings.chat.avatar)
        if arguments.accounts:
            return await check_accounts(settings, output)
        if arguments.fast:
            return report_quickly(settings, output)
        answering = build_answering(settings)
        try:
            report = await load_quietly(answering, errors)
        finally:
            await answering.close()
    except (SettingsError, CorpusError, ManifestError) as fault:
        return report_fault(fault, output)
    _scope(arguments, answering)
    return report_load(report, output)


async def _diagnose(arguments: Arguments, output: Output) -> int:
    # A reader needs the library for HTTP, which most other commands do not.
    from bot.cli.doctor import diagnose_reader  # noqa: PLC0415

    return await diagnose_reader(_load_settings(arguments), output)


def _validate(arguments: Arguments) -> None:
    """Raise the errors of arguments that need no corpus, before a long load begins."""
    if arguments.command == "show":
        parse_span(arguments.at)
    if arguments.command in ("ask", "explain") and not arguments.jsonl:
        parse_question(arguments.question)
    if arguments.command in ("eval", "calibrate"):
        read_questions(arguments.questions)
    if arguments.command == "mcp" and find_spec("mcp") is None:
        raise UsageError(sentence(notice(ProgramText.MCP_MISSING)))
    if arguments.jsonl and arguments.question:
        raise UsageError(sentence(notice(Text.QUESTION_AND_LINES)))


def _load_settings(arguments: Arguments) -> Settings:
    """The settings, with those of the command line; configures the logs by them."""
    given = {"corpus.folder": arguments.corpus, "log.level": arguments.log_level}
    overrides: dict[str, object] = {key: each for key, each in given.items() if each is not None}
    if arguments.web:
        overrides |= {"web.address": LOCAL_ADDRESS, "web.open_collections": "*"}
    settings = load_settings(arguments.config, overrides)
    logs.configure(settings.log.level, settings.log.format)
    use_language(settings.chat.language)
    return settings


def _scope(arguments: Arguments, answering: AnsweringService) -> Scope:
    """The collections of `--collection`; raises `UsageError` for an unknown one."""
    known = answering.corpus.collections
    for name in arguments.collections:
        if name not in known:
            names = display_name(", ".join(sorted(known)))
            unknown = notice(Text.COLLECTION_UNKNOWN, name=display_name(name, 80), known=names)
            raise UsageError(sentence(unknown))
    return frozenset(arguments.collections) or None
