"""Links in replies: a signed path that carries the reply and what its room may see.

A token holds the reply's id, after its length, and six bytes of the hash of each collection's
name, so that the server keeps nothing for it, and a message with four links stays short.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadData, Signer, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from bot.chat.identity import Scope
from bot.core.errors import StateError, system_reason

KEY_FILE = "web.key"
"""The file of the key in the state folder; without it all links given before end."""

_DAY = 86_400
_NAME_BYTES = 6


@dataclass(frozen=True, slots=True)
class LinkView:
    """The view of a link: a reply by its id, and the collections that may be seen beside it.

    `names` are hashes of the names of collections; None: all of them.
    """

    reply: str
    names: frozenset[bytes] | None

    def scope(self, collections: Iterable[str]) -> Scope:
        """Those of the `collections` that may be seen."""
        if self.names is None:
            return None
        return frozenset(name for name in collections if _hash_of(name) in self.names)


class PageLinks:
    """Makes and reads the links of replies; `public_url` is the address that members reach."""

    def __init__(self, key: bytes, public_url: str, days: int) -> None:
        self._key = key
        self._signer = TimestampSigner(key, salt="reply", digest_method=sha256)
        self._days = days
        self._url = public_url.rstrip("/")
        self._seconds = days * _DAY

    def below(self, path: str) -> PageLinks:
        """The same links below another address, such as the path of a proxy."""
        return PageLinks(self._key, path, self._days)

    def new_thread(self) -> str:
        """A signed name for a conversation on a page, which nobody can guess or make up."""
        return self._threads.sign(secrets.token_hex(8)).decode()

    def is_thread(self, name: str) -> bool:
        """Whether a name is one that `new_thread` has made."""
        return self._threads.validate(name)

    @property
    def _threads(self) -> Signer:
        return Signer(self._key, salt="thread", digest_method=sha256)

    def answer(self, reply: str, scope: Scope) -> str:
        """The address of the page of a reply that was given where `scope` is seen."""
        return f"{self._url}/a/{self._token(reply, scope)}"

    def excerpt(self, reply: str, scope: Scope, number: int) -> str:
        """The address of the quote, on the page of its document, in excerpt `number` of a reply."""
        return f"{self.answer(reply, scope)}/{number}#quote-1"

    def view(self, token: str) -> LinkView | None:
        """The view of a token; None for one that is not of this program, or has ended."""
        try:
            content = base64_decode(self._signer.unsign(token, max_age=self._seconds))
        except BadData:
            return None
        end = 1 + content[0]
        reply, names = content[1:end].hex(), content[end:]
        if not names:
            return LinkView(reply, None)
        starts = range(1, len(names), _NAME_BYTES)
        return LinkView(reply, frozenset(names[at : at + _NAME_BYTES] for at in starts))

    def _token(self, reply: str, scope: Scope) -> str:
        key = bytes.fromhex(reply)
        content = bytes([len(key)]) + key
        if scope is not None:
            # The mark tells a scope without collections from one that has them all.
            content += b"\0" + b"".join(sorted(map(_hash_of, scope)))
        return self._signer.sign(base64_encode(content)).decode()


def _hash_of(collection: str) -> bytes:
    return sha256(collection.encode("utf-8", "surrogatepass")).digest()[:_NAME_BYTES]


def signing_key(folder: Path) -> bytes:
    """The key in the state folder, made if there is none. Raises `StateError`."""
    path = folder / KEY_FILE
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(32)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
    except OSError as error:
        raise StateError(
            f'"{path}" cannot be read or written ({system_reason(error)}); look whether this user'
            " may, and whether the disk has room."
        ) from None
    if len(key) < 32:
        raise StateError(
            f'"{path}" is damaged; remove it, then start again: links given before end.'
        )
    return key


def path_prefix(public_url: str) -> str:
    """The path below which a proxy serves the pages, as in `https://example.org/docs`."""
    return urlsplit(public_url).path.rstrip("/")
