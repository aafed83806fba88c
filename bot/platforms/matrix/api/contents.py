"""Contents of the events the bot sends: notices, edits, reactions."""

from dataclasses import dataclass

from bot.platforms.matrix.api.json_values import Json


@dataclass(frozen=True, slots=True)
class MessageContent:
    """A message to be sent: a plain text and, where there is one, its HTML.

    `thread_root` puts it into a thread, `reply_to` names the message it answers. It is sent as
    `m.notice` and mentions nobody.
    """

    text: str
    html: str | None = None
    reply_to: str | None = None
    thread_root: str | None = None


def notice(message: MessageContent) -> Json:
    """The content of an `m.notice`, as a reply or in a thread where the message says so."""
    relation: Json = {}
    if message.thread_root:
        relation = {
            "rel_type": "m.thread",
            "event_id": message.thread_root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": message.reply_to or message.thread_root},
        }
    elif message.reply_to:
        relation = {"m.in_reply_to": {"event_id": message.reply_to}}
    content = _notice(message.text, message.html)
    return content | ({"m.relates_to": relation} if relation else {})


def edit(event_id: str, message: MessageContent) -> Json:
    """The content of an edit of `event_id`; the message stays in its thread."""
    # For clients without edits; one event has no room for the whole text twice.
    fallback = "* " + message.text[:300]
    return _notice(fallback, None) | {
        "m.new_content": _notice(message.text, message.html),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reaction(event_id: str, key: str) -> Json:
    """The content of a reaction to `event_id` with the emoji `key`."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def _notice(text: str, html: str | None) -> Json:
    # Empty mentions say that nobody is notified, whatever names the text quotes.
    content: Json = {"msgtype": "m.notice", "body": text, "m.mentions": {}}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content
