"""What the bot must keep secret: its token, its device, its signing seeds; encrypted at rest.

One file of JSON, AES-256 in GCM; the key comes from the pickle key by scrypt (RFC 7914).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from Crypto.Cipher import AES

from bot.core.errors import MatrixError

FILE_NAME, KEY_NAME = "secrets.sealed", "pickle.key"

_COST = 2**14
_ABOUT = b"sources-say matrix secrets 1"


def folder_made(folder: Path) -> None:
    """Make `folder` for this user alone (mode 0700). Raises MatrixError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as fault:
        raise MatrixError(
            f'The folder "{_name(folder)}" cannot be made or closed to others'
            f" ({_reason(fault)}); give this user the right to, or name another folder for the"
            " state."
        ) from None


def pickle_key(folder: Path, given: str) -> str:
    """The key that opens what is kept: the one given, or one of our own beside it.

    One of our own keeps copies of single files apart from their key, no more; a backup of
    the folder holds both.
    """
    if given:
        return given
    path = folder / KEY_NAME
    try:
        if not path.exists():
            write(path, secrets.token_urlsafe(32).encode())
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise _unusable(path, fault) from None


def write(path: Path, content: bytes) -> None:
    """Put `content` into a file of mode 0600: all of it, or the file stays as it was."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class Vault:
    """Small secrets by name, in `folder`. Raises MatrixError where they cannot be had."""

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / FILE_NAME
        self._key = key
        self._salt, self._kept = secrets.token_bytes(16), dict[str, str]()
        if self._path.exists():
            self._read()
        self._derived = self._derive()

    def get(self, name: str) -> str | None:
        """The secret, or None where there is none."""
        return self._kept.get(name)

    def put(self, **values: str | None) -> None:
        """Keep secrets, None for one to forget; all or none of them."""
        kept = self._kept | {name: value for name, value in values.items() if value is not None}
        for name, value in values.items():
            if value is None:
                kept.pop(name, None)
        if kept == self._kept:
            return
        cipher = AES.new(self._derived, AES.MODE_GCM, nonce=secrets.token_bytes(12))
        cipher.update(_ABOUT)
        sealed, tag = cipher.encrypt_and_digest(json.dumps(kept).encode())
        parts = {"salt": self._salt, "nonce": cipher.nonce, "tag": tag, "sealed": sealed}
        told = {name: b64encode(part).decode() for name, part in parts.items()}
        try:
            write(self._path, json.dumps(told).encode())
        except OSError as fault:
            raise _unusable(self._path, fault) from None
        self._kept = kept

    def _derive(self) -> bytes:
        return hashlib.scrypt(
            self._key.encode(), salt=self._salt, n=_COST, r=8, p=1, maxmem=64 * 2**20, dklen=32
        )

    def _read(self) -> None:
        try:
            told = json.loads(self._path.read_bytes())
            self._salt, nonce, tag, sealed = (
                b64decode(told[name]) for name in ("salt", "nonce", "tag", "sealed")
            )
            self._derived = self._derive()
            cipher = AES.new(self._derived, AES.MODE_GCM, nonce=nonce)
            cipher.update(_ABOUT)
            opened = cipher.decrypt_and_verify(sealed, tag)
        except OSError as fault:
            raise _unusable(self._path, fault) from None
        except (ValueError, KeyError, TypeError):
            raise cannot_open(self._path) from None
        kept = json.loads(opened)
        self._kept = {str(name): str(value) for name, value in kept.items()}


def cannot_open(path: Path) -> MatrixError:
    """The sentence on kept keys that the pickle key does not open."""
    return MatrixError(
        f'MATRIX_PICKLE_KEY: it does not open "{_name(path)}", or the file is damaged; give the'
        " key from before, put a copy of the folder back, or move the folder away to begin as a"
        " new device."
    )


def _unusable(path: Path, fault: Exception) -> MatrixError:
    return MatrixError(
        f'"{_name(path)}" cannot be read or written ({_reason(fault)}); look whether this user'
        " may, and whether the disk has room."
    )


def _name(path: Path) -> str:
    name = str(path).encode("utf-8", "replace").decode()
    return "".join(one if one.isprintable() else "?" for one in name)


def _reason(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
