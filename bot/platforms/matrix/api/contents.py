"""What the bot sends, as Matrix wants it: notices that mention nobody, replies, threads, edits."""

from __future__ import annotations

from bot.platforms.matrix.api.json_values import Json
from bot.platforms.matrix.api.port import MessageContent

FALLBACK_CHARACTERS = 300
"""How much of an edit stands outside it as well, for clients that know no edits."""


def notice(words: MessageContent) -> Json:
    """A message of a program; the empty mentions say that it pings nobody."""
    content = _said(words.text, words.html)
    relation: Json = {}
    if words.thread_root:
        relation = {
            "rel_type": "m.thread",
            "event_id": words.thread_root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": words.reply_to or words.thread_root},
        }
    elif words.reply_to:
        relation = {"m.in_reply_to": {"event_id": words.reply_to}}
    return content | ({"m.relates_to": relation} if relation else {})


def edit(event_id: str, words: MessageContent) -> Json:
    """A message in the place of another; its place in a thread stays the first one's."""
    # The whole text twice would be too large for one event.
    outside = "* " + words.text[:FALLBACK_CHARACTERS]
    return _said(outside, None) | {
        "m.new_content": _said(words.text, words.html),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reaction(event_id: str, key: str) -> Json:
    """A sign under an event."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def _said(text: str, html: str | None) -> Json:
    content: Json = {"msgtype": "m.notice", "body": text, "m.mentions": {}}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content
