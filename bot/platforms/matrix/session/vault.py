"""Encrypted storage of the bot's secrets: its token, its device, the seeds of its signing keys.

One JSON file under AES-256 in GCM; scrypt (RFC 7914) derives its key from the pickle key.
"""

import hashlib
import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from Crypto.Cipher import AES

from bot.core.errors import MatrixError

FILE_NAME, KEY_NAME = "secrets.sealed", "pickle.key"

_HEADER = b"sources-say matrix secrets 1"


def make_private_folder(folder: Path) -> None:
    """Make `folder`, closed to other users (mode 0700). Raises MatrixError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as fault:
        raise MatrixError(
            f'The folder "{_printable(folder)}" cannot be made or closed to others'
            f" ({_reason(fault)}); give this user the right to, or name another folder for the"
            " state."
        ) from None


def pickle_key(folder: Path, configured: str) -> str:
    """The configured key, or else a random one, stored in the folder. Raises MatrixError.

    The stored key protects copies of single files only: a backup of the folder holds the key, too.
    """
    if configured:
        return configured
    path = folder / KEY_NAME
    try:
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32).encode())
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise _unusable(path, fault) from None


class Vault:
    """Secrets by name, in one file of `folder`. Raises MatrixError where it is unusable."""

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / FILE_NAME
        self._pickle_key = key
        self._salt, self._secrets = secrets.token_bytes(16), dict[str, str]()
        if self._path.exists():
            self._read()
        else:
            self._key = self._derive()

    def get(self, name: str) -> str | None:
        """The secret, or None where there is none."""
        return self._secrets.get(name)

    def put(self, **values: str | None) -> None:
        """Store secrets, all or none; None deletes one."""
        merged = self._secrets | values
        updated = {name: value for name, value in merged.items() if value is not None}
        if updated == self._secrets:
            return
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=secrets.token_bytes(12))
        cipher.update(_HEADER)
        sealed, tag = cipher.encrypt_and_digest(json.dumps(updated).encode())
        parts = {"salt": self._salt, "nonce": cipher.nonce, "tag": tag, "sealed": sealed}
        content = {name: b64encode(part).decode() for name, part in parts.items()}
        try:
            _write_private(self._path, json.dumps(content).encode())
        except OSError as fault:
            raise _unusable(self._path, fault) from None
        self._secrets = updated

    def _derive(self) -> bytes:
        key, memory = self._pickle_key.encode(), 64 * 2**20
        return hashlib.scrypt(key, salt=self._salt, n=2**14, r=8, p=1, maxmem=memory, dklen=32)

    def _read(self) -> None:
        try:
            content = json.loads(self._path.read_bytes())
            self._salt, nonce, tag, sealed = (
                b64decode(content[name]) for name in ("salt", "nonce", "tag", "sealed")
            )
            self._key = self._derive()
            cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce)
            cipher.update(_HEADER)
            opened = cipher.decrypt_and_verify(sealed, tag)
        except OSError as fault:
            raise _unusable(self._path, fault) from None
        except (ValueError, KeyError, TypeError):
            raise cannot_open(self._path) from None
        self._secrets = {str(name): str(value) for name, value in json.loads(opened).items()}


def cannot_open(path: Path) -> MatrixError:
    """The error of a file that the pickle key does not decrypt."""
    return MatrixError(
        f'MATRIX_PICKLE_KEY: it does not open "{_printable(path)}", or the file is damaged; give'
        " the key from before, put a copy of the folder back, or move the folder away to begin as"
        " a new device."
    )


def _write_private(path: Path, content: bytes) -> None:
    """Replace the file by one of mode 0600, in one step."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _unusable(path: Path, fault: Exception) -> MatrixError:
    return MatrixError(
        f'"{_printable(path)}" cannot be read or written ({_reason(fault)}); look whether this'
        " user may, and whether the disk has room."
    )


def _printable(path: Path) -> str:
    name = str(path).encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "?" for character in name)


def _reason(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
