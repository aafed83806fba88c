"""The recorded choices of a strong model, put to the program: what a reader could bring.

They lie beside the project while it is developed: for each question the words that the model gave,
seeing titles only, and the passages that it took of thirty, as spans. What is measured is what
the program makes of them: whether its two searches find those passages, and its excerpts show what
was meant in them.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.chat.rendering.json import reply_contents
from bot.config.settings import (
    CorpusSettings,
    ReaderSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
)
from bot.core.replies import Answer, Reply
from bot.meaning.about import holds_encoder
from bot.meaning.chat_completions import Prompt
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.endpoint import Completions
from bot.meaning.recorder import Recorder, read_replies
from bot.platforms.services import build_answering

KIND, BAR = "other-words", 11
"""Of the questions in members' own words, so many must be met with the recorded choices."""

KINDS = ("same-words", KIND, "both")

UNSURE = ReaderSettings(model="recorded", seconds=60, when="unsure")
ALWAYS = ReaderSettings(model="recorded", seconds=60, when="always")


class RecordedChoices:
    """Answers prompts by the recorded words, and by the listed passages that overlap a choice."""

    def __init__(self, lines: Sequence[str]) -> None:
        records = map(json.loads, lines)
        self._records = {_line(record["question"]): record for record in records}

    async def complete(self, prompt: Prompt) -> Mapping[str, object]:
        """The recorded words or choice; nothing for a question that was not recorded."""
        record = self._records.get(
            _line(str(prompt.about["question"])), {"search": [], "chosen": []}
        )
        if prompt.purpose == "rewrite":
            return {"words": record["search"], "small_talk": False}
        passages: Any = prompt.about["passages"]
        numbers = dict.fromkeys(
            number
            for chosen in record["chosen"]
            for number, (path, start, end) in enumerate(passages, start=1)
            if path == chosen["doc"] and start < chosen["end"] and chosen["start"] < end
        )
        picks = [{"passage": number, "sentences": []} for number in numbers]
        return {"chosen": picks, "answers": bool(picks)}

    async def close(self) -> None:
        """Nothing is held."""


def measure_recorded(questions: Path, console: Console, replies: Sequence[Path] = ()) -> list[str]:
    """Print what recorded choices bring on the community pack; the names of the bars missed.

    `replies` are files of replies to the program's own prompts, as `eval --record` writes them.
    They take the place of the recorded choices, and have no bar.
    """
    recorded = questions / "reader" / "community.jsonl"
    if not recorded.is_file():
        return []
    pack = questions / "packs" / "community"
    table = Table(
        "encoder",
        "reader",
        *KINDS,
        title="Community, with recorded choices of a model: met in three excerpts",
        title_justify="left",
    )
    missed: list[str] = []
    is_set_up = holds_encoder(DEFAULT_FOLDER)
    for encoder in ("none", "default") if is_set_up else ("none",):
        for reader in (None, UNSURE, ALWAYS):
            choices: Completions | None = None
            if reader is not None:
                lines = recorded.read_text(encoding="utf-8").splitlines()
                choices = Recorder(read_replies(replies)) if replies else RecordedChoices(lines)
            settings = Settings(
                corpus=CorpusSettings(folder=pack / "documents"),
                retrieval=RetrievalSettings(encoder=encoder),
                reader=reader or ReaderSettings(),
            )
            counts = asyncio.run(_counts(questions, pack, settings, choices))
            cells = (f"{met} of {count}" for met, count in map(counts.get, KINDS, [(0, 0)] * 3))
            table.add_row(encoder, "none" if reader is None else reader.when, *cells)
            if reader is UNSURE and counts[KIND][0] < BAR and not replies:
                missed.append(f"community with recorded choices: {KIND} at least {BAR}")
    console.print(table)
    return missed


async def _counts(
    questions: Path, pack: Path, settings: Settings, choices: Completions | None
) -> dict[str, tuple[int, int]]:
    """The questions of each kind that are met, and all of them."""
    script = runpy.run_path(str(questions / "score_packs.py"))
    texts = script["Texts"](pack / "documents")
    counts: dict[str, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        state = StateSettings(folder=Path(folder))
        answering = build_answering(
            settings.model_copy(update={"state": state}), completions=choices
        )
        await answering.reload()
        for line in (pack / "questions.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            if question["gold"]:
                reply = await answering.ask(question["question"])
                met, count = counts.get(question["kind"], (0, 0))
                met += _is_met(script, texts, question, reply)
                counts[question["kind"]] = met, count + 1
        await answering.close()
    return counts


def _is_met(
    script: Mapping[str, Any], texts: Any, question: Mapping[str, Any], reply: Reply
) -> bool:
    if not isinstance(reply, Answer):
        return False
    shown: Any = reply_contents(reply, question["question"], 0.0)["excerpts"]
    met = [
        any(script["meets"](each, gold, texts) for each in shown[:3]) for gold in question["gold"]
    ]
    return all(met) if question.get("all_required") else any(met)


def _line(text: str) -> str:
    return " ".join(text.split())
