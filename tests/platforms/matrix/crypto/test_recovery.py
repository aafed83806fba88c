"""An account that another client signs: the bot is trusted by way of the recovery key."""

import base64
import hashlib
import hmac
import logging
import secrets
from pathlib import Path

import pytest
from Crypto.Cipher import AES
from Crypto.Util import Counter
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import MessageEvent
from bot.platforms.matrix.crypto.device_trust import recovery_bytes
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_listener import household, together
from tests.harness.matrix_signatures import identity
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import StrictNewcomer

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def written(key: bytes) -> str:
    """A recovery key as clients show it."""
    raw = b"\x8b\x01" + key
    parity = 0
    for byte in raw:
        parity ^= byte
    number, signs = int.from_bytes(raw + bytes([parity]), "big"), ""
    while number:
        number, place = divmod(number, 58)
        signs = ALPHABET[place] + signs
    return " ".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def encrypted_secret(key: bytes, name: str, secret: bytes) -> dict[str, str]:
    """A secret of the storage, by the two steps of HKDF written out (RFC 5869)."""
    root = hmac.digest(bytes(32), key, hashlib.sha256)
    first = hmac.digest(root, name.encode() + b"\x01", hashlib.sha256)
    second = hmac.digest(root, first + name.encode() + b"\x02", hashlib.sha256)
    iv = bytearray(secrets.token_bytes(16))
    iv[8] &= 0x7F
    counter = Counter.new(128, initial_value=int.from_bytes(iv, "big"))
    raw = AES.new(first, AES.MODE_CTR, counter=counter).encrypt(secret)
    mac = hmac.digest(second, raw, hashlib.sha256)
    parts = {"iv": bytes(iv), "ciphertext": raw, "mac": mac}
    return {part: base64.b64encode(value).decode() for part, value in parts.items()}


async def other_client(owner: MatrixPerson, key: bytes) -> None:
    """What an ordinary client does with a new account."""
    body, signing = identity(owner.user_id)
    await owner.call("POST", "/keys/device_signing/upload", body)
    seed = base64.b64encode(signing.seed).decode().rstrip("=")
    zeros = encrypted_secret(key, "", bytes(32))
    del zeros["ciphertext"]
    name = "m.cross_signing.self_signing"
    stored = {
        "m.secret_storage.default_key": {"key": "main"},
        "m.secret_storage.key.main": {"algorithm": "m.secret_storage.v1.aes-hmac-sha2", **zeros},
        name: {"encrypted": {"main": encrypted_secret(key, name, seed.encode())}},
    }
    for kind, content in stored.items():
        await owner.call("PUT", f"/user/{owner.user_id}/account_data/{kind}", content)


async def test_the_recovery_key_makes_the_bot_trusted(
    synapse: Synapse,
    tmp_path: Path,
    strict_person: StrictNewcomer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    home, key = household(synapse, tmp_path), secrets.token_bytes(32)
    owner = await MatrixPerson.login(synapse, home.user.removeprefix("@").partition(":")[0])
    try:
        await other_client(owner, key)
    finally:
        await owner.close()
    with caplog.at_level(logging.WARNING):
        async with home.at_home():
            assert "MATRIX_RECOVERY_KEY" in caplog.text
    for wrong in (written(secrets.token_bytes(32)), "nonsense", "0OIl"):
        with pytest.raises(MatrixError, match=r"^MATRIX_RECOVERY_KEY: "):
            async with home.at_home(recovery_key=wrong):
                pass
    async with home.at_home(recovery_key=written(key)):
        pass
    caplog.clear()
    # From then on it is not needed any more.
    alice = await strict_person("alice")
    async with home.listening() as bot:
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
        room = await together(alice, bot, encrypted=True)
        await alice.say(room, "Do I know you?")
        await bot.until(MessageEvent, body="Do I know you?")
        said = await bot.port.send(room, MessageContent("You do"), "t1")
        assert (await alice.see(room, said, encrypted=True)).trusted


@given(st.binary(min_size=32, max_size=32))
def test_a_recovery_key_is_read_as_it_is_written(key: bytes) -> None:
    assert recovery_bytes(written(key)) == key


@given(st.text())
def test_nothing_else_is_a_recovery_key(text: str) -> None:
    with pytest.raises(MatrixError, match=r"^MATRIX_RECOVERY_KEY: "):
        recovery_bytes(text)


def test_a_known_recovery_key() -> None:
    # That of the specification's example, which holds the first key of RFC 7748, section 6.1.
    raw = recovery_bytes("EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d")
    assert raw.hex().startswith("77076d0a7318a57d3c16c17251b26645")
