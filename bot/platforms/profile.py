"""Profile of the bot: the name and the avatar that the operator sets for the chat platforms."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bot.core.errors import SettingsError, system_reason

LARGEST = 4_000_000
"""Most bytes of an avatar; Discord takes no more than about ten million."""


@dataclass(frozen=True, slots=True)
class Avatar:
    """A picture with its media type, such as `image/png`."""

    content: bytes = field(repr=False)
    media_type: str

    @property
    def digest(self) -> str:
        """A hash of the content, by which a picture is known again."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class BotProfile:
    """Name and avatar; an empty name and no avatar stand for those that the account has."""

    name: str = ""
    avatar: Avatar | None = None


def read_profile(name: str, avatar: str) -> BotProfile:
    """The profile with the picture in the file `avatar`; empty for none.

    Raises `SettingsError` for a file that is no picture or too large.
    """
    if not avatar:
        return BotProfile(name)
    file = Path(avatar)
    try:
        size = file.stat().st_size
        content = file.read_bytes() if file.is_file() and size <= LARGEST else b""
    except OSError as error:
        raise SettingsError(
            f'chat.avatar: "{file}" cannot be read ({system_reason(error)}); name a file that'
            " this user may read"
        ) from None
    if size > LARGEST:
        raise SettingsError(
            f'chat.avatar: "{file}" has more than {LARGEST // 1_000_000} MB; name a smaller one'
        )
    media_type = _media_type(content)
    if media_type is None:
        raise SettingsError(
            f'chat.avatar: "{file}" is no picture; name one in PNG, JPEG, GIF or WebP'
        )
    return BotProfile(name, Avatar(content, media_type))


def _media_type(content: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for anything else."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    beginnings = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
    }
    return next((kind for first, kind in beginnings.items() if content.startswith(first)), None)
