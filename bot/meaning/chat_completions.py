"""Chat completions: the wire format of OpenAI's protocol, as other servers speak it too.

Pure functions from a prompt to the body of a request, and from an answer to the JSON object that
the model wrote. No error repeats anything that the server sent: it may hold the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus

from bot.core.errors import EndpointError, PromptError
from bot.meaning.call_limits import PAUSE

_TOO_LONG = re.compile(rb"exceed_context_size_error|context_length_exceeded|context length")
"""The words of llama.cpp, of OpenAI, and of vLLM."""

_NOT_UNDERSTOOD = frozenset((400, 404, 415, 422, 500, 501))
"""Statuses with which servers answer a dialect that they do not speak."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to the model: its instructions, its input, and the form of its answer.

    `purpose` is "rewrite" or "choose". `schema` is the JSON schema of an object. `about` is never
    sent: it says in records what the prompt was made of, such as the question, and the paths and
    spans of the passages.
    """

    purpose: str
    system: str
    user: str
    schema: Mapping[str, object]
    max_tokens: int
    about: Mapping[str, object] = field(default_factory=dict)


class SchemaDialect(Enum):
    """The two ways of asking for JSON by a schema."""

    JSON_SCHEMA = "json_schema"
    """OpenAI, llama.cpp, vLLM, Ollama."""
    JSON_OBJECT = "json_object"
    """llama-cpp-python, and older servers."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a server; `retry_after` is its header of that name, or empty."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def is_too_long(self) -> bool:
        """Whether it refuses a prompt that is longer than the model's context."""
        return self.status in (400, 413) and _TOO_LONG.search(self.body) is not None

    @property
    def may_not_know_dialect(self) -> bool:
        """Whether the same prompt in the other dialect may be answered."""
        return self.status in _NOT_UNDERSTOOD and not self.is_too_long


def request_body(prompt: Prompt, dialect: SchemaDialect, model: str = "") -> dict[str, object]:
    """The body of a request. The same prompt gives the same answer, as far as a server can."""
    schema = dict(prompt.schema)
    if dialect is SchemaDialect.JSON_SCHEMA:
        # Without "strict", since OpenAI refuses limits of lengths with it.
        wanted: dict[str, object] = {"name": prompt.purpose, "schema": schema}
        response_format = {"type": "json_schema", "json_schema": wanted}
    else:
        response_format = {"type": "json_object", "schema": schema}
    return {
        **({"model": model} if model else {}),
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "temperature": 0,
        "seed": 0,
        "max_tokens": prompt.max_tokens,
        "response_format": response_format,
    }


def reply_object(answer: HttpAnswer, where: str) -> Mapping[str, object]:
    """The JSON object that the model wrote; `where` names the server.

    Raises `EndpointError` where the server failed, `PromptError` where only this answer did.
    """
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer, where)
    return _object_of(_content(_json(answer.body), where))


def _content(completion: object, where: str) -> str:
    """The text that the model wrote, out of the JSON of a completion; errors as `reply_object`."""
    match completion:
        case {"choices": [{"finish_reason": "length"}, *_]}:
            raise PromptError(
                "The model's answer was cut off, so it counts as none; if that happens often, use"
                " a model that follows a schema better."
            )
        case {"choices": [{"message": {"content": str() as content}}, *_]}:
            return content
        case {"choices": [{"message": {}}, *_]}:
            raise PromptError("The model refused to answer; if that happens often, use another.")
        case _:
            raise EndpointError(
                f"reader.url: the server at {where} does not answer as one for chat completions;"
                " correct the address, which as a rule ends in /v1"
            )


def _object_of(content: str) -> Mapping[str, object]:
    written = _json(content)
    if not isinstance(written, dict):
        raise PromptError(
            "The model wrote no JSON object, so its answer counts as none; use a server and a"
            " model with JSON schema output."
        )
    return written


def _json(text: str | bytes) -> object:
    """The JSON value; None where it is none."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _refusal(answer: HttpAnswer, where: str) -> EndpointError:
    """The sentence for an answer that is not the status 200."""
    status = answer.status
    if answer.is_too_long:
        return PromptError(_too_long(_json(answer.body)))
    if status in (401, 403):
        return EndpointError(
            f"reader.key_file: the server at {where} refuses the key, or wants one ({status});"
            " write the right one into that file"
        )
    if status == HTTPStatus.NOT_FOUND:
        return EndpointError(
            f"reader.url: the server at {where} has no such address or no such model (404); correct"
            " reader.url, which as a rule ends in /v1, or reader.model"
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return EndpointError(
            f"reader.url: the server at {where} was called too often, or its credit is used up"
            " (429); lower reader.per_minute, or see the account there",
            _pause(answer) or PAUSE,
        )
    if 300 <= status < 400:
        return EndpointError(
            f"reader.url: the server at {where} sends to another address ({status}), which is not"
            " followed; set reader.url to where it leads"
        )
    if status >= 500:
        return EndpointError(
            f"reader.url: the server at {where} failed ({status}); see its log", _pause(answer)
        )
    return EndpointError(
        f"reader.url: the server at {where} does not take the request ({status}); use one with JSON"
        " schema output, and a model that takes a temperature"
    )


def _pause(answer: HttpAnswer) -> float | None:
    """The seconds of `Retry-After`; a date in its place counts as none."""
    text = answer.retry_after.strip()
    return float(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _too_long(body: object) -> str:
    told = "longer than the model's context"
    match body:
        case {"error": {"n_prompt_tokens": int() as tokens, "n_ctx": int() as context}} if (
            0 < context < tokens < 1_000_000_000
        ):
            told = f"{tokens:,} tokens long, and the model's context has {context:,}"
    return f"The prompt is {told}; start the server with a larger context."
