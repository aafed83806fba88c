"""Same corpus, same question, same answer: however what answers came about.

Folders change as people change them, between reloads and between starts. Whoever was there
all the time, whoever starts with what was kept, and whoever starts from nothing give the same
replies, also to rooms that see a part; and a part answers as a folder that holds nothing else.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.core.errors import SourcesSayError
from bot.core.replies import Answer, Reply
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.ranking.calibration import foreign_questions
from tests.harness.index_jobs import build_job

OPTIONS = AnswerOptions(calibration=tuple(foreign_questions("en")[:40]))
SECONDS = 120

QUESTIONS = (
    "How many people crossed the ford?",
    "who was Zinki",
    "what did the FSA do at the grinder",
    "when was the mill evacuatd",
    "第一",
    "what is the recipe for kibbeh",
)
SCOPES = (None, frozenset({"a"}), frozenset({"main", "b"}))

TEXTS = (
    "# The ford\n\nIn May 80 people crossed the ford with Zenki.\n\n- One\n- Two crossed.",
    "# The ford\n\nIn May 90 people crossed the ford with Zinki. The mill stood.",
    "The Free Sailors Army (FSA) held the mill. It was evacuated on 3 June — 第一.",
    "The mill was evacuated in July.\n\nThe FSA Führer left. Café crossed, café stayed.",
    "# Only a heading",
    "The zinki is a fish. A zinki swims.\n\n## Ford\n\nThe hyper-ford. ﷺ ͺa İstanbul",
    "broken \x00\x01\x02",
)
NAMES = ("a/x.md", "a/y.txt", "b/x.md", "b/c/z.md", "m.md", "n.txt")
MANIFESTS = (
    "",
    '["a/x.md"]\ntitle = "Ford by Zenki"\ndate = "2016-05"\n',
    '["a/x.md"]\ncollection = "b"\n["m.md"]\nexclude = ["In May 80"]\n',
    '["m.md"]\nexclude = ["nowhere"]\n',
)
GLOSSARIES = (
    "",
    '[[group]]\nnames = ["mill", "grinder"]\n',
    '[[group]]\nnames = ["ford", "grinder"]\ncollection = "a"\n',
)


class State(NamedTuple):
    """What lies in a folder: the text of each file, the manifest, the glossary."""

    files: Mapping[str, int]
    manifest: int
    glossary: int


STATES = st.builds(
    State,
    st.dictionaries(
        st.sampled_from(NAMES), st.integers(0, len(TEXTS) - 1), min_size=1, max_size=len(NAMES)
    ),
    st.integers(0, len(MANIFESTS) - 1),
    st.integers(0, len(GLOSSARIES) - 1),
)


def put(folder: Path, state: State) -> None:
    """Let a folder hold this; files that stay as they are are not touched."""
    wanted = {name: TEXTS[text] for name, text in state.files.items()}
    wanted |= {"sources.toml": MANIFESTS[state.manifest]}
    wanted |= {"glossary.toml": GLOSSARIES[state.glossary]}
    for name in (*NAMES, "sources.toml", "glossary.toml"):
        file, text = folder / name, wanted.get(name, "")
        if not text:
            file.unlink(missing_ok=True)
        elif not file.exists() or file.read_bytes() != text.encode():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())


def shown(reply: Reply) -> object:
    """All of a reply that a person could see."""
    if isinstance(reply, Answer):
        excerpts = [
            (e.quote, e.span, e.passage.locator, e.passage.document.source, e.score)
            for e in (*reply.excerpts, *reply.further)
        ]
        facts = (reply.speaking, reply.documents, reply.readings, reply.confidence)
        return reply.id, excerpts, facts, [str(each) for each in reply.differences]
    near = [(each.quote, each.score) for each in reply.nearest]
    return reply.id, near, reply.missing_terms, reply.readings


def replies(answering: AnsweringService) -> list[object]:
    all_replies = [answering.searcher(scope).reply(q) for scope in SCOPES for q in QUESTIONS]
    first = [reply.excerpts[0] for reply in all_replies if isinstance(reply, Answer)]
    around = [[e.quote for e in asyncio.run(answering.context(excerpt))] for excerpt in first[:3]]
    return [*map(shown, all_replies), around]


def reloaded(answering: AnsweringService) -> bool:
    """Whether what is on disk now is served."""
    try:
        asyncio.run(asyncio.wait_for(answering.reload(), SECONDS))
    except SourcesSayError:
        return False
    return True


def answering_over(folder: Path, store: Path | None = None) -> AnsweringService:
    return AnsweringService(CorpusReloader(build_job(folder, store=store, options=OPTIONS)))


def live(states: list[State], *, in_child: bool) -> None:
    """Go through states of one folder, and compare with a fresh start at each."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "corpus"
        folder.mkdir()
        job = build_job(folder, options=OPTIONS)
        running = AnsweringService(CorpusReloader(job, in_child=in_child))
        for number, each in enumerate(states):
            put(folder, each)
            fresh = answering_over(folder, Path(place) / str(number))
            good = reloaded(fresh)
            started = AnsweringService(CorpusReloader(job, in_child=in_child))
            assert [reloaded(one) for one in (started, running)] == [good] * 2
            if good:
                expected = replies(fresh)
                assert replies(running) == expected
                assert replies(started) == expected


@settings(max_examples=12)
@example([State({"m.md": 0, "a/x.md": 3}, 0, 0), State({"m.md": 0, "a/x.md": 3}, 3, 0)], 50_000)
@given(st.lists(STATES, min_size=2, max_size=4), st.sampled_from((1, 3, 50_000)))
def test_who_was_there_all_the_time_answers_as_who_starts_anew(
    states: list[State], most_passages: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.answering.shard_groups.MOST_PASSAGES", most_passages)
        live(states, in_child=False)


@settings(max_examples=2)
@given(st.lists(STATES, min_size=2, max_size=3))
def test_what_another_process_made_answers_alike(states: list[State]) -> None:
    live(states, in_child=True)


@settings(max_examples=25)
@given(STATES, st.sampled_from(SCOPES[1:]))
def test_a_part_answers_as_a_folder_that_holds_nothing_else(
    state: State, scope: frozenset[str]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        whole, part = Path(place) / "whole", Path(place) / "part"
        whole.mkdir()
        put(whole, state)
        answering = answering_over(whole)
        if not reloaded(answering):
            return
        shutil.copytree(whole, part)
        visible = {d.path for d in answering.corpus.documents if d.collection in scope}
        for name in NAMES:
            if name not in visible:
                (part / name).unlink(missing_ok=True)
        alone = answering_over(part)
        if not reloaded(alone):
            return
        for question in QUESTIONS:
            assert shown(answering.searcher(scope).reply(question)) == shown(
                alone.searcher().reply(question)
            )
