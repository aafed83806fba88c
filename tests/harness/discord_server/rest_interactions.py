"""Routes that answer interactions: the callback, and the follow-ups under the token."""

from typing import Any

from tests.harness.discord_server import payloads, posting
from tests.harness.discord_server.component_limits import form_faults
from tests.harness.discord_server.composing import compose, recompose
from tests.harness.discord_server.errors import ApiError, Fault, form_error, unknown
from tests.harness.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FORM,
    SECONDS_OF_TOKEN,
    SECONDS_TO_ANSWER,
    Interaction,
)
from tests.harness.discord_server.limits import choice_faults
from tests.harness.discord_server.messages import Flag, ServerMessage
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.rest import Call, RestAnswer, Route
from tests.harness.discord_server.world import JSON

TOKEN = "/webhooks/{webhook_id}/{webhook_token}"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
SAY, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, OPEN_FORM = 4, 5, 6, 7, 8, 9
USER_INSTALL_FOLLOWUPS = 5


async def answer(call: Call) -> RestAnswer:
    """The first answer to an interaction."""
    asked = call.world.interactions.get(call.id("interaction_id"))
    if asked is None or asked.token != call.ids["interaction_token"]:
        raise unknown("interaction")
    if asked.kind is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if asked.age > SECONDS_TO_ANSWER:
        raise unknown("interaction")
    kind = call.form.get("type")
    _allow(asked, kind)
    data = call.form.get("data") or {}
    resource = _carry_out(call, asked, int(str(kind)), data)
    asked.kind = int(str(kind))
    if call.query.get("with_response", "").lower() not in ("true", "1"):
        return RestAnswer(204)
    body: JSON = {"id": str(asked.id), "type": asked.type}
    shown = asked.original if kind in (SAY, DEFER) else asked.message
    if kind in (SAY, DEFER, UPDATE, DEFER_UPDATE) and shown is not None:
        body |= {
            "response_message_id": str(shown.id),
            "response_message_loading": shown.loading,
            "response_message_ephemeral": shown.ephemeral,
        }
    return RestAnswer(200, {"interaction": body} | ({"resource": resource} if resource else {}))


def _allow(asked: Interaction, kind: Any) -> None:
    """Each kind of interaction takes some kinds of answer only."""
    fitting = {
        COMMAND: {SAY, DEFER, OPEN_FORM},
        COMPONENT: {SAY, DEFER, DEFER_UPDATE, UPDATE, OPEN_FORM},
        # A form that a command opened has no message that could be changed.
        FORM: {SAY, DEFER} | ({DEFER_UPDATE, UPDATE} if asked.message is not None else set()),
        AUTOCOMPLETE: {SUGGEST},
    }[asked.type]
    if kind not in fitting:
        said = f"Value must be one of {sorted(fitting)}."
        raise form_error([Fault(("type",), "BASE_TYPE_CHOICES", said)])


def _carry_out(call: Call, asked: Interaction, kind: int, data: JSON) -> JSON | None:
    """Do what the answer says; the resource for `with_response`."""
    if kind == SUGGEST:
        call.refuse(list(choice_faults(data.get("choices"))))
        asked.choices = data["choices"]
        return None
    if kind == OPEN_FORM:
        call.refuse(list(form_faults(data)))
        asked.form = data
        asked.world.changed()
        return None
    if kind == SAY:
        message = compose(call, asked.channel, data, interaction=True, prefix="data")
        asked.original = _post(asked, message, data)
    elif kind == DEFER:
        flags = Flag(data.get("flags") or 0) & Flag.EPHEMERAL | Flag.LOADING
        world = asked.world
        thinking = ServerMessage(
            world.snowflakes.next(), asked.channel, world.bot, "", world.clock.now(), flags=flags
        )
        asked.original = _post(asked, thinking, {})
    elif asked.message is None:
        return None
    elif kind == UPDATE:
        recompose(call, asked.message, data, prefix="data")
    if kind in (DEFER_UPDATE, UPDATE):
        asked.original = asked.message
    if asked.original is None or kind in (DEFER, DEFER_UPDATE):
        return None
    return {"type": kind, "message": _shown(asked.original)}


def _post(asked: Interaction, message: ServerMessage, data: JSON) -> ServerMessage:
    """Write a message that belongs to an interaction."""
    message.interaction = asked
    guild = asked.channel.guild
    external = guild is not None and not guild.has_bot
    if external and not asked.channel.allows(asked.user, Can.USE_EXTERNAL_APPS):
        message.flags |= Flag.EPHEMERAL
    if Flag.EPHEMERAL in message.flags:
        message.visible_to = asked.user
    if asked.type == COMMAND and asked.command is not None:
        message.type = 20 if asked.command["type"] == 1 else 23
    elif asked.message is not None:
        message.type, message.reply_to, message.reply_id = 19, asked.message, asked.message.id
    rule = data.get("allowed_mentions")
    return posting.write(message, rule, ping_author=False)


def _shown(message: ServerMessage) -> JSON:
    return payloads.message(message, allowed=True)


def _asked(call: Call) -> Interaction:
    """The interaction whose token the path holds, once it was answered and while it lasts."""
    if call.id("webhook_id") != call.world.app.id:
        raise unknown("Webhook")
    for asked in call.world.interactions.values():
        if asked.token == call.ids["webhook_token"]:
            if asked.kind is None:
                raise unknown("Webhook")
            if asked.age > SECONDS_OF_TOKEN:
                raise ApiError(401, 50027, "Invalid Webhook Token")
            return asked
    raise ApiError(401, 50027, "Invalid Webhook Token")


def _one(call: Call) -> ServerMessage:
    """The message of the path, which is the first answer or a follow-up."""
    asked = _asked(call)
    wanted = call.ids.get("message_id", "@original")
    if wanted == "@original":
        found = asked.original
    else:
        found = next((m for m in _own(asked) if m.id == call.id("message_id")), None)
    if found is None or found.deleted:
        raise unknown("Message")
    return found


def _own(asked: Interaction) -> list[ServerMessage]:
    return [*([asked.original] if asked.original else []), *asked.followups]


async def follow_up(call: Call) -> RestAnswer:
    asked, data = _asked(call), call.form
    first = asked.original
    if first is not None and first.loading and not first.deleted:
        # The first follow-up after "is thinking" takes its place, and its visibility.
        flags = Flag(data.get("flags") or 0) & ~Flag.EPHEMERAL
        compose_flags = {**data, "flags": int(flags)}
        first.flags |= flags & Flag.COMPONENTS_V2
        recompose(call, first, compose_flags)
        return RestAnswer(200, _shown(first))
    user_installed = "0" not in asked.owners
    in_guild = asked.channel.guild is not None and not asked.channel.guild.has_bot
    if user_installed and in_guild and len(asked.followups) >= USER_INSTALL_FOLLOWUPS:
        said = "Maximum number of follow up messages reached for this interaction"
        raise ApiError(400, 40094, said)
    message = compose(call, asked.channel, data, interaction=True)
    asked.followups.append(message)
    _post(asked, message, data)
    message.type = 19
    message.reply_to, message.reply_id = first, first.id if first else None
    call.world.changed()
    return RestAnswer(200, _shown(message))


async def read(call: Call) -> RestAnswer:
    return RestAnswer(200, _shown(_one(call)))


async def edit(call: Call) -> RestAnswer:
    message = _one(call)
    if message.loading:
        flags = Flag(call.form.get("flags") or 0)
        message.flags |= flags & Flag.COMPONENTS_V2
    recompose(call, message, call.form)
    return RestAnswer(200, _shown(message))


async def delete(call: Call) -> RestAnswer:
    posting.remove(_one(call))
    return RestAnswer(204)


ROUTES: list[Route] = [
    ("POST", CALLBACK, answer),
    ("POST", TOKEN, follow_up),
    *(
        (method, f"{TOKEN}/messages/{which}", handler)
        for which in ("@original", "{message_id}")
        for method, handler in (("GET", read), ("PATCH", edit), ("DELETE", delete))
    ),
]
