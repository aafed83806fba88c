"""Files that were posted: where they are fetched, and how encrypted ones are opened."""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64decode
from hashlib import sha256

import regex
from Crypto.Cipher import AES
from Crypto.Util import Counter

from bot.platforms.matrix.api.events import Attachment, EncryptionDetails
from bot.platforms.matrix.api.http import HttpApi, path
from bot.platforms.matrix.api.port import KeyStoreDamagedError, RefusedError

FETCH_SECONDS = 120.0
"""Longest wait for a file."""

_ADDRESS = regex.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-]{1,255})")


async def fetched(wire: HttpApi, attachment: Attachment, longest: int) -> bytes:
    """What the file holds, opened; raises DamagedError, and as `HttpApi.fetch`."""
    found = _ADDRESS.fullmatch(attachment.url)
    if found is None:
        raise KeyStoreDamagedError("its address makes no sense")
    server, media = found.groups()
    try:
        where = path("media", "download", server, media, base="/_matrix/client/v1")
        raw = await wire.fetch(where, longest, FETCH_SECONDS)
    except RefusedError as fault:
        # Servers from before files were for members only know the old address alone.
        if fault.code != "M_UNRECOGNIZED":
            raise
        where = path("media", "v3", "download", server, media, base="/_matrix")
        raw = await wire.fetch(where, longest, FETCH_SECONDS)
    if attachment.seal is None:
        return raw
    # A large file takes long enough for everybody else to notice.
    return await asyncio.to_thread(opened, raw, attachment.seal)


def opened(raw: bytes, seal: EncryptionDetails) -> bytes:
    """The bytes inside an encrypted file (AES-256 in counter mode, checked by SHA-256)."""
    try:
        key, iv, digest = (_bytes(part) for part in (seal.key, seal.iv, seal.sha256))
    except ValueError:
        raise KeyStoreDamagedError("its key makes no sense") from None
    if len(key) != 32 or len(iv) != 16:
        raise KeyStoreDamagedError("its key makes no sense")
    if not hmac.compare_digest(sha256(raw).digest(), digest):
        raise KeyStoreDamagedError("it was changed on its way")
    counter = Counter.new(64, prefix=iv[:8], initial_value=int.from_bytes(iv[8:], "big"))
    return AES.new(key, AES.MODE_CTR, counter=counter).decrypt(raw)


def _bytes(text: str) -> bytes:
    # Both alphabets are used, with and without the signs that fill up.
    sane = text.strip("=").replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(sane + "=" * (-len(sane) % 4))
