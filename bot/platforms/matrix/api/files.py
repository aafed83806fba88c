"""Download of posted files, and decryption of those from encrypted rooms."""

import asyncio
import hmac
from base64 import urlsafe_b64decode
from hashlib import sha256

import regex
from Crypto.Cipher import AES
from Crypto.Util import Counter

from bot.platforms.matrix.api.events import EncryptionDetails, MatrixAttachment
from bot.platforms.matrix.api.http import DamagedFileError, HttpApi, RefusedError, api_path

_MXC_ADDRESS = regex.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-]{1,255})")


async def download(api: HttpApi, attachment: MatrixAttachment, longest: int) -> bytes:
    """The bytes of a file, decrypted; raises DamagedFileError, and as `HttpApi.fetch`."""
    address = _MXC_ADDRESS.fullmatch(attachment.url)
    if address is None:
        raise DamagedFileError("its address makes no sense")
    server, media = address.groups()
    try:
        path = api_path("media", "download", server, media, base="/_matrix/client/v1")
        content = await api.fetch(path, longest)
    except RefusedError as fault:
        # Servers before version 1.11 of the specification know only the old address.
        if fault.code != "M_UNRECOGNIZED":
            raise
        path = api_path("media", "v3", "download", server, media, base="/_matrix")
        content = await api.fetch(path, longest)
    if attachment.seal is None:
        return content
    # In a thread: decrypting a large file would hold up the event loop.
    return await asyncio.to_thread(decrypt, content, attachment.seal)


def decrypt(content: bytes, seal: EncryptionDetails) -> bytes:
    """Decrypt a file (AES-256 in counter mode, checked by SHA-256). Raises DamagedFileError."""
    try:
        key, iv, digest = map(decode_base64, (seal.key, seal.iv, seal.sha256))
        if not hmac.compare_digest(sha256(content).digest(), digest):
            raise DamagedFileError("it was changed on its way")
        return apply_counter_mode(key, iv, content)
    except ValueError:
        raise DamagedFileError("its key makes no sense") from None


def apply_counter_mode(key: bytes, iv: bytes, raw: bytes) -> bytes:
    """AES-256 in counter mode, which encrypts and decrypts alike. Raises ValueError."""
    if len(key) != 32 or len(iv) != 16:
        raise ValueError("a key has 32 bytes, an initial counter has 16")
    counter = Counter.new(64, prefix=iv[:8], initial_value=int.from_bytes(iv[8:], "big"))
    return AES.new(key, AES.MODE_CTR, counter=counter).encrypt(raw)


def decode_base64(text: str) -> bytes:
    """Decode base64 of either alphabet, with or without padding. Raises ValueError."""
    bare = text.strip("=").replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
