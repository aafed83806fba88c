"""Votes by reaction: a verdict is in force for as long as its reaction is there."""

from datetime import UTC, datetime

from bot.chat.identity import Person
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.memory import Memory, Vote
from bot.state.records import Verdict
from bot.state.store import Store


class ReactionVotes:
    """Keeps the verdicts of the store in step with reactions."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory

    async def vote(self, event: str, person: Person, reply: str, verdict: Verdict) -> None:
        """Give the verdict of the reaction `event`."""
        await self._set(person.id, reply, verdict, verdict)
        self._memory.votes[event] = Vote(person.id, reply, verdict)
        self._memory.verdicts[person.id, reply] = verdict

    async def withdraw(self, event: str) -> None:
        """Take back the verdict of a reaction, where it is still the one in force."""
        vote = self._memory.votes.pop(event, None)
        if vote is None or self._memory.verdicts.get((vote.person, vote.reply)) != vote.verdict:
            return
        self._memory.verdicts.pop((vote.person, vote.reply), None)
        await self._set(vote.person, vote.reply, vote.verdict, None)

    async def _set(
        self, person: str, reply: str, pressed: Verdict, verdict: Verdict | None
    ) -> None:
        """Press until `verdict` is in force; pressing the same again withdraws it."""
        press, now = self._store.feedback.press, datetime.now(UTC)
        if await press(PLATFORM, person, reply, pressed, now) != verdict:
            await press(PLATFORM, person, reply, pressed, now)
