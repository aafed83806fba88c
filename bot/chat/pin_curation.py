"""Pins in chat: from a question without an answer to the words that answer it, in two steps.

    corpus unanswered        1. 3 × who may move a server
    corpus pin 1             1 › Servers are moved by …    2 › A moderator …
    corpus pin 1 2           Pinned. …
    corpus undo              …

The numbers refer to what this person was shown last; a button carries what it refers to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cachetools import LRUCache

from bot.answering.service import AnsweringService
from bot.chat import commands
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.command_grammar import question as parsed_question
from bot.chat.curation import Curation
from bot.chat.error_messages import time_limit
from bot.chat.identity import Scope
from bot.chat.layout import Layout
from bot.chat.message import Button, Message
from bot.chat.operations import MANAGERS_ONLY, OperationOutcome, Progress
from bot.chat.pin_editor import PinEditor, pin_mark
from bot.chat.pin_views import (
    MOST_ALIKE,
    QUESTION_CHARACTERS,
    around_of,
    in_one_piece,
    offer_of,
    status_blocks,
    unanswered_lines,
)
from bot.chat.questions import ChatServiceOptions
from bot.chat.rendering.blocks import Block, NoticeBlock, QuoteBlock, notice_block
from bot.chat.request import ChatRequest
from bot.chat.saved_replies import ServedDocuments
from bot.chat.small_talk import SmallTalk
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.parameters import CommandName
from bot.chat.texts.pin_texts import PinText
from bot.core.pins import PinnedQuote, folded_question
from bot.core.replies import Excerpt

if TYPE_CHECKING:
    from bot.state.store import Store

MOST_CANDIDATES, MOST_PLACES = 4, 3
"""Candidates that are offered for a question, and places of some words, which show more."""

LIST_LENGTH = 10
"""Questions without an answer, or pins, in one list: two rows of buttons at Discord."""

MOST_GROUPED = 100
"""Questions without an answer that are looked at for those that ask for the same."""

PEOPLE_REMEMBERED = 500


@dataclass(slots=True)
class _Shown:
    """The lists a person was shown last, to which the numbers that they type refer."""

    questions: tuple[str, ...] = ()
    candidates: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The keys of the candidates for each question, by its number."""
    pins: tuple[str, ...] = ()


class PinCuration:
    """Shows curators what could answer a question, and ties the words they choose to it.

    Managers pin for their space alone. Methods may raise `SourcesSayError`.
    """

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        curation: Curation,
        layout: Layout,
        options: ChatServiceOptions,
    ) -> None:
        self._answering = answering
        self._curation = curation
        self._layout = layout
        self._syntax = options.syntax
        self._seconds = options.answer_seconds
        self._now = options.now
        self._offers = store.pin_offers
        self._editor = PinEditor(answering, store, curation, options.now)
        self._shown: LRUCache[tuple[str, str], _Shown] = LRUCache(PEOPLE_REMEMBERED)
        """By room and person: a number typed in one room is none of a list in another."""

    async def carry_out(
        self, command: commands.PinCommand | Action, request: ChatRequest, progress: Progress | None
    ) -> Message:
        """Carry out a command or a button about pins."""
        if not self._curation.rights.manages(request.person):
            return self._layout.tell(MANAGERS_ONLY)
        shown = self._shown.setdefault((request.place.room, request.person.id), _Shown())
        match command:
            case commands.PinCandidate(number, place):
                if number > len(shown.questions):
                    return self._unknown(number, "unanswered")
                keys = shown.candidates.get(number, ())
                if place > len(keys):
                    return self._unknown(place, "pin")
                return await self._pin(keys[place - 1], request, progress)
            case Action(verb=Verb.PIN):
                return await self._pin(command.of, request, progress)
            case commands.Unpin(number):
                if number > len(shown.pins):
                    return self._unknown(number, "pins")
                return await self._unpin(shown.pins[number - 1], request, progress)
            case Action(verb=Verb.UNPIN):
                return await self._unpin(command.of, request, progress)
            case commands.Undo() | Action(verb=Verb.UNDO):
                mark = command.of if isinstance(command, Action) else ""
                return await self._undo(mark, request, progress)
            case _:
                # Changes have a limit of their own, after which they go on.
                async with time_limit(self._seconds):
                    return await self._look_up(command, request, shown)

    async def _look_up(
        self, command: commands.PinCommand | Action, request: ChatRequest, shown: _Shown
    ) -> Message:
        match command:
            case commands.ListUnanswered():
                return await self._unanswered(request, shown)
            case commands.ShowCandidates(number):
                return await self._find_for_number(number, "", request, shown)
            case commands.FindQuote(question, words) if question.isdecimal():
                return await self._find_for_number(int(question), words, request, shown)
            case commands.FindQuote(question, words):
                return await self._find(question, words, request, shown)
            case Action():
                return await self._candidates_of(command.of, request, shown)
            case _:
                return await self._pins(request, shown)

    def _unknown(self, number: int, command: str) -> Message:
        known = self._syntax.corpus_command(command)
        return self._layout.say(notice(PinText.NO_SUCH_NUMBER, number=number, list=known))

    def _next_step(self, text: PinText, **command: CommandName) -> tuple[Notice, ...]:
        """The notice of the number to type next; nothing where buttons do."""
        return (notice(text, **command),) if self._syntax.types_choices else ()

    # Questions, and what could answer them

    async def _unanswered(self, request: ChatRequest, shown: _Shown) -> Message:
        reports = self._curation.reports
        scope = await self._scope(request)
        questions = (await reports.unanswered(request))[:MOST_GROUPED]
        if not questions:
            return self._layout.say(notice(CuratorText.UNANSWERED_NONE))
        texts = [each.question for each in questions]
        groups = [
            [questions[number] for number in group]
            for group in await self._answering.group_alike(texts, scope)
        ]
        groups.sort(key=lambda group: -sum(each.count for each in group))
        shown.questions = tuple(group[0].question for group in groups[:LIST_LENGTH])
        shown.candidates = {}
        lines: list[tuple[Notice, ...]] = [(notice(CuratorText.UNANSWERED),)]
        for number, group in enumerate(groups[:LIST_LENGTH], start=1):
            lines += unanswered_lines(number, group)
            for each in group[: 1 + MOST_ALIKE]:
                lines += await reports.chosen_lines(each, scope)
        if step := self._next_step(PinText.HOW_TO_SEE, pin=self._syntax.corpus_command("pin", "N")):
            lines.append(step)
        buttons = tuple(
            Button(Action(Verb.CANDIDATES, _key(each)), label=_number(number))
            for number, each in enumerate(shown.questions, start=1)
        )
        return self._layout.offer((NoticeBlock(tuple(lines)),), below=buttons)

    async def _candidates_of(self, key: str, request: ChatRequest, shown: _Shown) -> Message:
        """Candidates for the question with that key, one of those without an answer."""
        asked = await self._curation.reports.asked(key, request)
        if not asked:
            return self._layout.say(notice(PinText.QUESTION_GONE))
        return await self._find(asked[0].question, "", request, shown)

    async def _find_for_number(
        self, number: int, words: str, request: ChatRequest, shown: _Shown
    ) -> Message:
        """The same as `_find`, for the question with that number in the list."""
        if not 0 < number <= len(shown.questions):
            return self._unknown(number, "unanswered")
        return await self._find(shown.questions[number - 1], words, request, shown)

    async def _find(
        self, question: str, words: str, request: ChatRequest, shown: _Shown
    ) -> Message:
        """Candidates for a question, or places of `words`, each with a button to pin it."""
        if not folded_question(question):
            return self._layout.say(notice(Text.NO_WORDS))
        if isinstance(parsed_question(question), SmallTalk):
            return self._layout.say(notice(PinText.SMALL_TALK))
        if question not in shown.questions:
            shown.questions, shown.candidates = (question,), {}
        number = shown.questions.index(question) + 1
        shown.candidates.pop(number, None)
        how_to_find = notice(
            PinText.HOW_TO_FIND, pin=self._syntax.corpus_command("pin", f"{number} = WORDS")
        )
        excerpts = await self._excerpts(question, words, request)
        if not excerpts:
            text = PinText.NOWHERE if words else PinText.NO_CANDIDATES
            return self._layout.say(notice(text), how_to_find)
        now = self._now()
        candidates = [offer_of(question, each, now) for each in excerpts]
        await self._offers.keep(candidates)
        shown.candidates[number] = tuple(each.key for each in candidates)
        asked = notice(PinText.CANDIDATES, question=shorten(question, QUESTION_CHARACTERS))
        blocks: list[Block] = [notice_block(asked)]
        for place, (excerpt, around) in enumerate(excerpts.items(), start=1):
            blocks.append(QuoteBlock(excerpt, number=place))
            if words and around.span != excerpt.span:
                blocks.append(QuoteBlock(around, lead=notice(PinText.AROUND)))
        choose = self._next_step(
            PinText.HOW_TO_CHOOSE, pin=self._syntax.corpus_command("pin", f"{number} M")
        )
        blocks.append(notice_block(*choose, how_to_find))

        def buttons(block: Block) -> tuple[Button, ...]:
            if not isinstance(block, QuoteBlock) or block.number is None:
                return ()
            action = Action(Verb.PIN, candidates[block.number - 1].key)
            return (Button(action, "📌", notice(Text.BUTTON_PIN)),)

        return self._layout.offer(blocks, beside=buttons)

    async def _excerpts(
        self, question: str, words: str, request: ChatRequest
    ) -> dict[Excerpt, Excerpt]:
        """The excerpts that could be pinned to a question, each with what stands around it.

        First stand those that people chose below its silence and found to answer it.
        """
        scope = await self._scope(request)
        if words:
            places = await self._answering.find_quote(words, scope, MOST_PLACES)
            return {each.sentences: around_of(each.sentences) for each in places}
        liked = await self._curation.reports.liked(_key(question), request)
        passages = [each.passage for each in liked]
        found = await self._answering.candidates(question, scope, MOST_CANDIDATES)
        others = [each for each in found if each.passage not in passages]
        first = [*liked, *others][:MOST_CANDIDATES]
        return {each: around_of(each) for each in map(in_one_piece, first)}

    async def _pins(self, request: ChatRequest, shown: _Shown) -> Message:
        """The pins of this space and those for all, those that answer no more first."""
        statuses = await self._answering.pins(
            await self._scope(request),
            request.place.pin_space,
        )
        if not statuses:
            return self._layout.say(notice(PinText.NONE))
        ordered = sorted(statuses, key=lambda each: each.answers)[:LIST_LENGTH]
        shown.pins = tuple(each.pin.key for each in ordered)
        blocks: list[Block] = [notice_block(notice(PinText.LIST, count=len(statuses)))]
        for number, each in enumerate(ordered, start=1):
            blocks += status_blocks(number, each)
        step = self._next_step(
            PinText.HOW_TO_UNPIN, unpin=self._syntax.corpus_command("unpin", "N")
        )
        buttons = tuple(
            Button(Action(Verb.UNPIN, key), "✂", _number(number))
            for number, key in enumerate(shown.pins, start=1)
        )
        if step:
            blocks.append(notice_block(*step))
        return self._layout.offer(blocks, below=buttons)

    def _how_to_undo(self) -> Notice:
        return notice(PinText.HOW_TO_UNDO, undo=self._syntax.corpus_command("undo"))

    # Changes

    async def _pin(self, key: str, request: ChatRequest, progress: Progress | None) -> Message:
        candidate = await self._offers.find(key)
        served = ServedDocuments(self._answering.corpus, await self._scope(request))
        # A room may be bound to fewer collections after the offer was made.
        if candidate is None or served.document(candidate.document) is None:
            return self._layout.say(notice(PinText.OFFER_GONE))
        below: list[Button] = []

        async def work() -> OperationOutcome:
            quote = PinnedQuote(candidate.document, candidate.quote, candidate.place)
            pin = await self._editor.pin(candidate.question, quote, request)
            question = shorten(candidate.question, QUESTION_CHARACTERS)
            if pin is None:
                lost = notice(PinText.OFFER_CHANGED, document=candidate.document)
                return OperationOutcome((notice_block(lost),), question, "refused")
            undo = Action(Verb.UNDO, pin_mark(pin))
            below.append(Button(undo, "↩", notice(Text.BUTTON_UNDO)))
            done = notice(PinText.PINNED, question=question)
            if len(pin.quotes) > 1:
                done = notice(PinText.PINNED_SIDE, question=question, count=len(pin.quotes))
            blocks = (notice_block(done, self._how_to_undo()),)
            return OperationOutcome(blocks, f"{pin.key} {question}")

        detail = shorten(candidate.question, QUESTION_CHARACTERS)
        blocks = await self._curation.change(request, "pin", detail, work, progress)
        return self._layout.offer(blocks, below=below)

    async def _unpin(self, key: str, request: ChatRequest, progress: Progress | None) -> Message:
        async def work() -> OperationOutcome:
            pin = await self._editor.unpin(key, request)
            if pin is None:
                return OperationOutcome((notice_block(notice(PinText.GONE)),), key, "refused")
            question = shorten(pin.question, QUESTION_CHARACTERS)
            done = notice(PinText.UNPINNED, question=question)
            return OperationOutcome((notice_block(done, self._how_to_undo()),), f"{key} {question}")

        blocks = await self._curation.change(request, "unpin", key, work, progress)
        return self._layout.tell(blocks)

    async def _undo(self, mark: str, request: ChatRequest, progress: Progress | None) -> Message:
        """Undo the last change, or that with the `mark` of a button."""

        async def work() -> OperationOutcome:
            undone = await self._editor.undo(request, mark)
            if undone is None:
                return OperationOutcome(
                    (notice_block(notice(PinText.UNDO_NOTHING)),), "", "refused"
                )
            question = shorten(undone.question, QUESTION_CHARACTERS)
            text = PinText.UNDONE if undone.is_pinned else PinText.UNDONE_PIN
            done = notice(text if undone.done else PinText.UNDO_CHANGED, question=question)
            outcome = "done" if undone.done else "refused"
            return OperationOutcome((notice_block(done),), f"{undone.key} {question}", outcome)

        return self._layout.tell(await self._curation.change(request, "undo", "", work, progress))

    async def _scope(self, request: ChatRequest) -> Scope:
        """The collections whose words may be shown here, and pinned."""
        return await self._curation.reports.scope(request)


def _key(question: str) -> str:
    """The key of a question in the list, for its button."""
    return key_of(folded_question(question))


def _number(number: int) -> Notice:
    return notice(PinText.NUMBER, number=number)
