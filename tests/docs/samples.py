"""Samples in the documentation, made by the program on the bundled corpus.

Each stands in a page between cog's marks (`[[[cog … ]]]` and `[[[end]]]`, in HTML comments).
`make samples` writes them anew; a test fails where one is not what the program says now.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mcp import Client, StdioServerParameters

from bot.chat.layout import Layout
from bot.chat.message import Button, Message
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.discord import DiscordMarkdown
from bot.chat.rendering.json import json_line, reply_contents
from bot.chat.rendering.matrix import MOST, Matrix
from bot.chat.saved_replies import saved_reply
from bot.config.settings import CorpusSettings, RetrievalSettings, Settings, StateSettings
from bot.core.pins import Pin, PinnedQuote
from bot.core.replies import Reply
from bot.ingest.pin_file import PinFile
from bot.platforms.discord.components import LIMIT
from bot.platforms.matrix.reaction_offers import signs_for
from bot.platforms.services import build_answering
from tests.harness.api_harness import ApiResponse, api_harness

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, lines: tuple[str, ...] = ()) -> None:
    """What the program writes to standard output for these arguments and lines of input."""
    block(_run(*arguments, lines=lines).strip("\n"))


def _run(*arguments: str, lines: tuple[str, ...] = ()) -> str:
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            input="\n".join(lines),
            capture_output=True,
            text=True,
            check=True,
            # Words alone are searched, so that samples are the same wherever they are made.
            env={
                **os.environ,
                "SOURCES_SAY_STATE__FOLDER": state,
                "SOURCES_SAY_RETRIEVAL__ENCODER": "none",
                "PYTHONUTF8": "1",
            },
        )
    return done.stdout


def console(*lines: str) -> None:
    """What the console chat writes when these lines are typed, one after the other."""
    run(lines=lines)


def first_line(*lines: str) -> None:
    """The first line of the last reply when these lines are typed in the console."""
    earlier = _run(lines=lines[:-1])
    block(_run(lines=lines)[len(earlier) :].strip("\n").splitlines()[0])


def as_json(question: str) -> None:
    """The reply as `ask --json` writes it, set out in lines, scores rounded."""
    content = json.loads(json_line(reply_contents(_reply(question), question, 0.004)))
    for excerpt in content["excerpts"]:
        # The last digits differ between processors.
        excerpt["score"] = round(excerpt["score"], 2)
    block(json.dumps(content, indent=2, ensure_ascii=False))


def as_request(path: str) -> None:
    """A request to the HTTP interface, and what it returns, set out in lines."""

    async def ask(folder: Path) -> ApiResponse:
        files = [each for each in (ROOT / "corpus").iterdir() if each.is_file()]
        documents = {each.name: each.read_text(encoding="utf-8") for each in files}
        async with api_harness(folder, documents, open_collections=["*"], public_url="") as api:
            return await api.get(path)

    with tempfile.TemporaryDirectory() as folder:
        response = asyncio.run(ask(Path(folder)))
    content = json.dumps(response.json, indent=2, ensure_ascii=False)
    block(f"GET /api/v1{path}\n{response.status}\n{content}")


def as_tool(tool: str, **arguments: str) -> None:
    """A call of a tool for models over pipes, and its result, set out in lines."""

    async def call(state: str) -> object:
        async with Client(
            StdioServerParameters(
                command=sys.executable,
                args=["-m", "bot", "mcp"],
                cwd=ROOT,
                env={"SOURCES_SAY_STATE__FOLDER": state, "SOURCES_SAY_RETRIEVAL__ENCODER": "none"},
            )
        ) as client:
            return (await client.call_tool(tool, arguments)).structured_content

    with tempfile.TemporaryDirectory() as state:
        content = asyncio.run(call(state))
    sent = json.dumps(arguments, ensure_ascii=False)
    block(f"{tool} {sent}\n{json.dumps(content, indent=2, ensure_ascii=False)}")


def discord(question: str) -> None:
    """The reply to a question as Discord gets it, with the labels of its buttons in brackets."""
    message = _message(question, DiscordMarkdown(), LIMIT)
    pieces = [
        piece for part in message.parts for piece in (part.text.rstrip("\n"), _row(part.buttons))
    ]
    block("\n".join([*filter(None, pieces), _row(message.below)]))


def matrix(question: str) -> None:
    """The plain text of the reply in Matrix, and the signs that stand below it."""
    message = _message(question, Matrix(), MOST)
    block(f"{message.text}\n{' '.join(signs_for(message))}")


def pinned(question: str, document: str, quote: str) -> None:
    """The file of a pin as the bot writes it, and the answer to its question in the console."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(ROOT / "corpus", copy, dirs_exist_ok=True)
        at = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
        pin = Pin(question, (PinnedQuote(document, quote),), None, "discord:123456789012345678", at)
        PinFile(Path(copy)).add(pin)
        block((Path(copy) / "pins.toml").read_text(encoding="utf-8").strip("\n"), "toml")
        print()  # noqa: T201
        run("ask", "--corpus", copy, question)


def block(text: str, language: str = "text") -> None:
    """Print text as a block of code."""
    print(f"```{language}\n{text}\n```")  # noqa: T201 - cog takes what is printed


@cache
def _reply(question: str) -> Reply:
    async def ask(settings: Settings) -> Reply:
        answering = build_answering(settings)
        await answering.reload()
        return await answering.ask(question)

    with tempfile.TemporaryDirectory() as state:
        corpus = CorpusSettings(folder=ROOT / "corpus")
        words = RetrievalSettings(encoder="none")
        settings = Settings(corpus=corpus, retrieval=words, state=StateSettings(folder=Path(state)))
        return asyncio.run(ask(settings))


def _message(question: str, dialect: Dialect, limit: int) -> Message:
    reply = _reply(question)
    return Layout(dialect, limit).first(reply, (), saved_reply(reply, None, None))


def _row(buttons: tuple[Button, ...]) -> str:
    return " ".join(f"[{_label(button)}]" for button in buttons)


def _label(button: Button) -> str:
    words = "" if button.label is None else button.label.plain()
    return f"{button.sign} {words}".strip()
