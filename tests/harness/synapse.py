"""A real Matrix server for the tests: Synapse, in a folder and on a port of its own.

It says itself when it is ready (systemd's notification protocol), so nobody polls or sleeps.
The same object may be stopped and started: port, database and accounts stay.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

SERVER_NAME = "localhost"
SHARED_SECRET = "for tests only"
STARTS_WITHIN = 60.0
STOPS_WITHIN = 20.0

_UNLIMITED = {"per_second": 10_000, "burst_count": 10_000}


class SynapseError(Exception):
    """The server did not start, or stopped by itself; says why as far as its log tells."""


class Synapse:
    """One server, which runs while it is entered; `url` is where clients find it."""

    def __init__(self, python: Path, folder: Path, more: Mapping[str, Any] | None = None) -> None:
        """`python` is the interpreter that has Synapse, `more` overrides its configuration."""
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name = SERVER_NAME
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (folder / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        (folder / "log.yaml").write_text(json.dumps(self._logging()))
        # JSON is YAML.
        (folder / "homeserver.yaml").write_text(json.dumps(self._settings() | dict(more or {})))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What the server has logged so far."""
        path = self.folder / "homeserver.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it listens."""
        if self.running:
            return
        # A name in the abstract space needs no file, whose path may be too long.
        name = f"sources-say-{os.getpid()}-{secrets.token_hex(8)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind("\0" + name)
            told.settimeout(0.5)
            with (self.folder / "output.log").open("ab") as output:
                self._process = subprocess.Popen(
                    [
                        self._python,
                        *("-m", "synapse.app.homeserver"),
                        *("-c", self.folder / "homeserver.yaml"),
                    ],
                    cwd=self.folder,
                    env=_environment() | {"NOTIFY_SOCKET": "@" + name},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            try:
                self._await_ready(told, self._process)
            except BaseException:
                self.kill()
                raise

    def stop(self) -> None:
        """Let it end in order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it at once, as a loss of power does."""
        self._end(kill=True)

    def restart(self) -> None:
        """Stop and start; in a test that is a coroutine call it with `asyncio.to_thread`."""
        self.stop()
        self.start()

    def register(self, name: str, password: str) -> str:
        """Make an account, and return its full user id."""
        url = f"{self.url}/_synapse/admin/v1/register"
        nonce = _json(urllib.request.Request(url))["nonce"]
        text = "\0".join((nonce, name, password, "notadmin")).encode()
        mac = hmac.new(SHARED_SECRET.encode(), text, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        headers = {"Content-Type": "application/json"}
        made = _json(urllib.request.Request(url, json.dumps(body).encode(), headers))
        return str(made["user_id"])

    def _await_ready(self, told: socket.socket, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            try:
                message = told.recv(4096)
            except TimeoutError:
                if process.poll() is not None:
                    break
            else:
                if b"READY=1" in message:
                    return
        output = (self.folder / "output.log").read_text(errors="replace")
        raise SynapseError(f"Synapse did not start.\n{output[-3000:]}\n{self.log[-3000:]}")

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _logging(self) -> dict[str, Any]:
        return {
            "version": 1,
            "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {
                "file": {
                    "class": "logging.FileHandler",
                    "formatter": "line",
                    "filename": str(self.folder / "homeserver.log"),
                }
            },
            "root": {"level": "WARNING", "handlers": ["file"]},
            "disable_existing_loggers": False,
        }

    def _settings(self) -> dict[str, Any]:
        folder = self.folder
        resources = [{"names": ["client"], "compress": False}]
        listener = {"port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http"}
        return {
            "server_name": SERVER_NAME,
            "public_baseurl": f"{self.url}/",
            "pid_file": str(folder / "homeserver.pid"),
            "signing_key_path": str(folder / "signing.key"),
            "media_store_path": str(folder / "media"),
            "log_config": str(folder / "log.yaml"),
            "report_stats": False,
            "registration_shared_secret": SHARED_SECRET,
            "macaroon_secret_key": SHARED_SECRET,
            "form_secret": SHARED_SECRET,
            "bcrypt_rounds": 4,
            "presence": {"enabled": False},
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            # What people of the tests ask for in one sync; clients that ask for less get less.
            "filter_timeline_limit": 5_000,
            "listeners": [listener | {"tls": False, "resources": resources}],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
            **dict.fromkeys(
                (
                    "rc_message",
                    "rc_registration",
                    "rc_admin_redaction",
                    "rc_joins_per_room",
                    "rc_room_creation",
                    "rc_key_requests",
                    "rc_reports",
                ),
                _UNLIMITED,
            ),
            "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _UNLIMITED),
            "rc_joins": dict.fromkeys(("local", "remote"), _UNLIMITED),
            "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _UNLIMITED),
            "rc_presence": {"per_user": _UNLIMITED},
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    """Ours, without what belongs to this interpreter or to a measurement of it."""
    foreign = ("PYTHON", "COV", "VIRTUAL_ENV", "NOTIFY_SOCKET")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _json(request: urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
