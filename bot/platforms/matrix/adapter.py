"""Matrix adapter: turns each event into a job, and passes the job to its handler.

An event for the bot is stored as a job before it counts as received. A job that a crash
interrupts runs again at the next start with the same transaction id, so that the homeserver
recognises a message that it has already.
"""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex

from bot.chat.command_grammar import MATRIX
from bot.chat.rate_limits import Admitted
from bot.core.errors import MatrixError, StateError
from bot.platforms.inbox import Disposition, Inbox, Work
from bot.platforms.matrix.api.events import (
    InviteEvent,
    JobEvent,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEvent,
    TombstoneEvent,
    UndecryptableEvent,
    job_payload,
    parse_job,
)
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import RefusedError, UnreachedError
from bot.platforms.matrix.mapping import PLATFORM, is_pair, room_place
from bot.platforms.matrix.membership import Membership
from bot.platforms.matrix.messages import MessageHandler
from bot.platforms.matrix.outbox import MatrixOutbox
from bot.platforms.matrix.reaction_offers import ReactionOffers, Signs, is_sign
from bot.platforms.matrix.reactions import ReactionHandler
from bot.platforms.matrix.session.login import Account
from bot.platforms.services import PlatformServices
from bot.state.records import Job, Mode


def disposition(fault: Exception) -> Disposition:
    """The decision about a job on Matrix whose work raised `fault`."""
    if isinstance(fault, RefusedError):
        return Disposition.REJECT
    if isinstance(fault, UnreachedError | MatrixError | StateError):
        return Disposition.RETRY
    return Disposition.FAULT


@dataclass(frozen=True, slots=True)
class MatrixConnection:
    """The account to log in with, and the behaviour of the bot in rooms.

    `inviters` lists ids and patterns of users who may invite it; `prefix` begins a question in
    a room of more than two. `signs` are those that it puts below its replies.
    """

    account: Account
    inviters: tuple[str, ...] = ()
    prefix: str = "!ask"
    signs: Signs = "one"
    alert_room: str = ""


class Adapter:
    """Receives events from a port, stores them as jobs, and decides which handler gets each."""

    def __init__(
        self, services: PlatformServices, port: HomeserverPort, options: MatrixConnection
    ) -> None:
        self._services = services
        self._alert_room = options.alert_room
        self._port = port
        self._inbox = Inbox(PLATFORM, services.store.jobs, disposition)
        self._offers = ReactionOffers(port, options.signs)
        self._outbox = MatrixOutbox(services, port, self._offers)
        syntax = replace(MATRIX, prefix=options.prefix)
        self._messages = MessageHandler(services, port, self._outbox, syntax)
        self._reactions = ReactionHandler(self._messages)
        replying_in = self._inbox.replying_in
        self._membership = Membership(services, port, self._outbox, options.inviters, replying_in)

    async def run(self) -> None:
        """Handle events until cancelled; raises `MatrixError` where only a person can help."""
        await self._inbox.load()
        tasks = [
            asyncio.create_task(self._listen(), name="sync"),
            asyncio.create_task(self._begin(), name="replay of jobs"),
            asyncio.create_task(self._offers.run(), name="reaction offers"),
            asyncio.create_task(self._send_alerts(), name="alerts"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._inbox.drain()
            await self._outbox.close()

    async def _listen(self) -> None:
        await self._port.listen(self.handle, self._is_on, self._services.connection.set)

    async def _begin(self) -> None:
        """Resume the jobs of earlier runs once the rooms are known; leave empty rooms."""
        await self._port.ready()
        self._membership.warn_if_nobody_invites()
        self._services.on_join(self._port.user_id, len(self._port.rooms))
        work = partial(self._port.set_profile, self._services.profile)
        self._inbox.start(work, "the profile of the bot", key="profile")
        # All at once: a job that joins a room is retried for as long as the room's server is away.
        await self._inbox.replay(self._resume, one_by_one=False)
        for room in self._port.rooms:
            await self._membership.leave_if_alone(room)

    async def _send_alerts(self) -> None:
        """Send the alerts as they come, once the rooms are known, if there is a room for them."""
        if not self._alert_room:
            return
        await self._port.ready()
        await self._services.alerts.send_all(
            self._services.layout,
            lambda alert: self._outbox.introduce(self._alert_room, alert, f"alert-{token_hex(8)}"),
            RefusedError,
        )

    async def _is_on(self, room: str) -> bool:
        return (await self._services.rooms.effective(room_place(room))).mode is not Mode.OFF

    # Events to jobs

    async def handle(self, event: RoomEvent) -> None:
        """Store an event as a job if it concerns the bot; from then on no crash loses it."""
        match event:
            case MessageEvent(edits=None):
                if await self._messages.command(event) is not None:
                    await self._take(event)
            case MessageEvent(edits=str(question)):
                if await self._is_edited_question(event, question):
                    await self._take(event)
            case ReactionEvent():
                if await self._is_press(event):
                    await self._take(event)
            case UndecryptableEvent():
                await self._take_undecryptable(event)
            case JoinEvent(me=True) | RedactionEvent() | InviteEvent() | TombstoneEvent():
                await self._take(event)
            case LeaveEvent(me=False, room=room):
                work = partial(self._membership.leave_if_alone, room)
                self._inbox.start(work, "leaving an empty room", key=room)

    async def _is_edited_question(self, edit: MessageEvent, question: str) -> bool:
        """Whether the edited message is a question, or becomes one."""
        return not edit.notice and (
            self._inbox.is_locked(question)
            or await self._messages.command(replace(edit, edits=None)) is not None
            or await self._messages.was_answered(edit.room, question)
        )

    async def _is_press(self, reaction: ReactionEvent) -> bool:
        """Whether a reaction is a button's key below a message of the bot."""
        if not is_sign(reaction.key):
            return False
        # A reply that is being sent at this moment may not be stored yet.
        return bool(self._inbox.replying_in(reaction.room)) or await self._outbox.is_own_message(
            reaction.room, reaction.to
        )

    async def _take(self, event: JobEvent) -> None:
        # An invitation may come without an id, and no other event.
        key = event.event_id or f"Invited {event.room} {event.at.isoformat()}"
        if await self._inbox.take(event.room, key, job_payload(event), event.sender):
            self._start(event, key, fresh=True)

    async def _take_undecryptable(self, event: UndecryptableEvent) -> None:
        """Reply with a notice: to each message in a room of two, elsewhere once a room.

        A refused key is for its sender to set right, so each sender is told once.
        """
        room = event.room
        if not await self._is_on(room):
            return
        pair = is_pair(self._port.room(room))
        if pair:
            # A sender can begin a new session with each message, so these count as questions.
            admission = self._services.limiter.admit(event.sender, room, waits=False)
            if not isinstance(admission, Admitted):
                return
        once = f"{room} {event.sender}" if event.withheld else room
        key = f"unreadable {event.event_id if pair else once}"
        # A replay finishes a job with an empty payload at once: the notice is tried only once.
        if await self._inbox.take(room, key, "", event.sender):
            reply = partial(self._messages.reply_undecryptable, event)
            work = partial(self._inbox.settle, key, reply)
            self._inbox.start(work, "a notice in a room", key=key)

    # Jobs to handlers

    def _resume(self, job: Job) -> asyncio.Task[None]:
        return self._start(parse_job(job.payload), job.event, fresh=False)

    def _start(self, event: JobEvent | None, job: str, *, fresh: bool) -> asyncio.Task[None]:
        subject, work = self._plan(event, fresh)
        room = event.room if isinstance(event, MessageEvent) else None
        settle = partial(self._inbox.settle, job, work)
        return self._inbox.start(settle, "an event in a room", key=subject, room=room)

    def _plan(self, event: JobEvent | None, fresh: bool) -> tuple[str, Work]:
        """The message or room whose lock a job holds, and its work; no work where event is None."""
        match event:
            case MessageEvent(edits=str(question)):
                return question, partial(self._messages.handle_edit, event, fresh=fresh)
            case MessageEvent():
                return event.event_id, partial(self._messages.answer, event, fresh=fresh)
            case RedactionEvent(redacts=message):
                return message, partial(self._messages.handle_redaction, event, fresh=fresh)
            case ReactionEvent(to=message):
                return message, partial(self._press, event, fresh=fresh)
            case InviteEvent():
                return event.room, partial(self._membership.handle_invitation, event)
            case TombstoneEvent():
                return event.room, partial(self._membership.handle_tombstone, event)
            case JoinEvent():
                return event.room, partial(self._membership.handle_join, event)
            case None:
                return "", partial(asyncio.sleep, 0)

    async def _press(self, reaction: ReactionEvent, *, fresh: bool) -> None:
        replies = self._inbox.replying_in(reaction.room)
        if replies and await self._outbox.post_of(reaction.room, reaction.to) is None:
            # The message may be one of these, sent but not stored yet.
            await asyncio.wait(replies, timeout=3.0)
        await self._reactions.press(reaction, fresh=fresh)
