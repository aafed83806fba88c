"""Command-line parser: the arguments as a frozen value."""

import argparse
from argparse import SUPPRESS
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

from bot import __version__
from bot.core.errors import UsageError
from bot.ingest.display_names import display_name

PROGRAM = "sources-say"

LEVELS = ("debug", "info", "warning", "error")

_LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class TokenArguments:
    """An action on access tokens; None for an option that is not on the command line."""

    action: str
    name: str | None = None
    collections: str | None = None
    right: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one command line; None for an option that is not on it."""

    command: str
    corpus: Path | None = None
    config: Path | None = None
    log_level: str | None = None
    collections: tuple[str, ...] = ()
    question: str = ""
    json: bool = False
    jsonl: bool = False
    document: str = ""
    at: str | None = None
    fast: bool = False
    accounts: bool = False
    web: bool = False
    questions: Path = Path()
    apply: tuple[Path, ...] = ()
    dump: Path | None = None
    record: Path | None = None
    token: TokenArguments | None = None


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors as `UsageError`: one sentence that names --help."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{self.prog}: {display_name(message, _LONGEST_SHOWN)};"
            f" see {self.prog} --help for its use."
        )


@dataclass(frozen=True, slots=True)
class _Option:
    flag: str
    metavar: str
    help: str
    choices: tuple[str, ...] | None = None
    repeats: bool = False


COMMON_OPTIONS = (
    _Option("--corpus", "DIR", "folder of the documents"),
    _Option("--config", "FILE", "file of settings, instead of config/bot.toml"),
    _Option(
        "--collection",
        "NAME",
        "only the documents of this collection; may be given several times",
        repeats=True,
    ),
    _Option("--log-level", "LEVEL", f"what is logged: {', '.join(LEVELS)} or less", choices=LEVELS),
)
"""The options that may stand before and after the name of the command."""

TOKEN_ACTIONS = ("add", "list", "remove")

TOKEN_RIGHTS = ("read", "curate")

COMMANDS = {
    "run": "start every configured platform; with none, the console chat",
    "ask": "answer one question, or one a line",
    "show": "print a document, with a span of it marked",
    "sources": "list the documents",
    "check": "say what is wrong with settings, labels and documents",
    "eval": "measure the replies to questions whose right quotes are known",
    "explain": "say why a question meets what it meets",
    "calibrate": "measure on your own questions when the bot is silent",
    "doctor": "try a part that the bot relies on",
    "mcp": "give language models the documents as tools, on standard input and output",
    "token": "make, list and withdraw the tokens of programs",
}


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    main = _Parser(
        prog=PROGRAM,
        description="Answers questions with verbatim, cited excerpts of your documents.",
        epilog="Without a command: run. docs/commands.md has more.",
        allow_abbrev=False,
    )
    main.add_argument("--version", action="version", version=f"sources-say {__version__}")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    parsers = {
        name: commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        for name, text in COMMANDS.items()
    }
    ask = parsers["ask"]
    ask.add_argument("question", metavar="QUESTION", nargs="*", help="the question")
    ask.add_argument("--json", action="store_true", help="the reply as one JSON object")
    ask.add_argument(
        "--jsonl",
        action="store_true",
        help="questions from standard input, one a line; one JSON object a line",
    )
    show = parsers["show"]
    show.add_argument("document", metavar="DOCUMENT", help="its path or title, or a part of these")
    show.add_argument("--at", metavar="START-END", help="mark these characters")
    parsers["sources"].add_argument("--json", action="store_true", help="as one JSON object")
    parsers["check"].add_argument(
        "--fast", action="store_true", help="only look at the files, read none"
    )
    parsers["check"].add_argument(
        "--accounts", action="store_true", help="log in to the accounts and leave, read no file"
    )
    for name in ("eval", "calibrate"):
        parsers[name].add_argument(
            "questions", metavar="QUESTIONS.jsonl", help="a file of questions"
        )
    _add_eval_options(parsers["eval"])
    for place in (main, parsers["run"]):
        _add_web_option(place)
    parsers["doctor"].add_argument("part", choices=("reader",), help="the part to try")
    _add_token_arguments(parsers["token"])
    explain = parsers["explain"]
    explain.add_argument("question", metavar="QUESTION", nargs="*", help="the question")
    explain.add_argument("--json", action="store_true", help="the same as one JSON object")
    _add_common_options(main, parsers.values())
    return main


def _add_common_options(
    main: argparse.ArgumentParser, subparsers: Iterable[argparse.ArgumentParser]
) -> None:
    """Options that main parser and subparsers store under two names.

    argparse would let a subparser overwrite the value of the main parser.
    """
    places = [(main, "_before"), *((subparser, "_after") for subparser in subparsers)]
    for option, (place, suffix) in product(COMMON_OPTIONS, places):
        place.add_argument(
            option.flag,
            dest=option.flag.strip("-").replace("-", "_") + suffix,
            metavar=option.metavar,
            help=option.help,
            choices=option.choices,
            action="append" if option.repeats else "store",
            default=SUPPRESS,
        )


def _add_eval_options(eval_parser: argparse.ArgumentParser) -> None:
    """The options of `eval` for the prompts and replies of a reader."""
    eval_parser.add_argument(
        "--dump",
        metavar="FILE",
        type=Path,
        help="write the prompts of a reader that have no reply, and ask nobody",
    )
    eval_parser.add_argument(
        "--apply",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="take the replies of a reader from this file; may be given several times",
    )
    eval_parser.add_argument(
        "--record",
        metavar="FILE",
        type=Path,
        help="ask the reader, and write its prompts with their replies",
    )


def _add_web_option(run_parser: argparse.ArgumentParser) -> None:
    run_parser.add_argument(
        "--web",
        action="store_true",
        default=SUPPRESS,
        help="show all documents in a browser on this machine",
    )


def _add_token_arguments(token_parser: argparse.ArgumentParser) -> None:
    token_parser.add_argument("action", choices=TOKEN_ACTIONS, help="what to do")
    token_parser.add_argument("name", metavar="NAME", nargs="?", help="the name of the token")
    token_parser.add_argument(
        "--collections", metavar="NAMES", help='what it shows, as in rules,minutes; "*" is all'
    )
    token_parser.add_argument(
        "--rights", metavar="RIGHT", choices=TOKEN_RIGHTS, help="what it may do: read or curate"
    )
    token_parser.add_argument("--days", metavar="N", type=int, help="when it ends; without: never")


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments of `argv`; raises `UsageError`, or `SystemExit` after --help."""
    values = vars(parser().parse_args(list(argv)))

    def common(name: str) -> str | None:
        return values.get(f"{name}_after", values.get(f"{name}_before"))

    def path(name: str) -> Path | None:
        value = common(name)
        if value is not None and (not value.strip() or "\0" in value):
            raise UsageError(f"--{name} needs a name; see {PROGRAM} --help.")
        return None if value is None else Path(value)

    return Arguments(
        command=values["command"] or "run",
        corpus=path("corpus"),
        config=path("config"),
        log_level=common("log_level"),
        collections=(*values.get("collection_before", ()), *values.get("collection_after", ())),
        question=" ".join(values.get("question", ())),
        json=values.get("json", False),
        jsonl=values.get("jsonl", False),
        document=values.get("document", ""),
        at=values.get("at"),
        fast=values.get("fast", False),
        accounts=values.get("accounts", False),
        web=values.get("web", False),
        questions=Path(values.get("questions", "")),
        apply=tuple(values.get("apply", ())),
        dump=values.get("dump"),
        record=values.get("record"),
        token=None if values["command"] != "token" else _token_arguments(values),
    )


def _token_arguments(values: Mapping[str, Any]) -> TokenArguments:
    return TokenArguments(
        action=values["action"],
        name=values["name"],
        collections=values["collections"],
        right=values["rights"],
        days=values["days"],
    )
