"""`explain`: the words, thresholds and candidates behind the reply to a question."""

from collections.abc import Iterator
from dataclasses import asdict

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.rendering.escape import visible_line
from bot.chat.rendering.json import VERSION
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.cli.output import sentence, write_json
from bot.cli.tables import write_table
from bot.platforms.streams import Output
from bot.retrieval.answer.explanation import Explanation, PinExplanation
from bot.retrieval.query.answer_type import AnswerType
from bot.retrieval.ranking.calibration import MatchVerdict

_ANSWER_TYPES = {
    AnswerType.NUMBER: "a number",
    AnswerType.DATE: "a date",
    AnswerType.NAME: "a name",
    AnswerType.REASON: "a reason",
    AnswerType.ANY: "anything",
}
_WORDS = ("word", "kind", "passages", "weight", "in the best passage")
_ALTERNATIVES = ("typed", "may mean", "as", "weight")
_CANDIDATES = ("value", "signal", "document", "where", "sentence")
_PICKS = ("document", "where", "passage")
_NUMBERS = ("passages", "weight", "in the best passage", "value", "signal")


async def explain_question(
    answering: AnsweringService,
    words: str,
    scope: Scope,
    output: Output,
    *,
    as_json: bool,
) -> None:
    """Explain the reply to one question."""
    explanation = await answering.explain(words, scope)
    if as_json:
        write_json(_contents(explanation, answering.corpus.revision), output)
    else:
        _write(explanation, output)


def verdict(explanation: Explanation) -> str:
    """The verdict on the question and its reasons, in plain sentences."""
    return " ".join(map(sentence, _verdict_notices(explanation)))


def _pin_notice(pin: PinExplanation) -> Notice:
    if pin.same:
        return notice(Text.EXPLAINED_PIN_SAME)
    likeness, level = figure(pin.likeness), figure(pin.level)
    return notice(Text.EXPLAINED_PIN, question=pin.question, likeness=likeness, level=level)


def _verdict_notices(explanation: Explanation) -> Iterator[Notice]:
    if explanation.pin is not None:
        yield _pin_notice(explanation.pin)
    judge = explanation.judge
    if judge is None or not judge.decides or explanation.verdict is MatchVerdict.ANSWER:
        yield _signal_notice(explanation)
    if judge is not None:
        if judge.words:
            yield notice(Text.EXPLAINED_WORDS, words=", ".join(judge.words))
        text = Text.EXPLAINED_JUDGE if judge.picks else Text.EXPLAINED_JUDGE_NONE
        numbers = {"chosen": len(judge.picks)} if judge.picks else {}
        yield notice(text, passages=judge.passages, **numbers)
    if explanation.across is not None:
        yield notice(Text.EXPLAINED_ACROSS, encoder=explanation.across)
    if explanation.nearness is not None:
        question = explanation.without_names or ""
        nearness = f"{explanation.nearness:.2f}"
        yield notice(Text.EXPLAINED_NEARNESS, nearness=nearness, question=question)
    if explanation.missing:
        yield notice(Text.MISSING, terms=", ".join(explanation.missing))
    if explanation.lacking and not explanation.only_stopwords:
        yield notice(Text.EXPLAINED_LACKING, terms=", ".join(explanation.lacking))


def _signal_notice(explanation: Explanation) -> Notice:
    """The verdict on the question, by its match strength and the thresholds."""
    thresholds = explanation.thresholds
    signal = figure(explanation.match_strength)
    high, low = figure(thresholds.high), figure(thresholds.low)
    if explanation.verdict is MatchVerdict.ANSWER:
        return notice(Text.EXPLAINED_ANSWER, signal=signal, level=high)
    if explanation.verdict is MatchVerdict.CLOSE:
        if explanation.across is not None:
            return notice(Text.EXPLAINED_CLOSE_ACROSS, signal=signal, level=low)
        if explanation.match_strength < thresholds.high:
            return notice(Text.EXPLAINED_CLOSE, signal=signal, high=high, low=low)
        share = f"{explanation.coverage:.0%}"
        return notice(Text.EXPLAINED_UNSURE, signal=signal, level=high, share=share)
    if explanation.only_stopwords:
        return notice(Text.EXPLAINED_SAYS_NOTHING)
    if not explanation.candidates:
        return notice(Text.EXPLAINED_NOTHING_SHARED)
    below = figure(thresholds.low - explanation.match_strength)
    near = figure(thresholds.near)
    return notice(Text.EXPLAINED_SILENCE, signal=signal, below=below, level=low, near=near)


def figure(value: float) -> str:
    """A match strength, threshold or weight with three decimals."""
    return f"{value:.3f}"


def _write(explanation: Explanation, output: Output) -> None:
    output.write(
        f"Question: {visible_line(explanation.question)}\n"
        f"Language: {explanation.language}\n"
        f"Asks for: {_ANSWER_TYPES[explanation.answer_type]}\n"
        f"{verdict(explanation)}\n"
    )
    if explanation.words:
        output.write("\n")
        write_table(_WORDS, [*_word_rows(explanation)], output, _NUMBERS)
    if explanation.alternatives:
        output.write("\n")
        alternatives = [
            (a.typed, a.meant, a.kind.value, figure(a.weight)) for a in explanation.alternatives
        ]
        write_table(_ALTERNATIVES, alternatives, output, _NUMBERS)
    if explanation.candidates:
        output.write("\n")
        candidates = [
            (figure(c.value), figure(c.signal), c.document, c.locator, c.beginning)
            for c in explanation.candidates
        ]
        write_table(_CANDIDATES, candidates, output, _NUMBERS)
    if explanation.judge is not None and explanation.judge.picks:
        output.write("\n")
        picks = [(p.document, p.locator, p.beginning) for p in explanation.judge.picks]
        write_table(_PICKS, picks, output, _NUMBERS)


def _word_rows(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    for word in explanation.words:
        yield (
            word.typed,
            "function word" if word.function else "content",
            f"{word.passages:,}",
            figure(word.weight),
            "-" if word.covered is None else f"{word.covered:.0%}",
        )


def _contents(explanation: Explanation, revision: str) -> dict[str, object]:
    return {
        "version": VERSION,
        "revision": revision,
        "question": explanation.question,
        "language": explanation.language,
        "wanted": explanation.answer_type.value,
        "verdict": explanation.verdict.value,
        "why": verdict(explanation),
        "signal": explanation.match_strength,
        "coverage": explanation.coverage,
        "nearness": explanation.nearness,
        "without_names": explanation.without_names,
        "across": explanation.across,
        "levels": asdict(explanation.thresholds),
        "missing": explanation.missing,
        "lacking": explanation.lacking,
        "words": [asdict(word) for word in explanation.words],
        "alternatives": [asdict(a) | {"kind": a.kind.value} for a in explanation.alternatives],
        "candidates": [asdict(candidate) for candidate in explanation.candidates],
        "judge": None if explanation.judge is None else asdict(explanation.judge),
        "pin": None if explanation.pin is None else asdict(explanation.pin),
    }
