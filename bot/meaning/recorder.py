"""Recorder: prompts and replies of a reader as JSON lines, to be replayed or answered elsewhere.

Each line has the form of the batch interfaces of OpenAI and vLLM: `custom_id` is the key of a
prompt, `body` the request, and `about` says what it was made of. A recorded line also has the
`reply`; the output of a batch has a `response` in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from bot.core.errors import EndpointError, RecordsError, system_reason
from bot.meaning.chat_completions import (
    HttpAnswer,
    Prompt,
    SchemaDialect,
    reply_object,
    request_body,
)
from bot.meaning.endpoint import Completions

Reply = Mapping[str, object] | None
"""The object that a model wrote; None where it wrote none."""


class Recorder:
    """Completions that replay recorded replies.

    A prompt without one is put to `live`, and written with its reply. Without `live` it is only
    written, once, and raises `EndpointError`: so a model elsewhere can answer it.
    """

    def __init__(
        self,
        replies: Mapping[str, Reply],
        output: TextIO | None = None,
        live: Completions | None = None,
        model: str = "",
    ) -> None:
        """`replies` are by key; `model` is named in what is written."""
        self._replies = dict(replies)
        self._output, self._live, self._model = output, live, model
        self._written: set[str] = set()
        self._replayed: set[str] = set()

    @property
    def written(self) -> int:
        """Prompts that were written."""
        return len(self._written)

    @property
    def replayed(self) -> int:
        """Recorded replies that were used."""
        return len(self._replayed)

    async def complete(self, prompt: Prompt) -> Mapping[str, object]:
        """The recorded reply, or that of the live endpoint; raises `EndpointError`."""
        key = prompt_key(prompt)
        if key in self._replies:
            reply = self._replies[key]
            self._replayed.add(key)
            if reply is None:
                raise EndpointError("The recorded reply to this prompt is no JSON object.")
            return reply
        if self._live is None:
            self._write(key, prompt)
            raise EndpointError("There is no recorded reply to this prompt.")
        live = await self._live.complete(prompt)
        self._write(key, prompt, {"reply": live})
        return live

    async def close(self) -> None:
        """Close the connections of the live endpoint; the output is its owner's."""
        if self._live is not None:
            await self._live.close()

    def _write(self, key: str, prompt: Prompt, more: Mapping[str, object] | None = None) -> None:
        if self._output is None or key in self._written:
            return
        self._written.add(key)
        record = {
            "custom_id": key,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": request_body(prompt, SchemaDialect.JSON_SCHEMA, self._model),
            "about": dict(prompt.about),
            **(more or {}),
        }
        self._output.write(json.dumps(record) + "\n")


def prompt_key(prompt: Prompt) -> str:
    """A hash of all that is sent, save the name of the model: several may answer the same file."""
    body = request_body(prompt, SchemaDialect.JSON_SCHEMA)
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def read_replies(files: Iterable[Path]) -> dict[str, Reply]:
    """The replies in these files by key; later ones win. Raises `RecordsError`."""
    return dict(pair for file in files for pair in _replies_of(file))


def _replies_of(file: Path) -> Iterator[tuple[str, Reply]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RecordsError(
            f"{file}: cannot be read ({system_reason(error)}); name a file with recorded replies."
        ) from None
    except UnicodeDecodeError:
        raise RecordsError(f"{file}: is no text; name a file with recorded replies.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _reply_of(line, f"{file}, line {number}")


def _reply_of(line: str, place: str) -> tuple[str, Reply]:
    try:
        match json.loads(line):
            case {"custom_id": str() as key, "reply": dict() as reply}:
                return key, reply
            case {"custom_id": str() as key, "response": {"body": body}}:
                return key, _batch_reply(body)
            case {"custom_id": str() as key, "error": _}:
                return key, None
    except (ValueError, RecursionError):
        pass
    raise RecordsError(
        f"{place}: holds no reply; each line needs custom_id, and reply or the response of a batch."
    )


def _batch_reply(body: object) -> Reply:
    answer = HttpAnswer(200, json.dumps(body).encode())
    try:
        return reply_object(answer, "the batch")
    except EndpointError:
        return None
