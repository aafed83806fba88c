"""`doctor reader`: asks the endpoint of the reader three questions of our own, and judges it."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.doctor_passages import ANSWER, ANSWERED, HEADINGS, UNANSWERED, trial_passages
from bot.cli.exit_codes import OK, UNUSABLE
from bot.cli.output import sentence, write_sentence
from bot.cli.tables import write_table
from bot.config import logs
from bot.config.settings import ReaderSettings, Settings
from bot.core.errors import PromptError, SettingsError
from bot.meaning.endpoint_place import place_of
from bot.meaning.reader import Reader
from bot.platforms.services import build_endpoint
from bot.platforms.streams import Output

SECONDS = 120
"""Longest time of one question here: a reader that is too slow shall show how slow."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question with its outcome; `follows` is whether there was an answer by the schema."""

    name: Text
    outcome: str
    is_right: bool
    follows: bool
    seconds: float


async def diagnose_reader(settings: Settings, output: Output) -> int:
    """Write what the reader can do, how fast, and what it is used for; returns the exit code.

    Raises `SettingsError` where none is set, `EndpointError` where it cannot be asked.
    """
    patient = settings.reader.model_copy(update={"seconds": SECONDS})
    endpoint = build_endpoint(settings.model_copy(update={"reader": patient}))
    if endpoint is None:
        raise SettingsError(
            "reader.url: no reader is set up; write the address of a server there, as"
            " docs/reader.md tells."
        )
    if settings.log.level == "warning":
        # The faults that the endpoint warns of are told here.
        logs.configure("error", settings.log.format)
    where, model = place_of(patient.url).value, patient.model or "of no name"
    write_sentence(notice(Text.DOCTOR_ASKS, url=patient.url, place=where, model=model), output)
    reader = Reader(endpoint, patient.model, seconds=SECONDS, only_unsure=True)
    try:
        trials = [
            await _try(Text.DOCTOR_REWRITING, _rewriting(reader)),
            await _try(Text.DOCTOR_CHOOSING, _choosing(reader)),
            await _try(Text.DOCTOR_SILENCE, _silence(reader)),
        ]
    finally:
        await reader.close()
    rows = [(sentence(notice(each.name)), each.outcome, f"{each.seconds:.1f}") for each in trials]
    output.write("\n")
    write_table(("trial", "outcome", "seconds"), rows, output, ("seconds",))
    output.write("\n")
    return _verdict(trials, settings.reader, output)


def _verdict(trials: list[Trial], reader: ReaderSettings, output: Output) -> int:
    """Write what follows from the trials; returns the exit code."""
    rewriting, choosing, _ = trials
    takes = rewriting.seconds + choosing.seconds
    if not all(trial.follows for trial in trials):
        some = any(trial.follows for trial in trials)
        write_sentence(notice(Text.DOCTOR_GAPS if some else Text.DOCTOR_NO_SCHEMA), output)
        return UNUSABLE
    write_sentence(notice(Text.DOCTOR_SCHEMA), output)
    right = all(trial.is_right for trial in trials)
    write_sentence(notice(Text.DOCTOR_RIGHT if right else Text.DOCTOR_WRONG), output)
    is_fast = takes <= reader.seconds
    told = notice(
        Text.DOCTOR_FAST if is_fast else Text.DOCTOR_SLOW,
        takes=f"{takes:.1f}",
        allowed=reader.seconds,
    )
    write_sentence(told, output)
    use = Text.DOCTOR_ALWAYS if reader.when == "always" else Text.DOCTOR_UNSURE
    write_sentence(notice(use), output)
    return OK if right and is_fast else UNUSABLE


async def _try(name: Text, trial: Awaitable[tuple[str, bool]]) -> Trial:
    """The outcome of one of the trials below, which return a sentence, and whether it was right."""
    started = time.monotonic()
    try:
        outcome, is_right = await trial
        follows = True
    except PromptError as fault:
        outcome, is_right, follows = str(fault), False, False
    return Trial(name, outcome, is_right, follows, time.monotonic() - started)


async def _rewriting(reader: Reader) -> tuple[str, bool]:
    found = await reader.search_words(ANSWERED, HEADINGS)
    told = sentence(notice(Text.DOCTOR_WORDS, count=len(found.words)))
    return told, bool(found.words) and not found.small_talk


async def _choosing(reader: Reader) -> tuple[str, bool]:
    passages = trial_passages()
    choice = await reader.choose(ANSWERED, passages)
    best = passages[choice.picks[0].place].text if choice.picks else ""
    return _right_or_wrong(best == ANSWER)


async def _silence(reader: Reader) -> tuple[str, bool]:
    choice = await reader.choose(UNANSWERED, trial_passages())
    return _right_or_wrong(not choice.picks)


def _right_or_wrong(is_right: bool) -> tuple[str, bool]:
    return sentence(notice(Text.DOCTOR_IS_RIGHT if is_right else Text.DOCTOR_IS_WRONG)), is_right
