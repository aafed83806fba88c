"""`explain`: why a question meets what it meets, for curators."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict

from bot.answering.service import AnsweringService
from bot.chat.rendering.escape import json_escaped, visible_line
from bot.chat.rendering.json import VERSION
from bot.chat.texts.catalogue import Notice, Text, notice
from bot.cli.ask import write_json
from bot.cli.curator_tools import sentence
from bot.cli.tables import Column, write_table
from bot.platforms.streams import Output
from bot.retrieval.answer.explanation import Explanation, explain
from bot.retrieval.query.answer_type import AnswerType
from bot.retrieval.ranking.calibration import MatchVerdict

_WANTED = {
    AnswerType.NUMBER: "a number",
    AnswerType.DATE: "a date",
    AnswerType.NAME: "a name",
    AnswerType.REASON: "a reason",
    AnswerType.ANY: "anything",
}
_WORDS = (
    Column("word"),
    Column("kind"),
    Column("passages", number=True),
    Column("weight", number=True),
    Column("in the best passage", number=True),
)
_ALTERNATIVES = (
    Column("typed"),
    Column("may mean"),
    Column("as"),
    Column("weight", number=True),
)
_CANDIDATES = (
    Column("value", number=True),
    Column("signal", number=True),
    Column("document"),
    Column("where"),
    Column("sentence"),
)


async def explain_question(
    answering: AnsweringService,
    words: str,
    scope: frozenset[str] | None,
    output: Output,
    *,
    as_json: bool,
) -> None:
    """Write what the reply to one question comes from."""

    def explained() -> Explanation:
        return explain(answering.searcher(scope), words)

    made = await asyncio.to_thread(explained)
    if as_json:
        write_json(_as_json(made, answering.corpus.revision), output)
    else:
        _write(made, output)


def verdict(made: Explanation) -> str:
    """What the question meets and why, in plain sentences."""
    return " ".join(map(sentence, _verdict(made)))


def _verdict(made: Explanation) -> Iterator[Notice]:
    signal, high, low = (
        figure(value) for value in (made.match_strength, made.thresholds.high, made.thresholds.low)
    )
    if made.verdict is MatchVerdict.ANSWER:
        yield notice(Text.EXPLAINED_ANSWER, signal=signal, level=high)
    elif made.verdict is MatchVerdict.CLOSE:
        yield notice(Text.EXPLAINED_CLOSE, signal=signal, high=high, low=low)
    elif made.only_stopwords:
        yield notice(Text.EXPLAINED_SAYS_NOTHING)
    elif not made.candidates:
        yield notice(Text.EXPLAINED_NOTHING_SHARED)
    else:
        below = figure(made.thresholds.low - made.match_strength)
        yield notice(Text.EXPLAINED_SILENCE, signal=signal, below=below, level=low)
    if made.missing:
        yield notice(Text.MISSING, terms=", ".join(made.missing))
    if made.lacking and not made.only_stopwords:
        yield notice(Text.EXPLAINED_LACKING, terms=", ".join(made.lacking))


def figure(value: float) -> str:
    """A signal, a level or a weight, as it is shown."""
    return f"{value:.3f}"


def _write(made: Explanation, output: Output) -> None:
    output.write(
        f"Question: {visible_line(made.question)}\n"
        f"Language: {made.language}\n"
        f"Asks for: {_WANTED[made.answer_type]}\n"
        f"{verdict(made)}\n"
    )
    if made.words:
        output.write("\n")
        write_table(_WORDS, [*_word_rows(made)], output)
    if made.alternatives:
        output.write("\n")
        rows = [(a.typed, a.meant, a.kind.value, figure(a.weight)) for a in made.alternatives]
        write_table(_ALTERNATIVES, rows, output)
    if made.candidates:
        output.write("\n")
        found = [
            (figure(c.value), figure(c.signal), c.document, c.locator, c.beginning)
            for c in made.candidates
        ]
        write_table(_CANDIDATES, found, output)


def _word_rows(made: Explanation) -> Iterator[tuple[str, ...]]:
    for word in made.words:
        yield (
            word.typed,
            "function word" if word.function else "content",
            f"{word.passages:,}",
            figure(word.weight),
            "-" if word.covered is None else f"{word.covered:.0%}",
        )


def _as_json(made: Explanation, revision: str) -> str:
    content = {
        "version": VERSION,
        "revision": revision,
        "question": made.question,
        "language": made.language,
        "wanted": made.answer_type.value,
        "verdict": made.verdict.value,
        "why": verdict(made),
        "signal": made.match_strength,
        "levels": asdict(made.thresholds),
        "missing": made.missing,
        "lacking": made.lacking,
        "words": [asdict(word) for word in made.words],
        "alternatives": [asdict(a) | {"kind": a.kind.value} for a in made.alternatives],
        "candidates": [asdict(candidate) for candidate in made.candidates],
    }
    return json_escaped(json.dumps(content, ensure_ascii=False, allow_nan=False))
