"""The description of the HTTP interface (OpenAPI 3.1), made of its models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bot import __version__
from bot.chat.rendering.json import JsonObject
from bot.platforms.web.api.models import (
    DocumentTextJson,
    NoQuery,
    ProblemJson,
    QuestionJson,
    QuestionQuery,
    RangeQuery,
    ReplyJson,
    SavedReplyJson,
    SearchJson,
    SearchQuery,
    SourcesJson,
    StatusJson,
)
from bot.platforms.web.api.problems import CONTENT_TYPE, DETAILS

_COMPONENTS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: what it takes, what it returns, and what it may refuse."""

    method: str
    path: str
    summary: str
    response: type[BaseModel]
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | None = None
    tagged: bool = False
    """Whether the response has an `ETag`."""
    statuses: tuple[int, ...] = ()
    """The statuses besides 200 and those of `_ALWAYS`."""


OPERATIONS = (
    Operation(
        "GET", "/ask", "Ask a question", ReplyJson, QuestionQuery, tagged=True, statuses=(404, 503)
    ),
    Operation(
        "POST",
        "/ask",
        "Ask a question in the body",
        ReplyJson,
        body=QuestionJson,
        statuses=(404, 413, 415, 503),
    ),
    Operation(
        "GET",
        "/answers/{id}",
        "A reply that was given",
        SavedReplyJson,
        tagged=True,
        statuses=(404,),
    ),
    Operation("GET", "/sources", "The documents", SourcesJson, tagged=True),
    Operation(
        "GET",
        "/documents/{key}",
        "A range of a document's text",
        DocumentTextJson,
        RangeQuery,
        tagged=True,
        statuses=(404,),
    ),
    Operation(
        "GET",
        "/search",
        "The excerpts nearest to some words",
        SearchJson,
        SearchQuery,
        tagged=True,
        statuses=(404, 503),
    ),
    Operation("GET", "/status", "What is served; for curators", StatusJson, statuses=(403,)),
    Operation(
        "POST",
        "/reload",
        "Load the documents again; for curators",
        StatusJson,
        statuses=(202, 403, 409),
    ),
)
"""All of the interface, but for the description itself."""

_ALWAYS = (400, 401, 429, 500)


def description(url: str) -> JsonObject:
    """The description of the interface at `url`."""
    models: set[type[BaseModel]] = {ProblemJson, *(each.response for each in OPERATIONS)}
    models |= {each.body for each in OPERATIONS if each.body is not None}
    # In the other mode fields that may be missing would be required.
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (each, "validation") for each in sorted(models, key=lambda model: model.__name__)
    ]
    _, schemas = models_json_schema(modes, ref_template=_COMPONENTS + "{model}")
    paths: dict[str, dict[str, JsonObject]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sources Say",
            "version": __version__,
            "description": "Questions answered with verbatim, cited excerpts of documents.",
        },
        "servers": [{"url": url}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> JsonObject:
    place = operation.path.strip("/").split("/")[0]
    described: JsonObject = {
        "operationId": f"{operation.method.lower()}_{place}",
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _responses(operation: Operation) -> JsonObject:
    success: JsonObject = {"description": "Done.", "content": _content(operation.response)}
    responses: JsonObject = {"200": success}
    if operation.tagged:
        success["headers"] = {"ETag": {"schema": {"type": "string"}}}
        responses["304"] = {"description": "The copy of this ETag is still right."}
    for status in (*operation.statuses, *_ALWAYS):
        responses[str(status)] = (
            {"description": "It goes on.", "content": _content(operation.response)}
            if status < 300
            else {"description": DETAILS[status], "content": _content(ProblemJson, CONTENT_TYPE)}
        )
    return responses


def _content(model: type[BaseModel], content_type: str = "application/json") -> JsonObject:
    return {content_type: {"schema": {"$ref": _COMPONENTS + model.__name__}}}


def _path_parameters(operation: Operation) -> list[JsonObject]:
    names = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
    return [{"name": each, "in": "path", "required": True, "schema": schema} for each in names]


def _query_parameters(operation: Operation) -> list[JsonObject]:
    schema: Mapping[str, Mapping[str, JsonObject]] = operation.query.model_json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _given(each)}
        for name, each in schema.get("properties", {}).items()
    ]


def _given(schema: JsonObject) -> JsonObject:
    """The schema of a parameter that is given; one that is not is left out, and never null."""
    choices = schema.get("anyOf")
    if isinstance(choices, list):
        return next(each for each in choices if each != {"type": "null"})
    return schema
