"""The words of a command line, as a frozen value; knows no setting and no corpus."""

import argparse
from argparse import SUPPRESS
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bot import __version__
from bot.core.errors import UsageError
from bot.ingest.display_names import display_name

PROGRAM = "sources-say"

LEVELS = ("debug", "info", "warning", "error")

_LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a command line says; a value of None was not given."""

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
    questions: Path = Path()


class _Parser(argparse.ArgumentParser):
    """A parser whose faults are one sentence, and a hint where to read on."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{self.prog}: {display_name(message, _LONGEST_SHOWN)};"
            f" see {self.prog} --help for its use."
        )


@dataclass(frozen=True, slots=True)
class _Option:
    flag: str
    metavar: str
    what: str
    choices: tuple[str, ...] | None = None
    repeats: bool = False

    def add(self, parser: argparse.ArgumentParser, suffix: str) -> None:
        """Take the option here too, under a name of its own.

        Under one name argparse would let what stands after the sub command wipe out
        what stands before it.
        """
        parser.add_argument(
            self.flag,
            dest=self.flag.strip("-").replace("-", "_") + suffix,
            metavar=self.metavar,
            help=self.what,
            choices=self.choices,
            action="append" if self.repeats else "store",
            default=SUPPRESS,
        )


EVERYWHERE = (
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
"""The options that may stand before and after the sub command."""

COMMANDS = {
    "run": "start every configured platform; with none, the console chat",
    "ask": "answer one question, or one a line",
    "show": "print a document, with a span of it marked",
    "sources": "list the documents",
    "check": "say what is wrong with settings, labels and documents",
    "eval": "measure the replies to questions whose right quotes are known",
    "explain": "say why a question meets what it meets",
    "calibrate": "measure on your own questions when the bot is silent",
}


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = _Parser(
        prog=PROGRAM,
        description="Answers questions with verbatim, cited excerpts of your documents.",
        epilog="Without a command: run. docs/commands.md has more.",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"sources-say {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    each = {
        name: commands.add_parser(name, help=what, description=what, allow_abbrev=False)
        for name, what in COMMANDS.items()
    }
    ask = each["ask"]
    ask.add_argument("question", metavar="QUESTION", nargs="*", help="the question")
    ask.add_argument("--json", action="store_true", help="the reply as one JSON object")
    ask.add_argument(
        "--jsonl",
        action="store_true",
        help="questions from standard input, one a line; one JSON object a line",
    )
    show = each["show"]
    show.add_argument("document", metavar="DOCUMENT", help="its path or title, or a part of these")
    show.add_argument("--at", metavar="START-END", help="mark these characters")
    each["sources"].add_argument("--json", action="store_true", help="as one JSON object")
    for name in ("eval", "calibrate"):
        each[name].add_argument("questions", metavar="QUESTIONS.jsonl", help="a file of questions")
    explain = each["explain"]
    explain.add_argument("question", metavar="QUESTION", nargs="*", help="the question")
    explain.add_argument("--json", action="store_true", help="the same as one JSON object")
    for option in EVERYWHERE:
        option.add(whole, "_before")
        for one in each.values():
            option.add(one, "_after")
    return whole


def parse(argv: Sequence[str]) -> Arguments:
    """The command line as a value; raises `UsageError`, or `SystemExit` after --help."""
    found = vars(parser().parse_args(list(argv)))

    def given(name: str) -> str | None:
        return found.get(f"{name}_after", found.get(f"{name}_before"))

    def path(name: str) -> Path | None:
        value = given(name)
        if value is not None and (not value.strip() or "\0" in value):
            raise UsageError(f"--{name} needs a name; see {PROGRAM} --help.")
        return None if value is None else Path(value)

    return Arguments(
        command=found["command"] or "run",
        corpus=path("corpus"),
        config=path("config"),
        log_level=given("log_level"),
        collections=(*found.get("collection_before", ()), *found.get("collection_after", ())),
        question=" ".join(found.get("question", ())),
        json=found.get("json", False),
        jsonl=found.get("jsonl", False),
        document=found.get("document", ""),
        at=found.get("at"),
        questions=Path(found.get("questions", "")),
    )
