"""The limits of messages that Discord keeps and its description does not tell.

Every check takes plain JSON that nobody has looked at before, and returns faults instead of
raising, so that a test sees all of them.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.harness.discord_server.component_limits import component_faults
from tests.harness.discord_server.errors import Fault
from tests.harness.discord_server.messages import Flag
from tests.harness.discord_server.world import JSON

CONTENT, EMBEDS, EMBED_TEXT, FILES, NONCE = 2000, 10, 6000, 10, 25
SENDABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2
EMBED_LENGTHS = (
    (("title",), 256),
    (("description",), 4096),
    (("footer", "text"), 2048),
    (("author", "name"), 256),
)
Path = tuple[str | int, ...]


def too_long(path: Path, value: Any, most: int, *, least: int = 0) -> Iterator[Fault]:
    """A text outside of its bounds; what is not a text is left to other checks."""
    if not isinstance(value, str):
        return
    if len(value) > most:
        said = f"Must be {most} or fewer in length."
        yield Fault(path, "BASE_TYPE_MAX_LENGTH", said)
    elif len(value) < least:
        yield Fault(path, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")


def lone_surrogates(value: Any, path: Path = ()) -> Iterator[Fault]:
    """Halves of characters, which are no valid UTF-8, anywhere in the body."""
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            yield Fault(path, "INVALID_UNICODE", "Text with half a character in it.")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from lone_surrogates(part, (*path, str(key)))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from lone_surrogates(part, (*path, index))


def message_faults(body: JSON, *, ephemeral_allowed: bool, layout: bool = False) -> list[Fault]:
    """All faults of a message to be sent or, with `layout` from the message, to be edited."""
    faults = [*too_long(("content",), body.get("content"), CONTENT)]
    flags = body.get("flags")
    flags = flags if isinstance(flags, int) else 0
    known = SENDABLE | (Flag.EPHEMERAL if ephemeral_allowed else Flag.NONE)
    if flags & ~int(known):
        faults.append(Fault(("flags",), "MESSAGE_FLAGS_INVALID", "Flags that cannot be set."))
    layout = layout or bool(flags & Flag.COMPONENTS_V2)
    if layout:
        faults += _layout_alone(body)
    faults += [*embed_faults(body.get("embeds"))]
    faults += [*component_faults(body.get("components"), layout=layout)]
    faults += [*mention_faults(body.get("allowed_mentions"))]
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE:
        faults += too_long(("nonce",), str(nonce), NONCE)
    files = body.get("attachments")
    if isinstance(files, list) and len(files) > FILES:
        faults.append(Fault(("attachments",), "BASE_TYPE_MAX_LENGTH", f"At most {FILES} files."))
    return faults


def _layout_alone(body: JSON) -> Iterator[Fault]:
    """Components v2 leave no room for anything else."""
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    said = "The field cannot be used with MessageFlags.IS_COMPONENTS_V2."
    for key in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(key):
            yield Fault((key,), code, said)


def is_empty(body: JSON, *, files: int) -> bool:
    """Whether nothing would be shown."""
    content = body.get("content")
    said = isinstance(content, str) and content.strip()
    kept = body.get("attachments") or ()
    rest = (body.get(k) for k in ("embeds", "components", "sticker_ids", "poll"))
    return not said and not files and not kept and not any(rest)


def embed_faults(embeds: Any) -> Iterator[Fault]:
    """Faults of embeds, with the 6000 characters over all of them."""
    if not isinstance(embeds, list):
        return
    if len(embeds) > EMBEDS:
        yield Fault(("embeds",), "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    total = 0
    for index, embed in enumerate(embeds):
        if not isinstance(embed, dict):
            continue
        at: Path = ("embeds", index)
        for keys, most in EMBED_LENGTHS:
            value: Any = embed
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            yield from too_long((*at, *keys), value, most)
            total += len(value) if isinstance(value, str) else 0
        fields = embed.get("fields") or []
        if len(fields) > 25:
            yield Fault((*at, "fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        for number, entry in enumerate(fields):
            for key, most in (("name", 256), ("value", 1024)):
                value = entry.get(key) if isinstance(entry, dict) else None
                where = (*at, "fields", number, key)
                if not isinstance(value, str) or not value.strip():
                    yield Fault(where, "BASE_TYPE_REQUIRED", "This field is required")
                else:
                    yield from too_long(where, value, most)
                    total += len(value)
        url = embed.get("url")
        if isinstance(url, str) and url and not url.startswith(("http://", "https://")):
            yield Fault((*at, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be http or https.")
        shown = ("title", "description", "fields", "footer", "author", "image", "thumbnail")
        if not any(embed.get(key) for key in shown):
            yield Fault((*at, "description"), "BASE_TYPE_REQUIRED", "This field is required")
    if total > EMBED_TEXT:
        said = f"Embed size exceeds maximum size of {EMBED_TEXT}"
        yield Fault(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", said)


def mention_faults(rule: Any) -> Iterator[Fault]:
    """`parse` and a list of the same kind exclude each other."""
    if not isinstance(rule, dict):
        return
    parse = rule.get("parse") or []
    for kind in ("users", "roles"):
        listed = rule.get(kind) or []
        if kind in parse and listed:
            said = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            yield Fault(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", said)
        if len(listed) > 100:
            where = ("allowed_mentions", kind)
            yield Fault(where, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        if len(set(map(str, listed))) != len(listed):
            yield Fault(("allowed_mentions", kind), "SET_TYPE_NOT_UNIQUE", "Ids must be unique.")


def choice_faults(choices: Any) -> Iterator[Fault]:
    """Faults of the suggestions of an autocomplete."""
    if not isinstance(choices, list):
        yield Fault(("data", "choices"), "BASE_TYPE_REQUIRED", "This field is required")
        return
    if len(choices) > 25:
        yield Fault(("data", "choices"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, choice in enumerate(choices):
        if isinstance(choice, dict):
            at: Path = ("data", "choices", index)
            yield from too_long((*at, "name"), choice.get("name"), 100, least=1)
            yield from too_long((*at, "value"), choice.get("value"), 100)


def file_faults(body: JSON, names: list[str], kept: set[int]) -> Iterator[Fault]:
    """Attachments that name a file that was not sent and is not there either."""
    sent = {name[len("files[") : -1] for name in names if name.startswith("files[")}
    listed = body.get("attachments")
    if not isinstance(listed, list):
        return
    ids = [str(a.get("id")) for a in listed if isinstance(a, dict)]
    for index, one in enumerate(ids):
        if one not in sent and one not in {str(k) for k in kept}:
            said = "Unknown attachment: no such file in this request or message."
            yield Fault(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", said)
    for one, count in Counter(ids).items():
        if count > 1:
            yield Fault(("attachments",), "SET_TYPE_NOT_UNIQUE", f"Id {one} is there twice.")
