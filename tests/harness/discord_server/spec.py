"""Bodies checked against Discord's own OpenAPI description, where the file is at hand."""

import copy
import functools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.harness.discord_server.errors import Fault
from tests.harness.discord_server.world import JSON

SPEC_FILE = Path(__file__).resolve().parents[3].parent / "shared" / "discord" / "openapi.json"
ROOT = "urn:discord"
CODES = {
    "MaxLength": "BASE_TYPE_MAX_LENGTH",
    "MinLength": "BASE_TYPE_MIN_LENGTH",
    "MaxItems": "BASE_TYPE_MAX_LENGTH",
    "MinItems": "BASE_TYPE_MIN_LENGTH",
    "Required": "BASE_TYPE_REQUIRED",
    "Enum": "BASE_TYPE_CHOICES",
}
"""Discord's names for some faults; the others are called SPEC."""
UNLISTED = {
    "ApplicationCommandCreateRequest": "nsfw",
    "ApplicationCommandUpdateRequest": "nsfw",
    "ApplicationCommandPatchRequestPartial": "nsfw",
    "MessageEditRequestPartial": "tts",
    "IncomingWebhookUpdateRequestPartial": "tts",
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": "tts",
    "RichEmbed": "flags",
}
"""Keys that the description leaves out, and that discord.py sends whatever its user does."""


class Spec:
    """The description, with integers allowed where it asks for a snowflake.

    discord.py sends ids as numbers in places, and Discord takes them.
    """

    def __init__(self, description: JSON) -> None:
        loose = copy.deepcopy(description)
        loose["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
        self._loose = jsonschema_rs.Registry([(ROOT, loose)])
        strict = copy.deepcopy(loose)
        _close(strict["components"]["schemas"])
        for name, key in UNLISTED.items():
            strict["components"]["schemas"][name]["properties"][key] = {}
        self._strict = jsonschema_rs.Registry([(ROOT, strict)])
        answers = copy.deepcopy(description)
        # The description does not know forwards (type 1), which Discord documents.
        answers["components"]["schemas"]["MessageReferenceType"] = {"enum": [0, 1]}
        self._answers = jsonschema_rs.Registry([(ROOT, answers)])
        self._paths = {_bare(path): path for path in description["paths"]}
        self._description = description

    def body_faults(self, method: str, path: str, body: Any) -> tuple[Fault, ...]:
        """What is wrong with a request's JSON body; nothing for a path the spec lacks."""
        pointer = self._pointer(method, path, "requestBody")
        return _faults(self._loose, pointer, body) if pointer else ()

    def strange_keys(self, method: str, path: str, body: Any) -> tuple[Fault, ...]:
        """Keys that the spec does not know: Discord ignores them, so they are likely misspelt."""
        pointer = self._pointer(method, path, "requestBody")
        return _faults(self._strict, pointer, body) if pointer else ()

    def answer_faults(self, method: str, path: str, status: int, body: Any) -> tuple[Fault, ...]:
        """Where an answer of ours departs from what the spec promises."""
        pointer = self._pointer(method, path, f"responses/{status}")
        return _faults(self._answers, pointer, body) if pointer else ()

    def schema_faults(self, name: str, body: Any) -> tuple[Fault, ...]:
        """Where a body departs from a named schema."""
        return _faults(self._answers, f"components/schemas/{name}", body)

    def _pointer(self, method: str, path: str, part: str) -> str | None:
        known = self._paths.get(_bare(path))
        here: Any = self._description["paths"].get(known, {}) if known else {}
        for key in (method.lower(), *part.split("/"), "content", "application/json", "schema"):
            if not isinstance(here, dict) or key not in here:
                return None
            here = here[key]
        quoted = str(known).replace("~", "~0").replace("/", "~1").replace("{", "%7B")
        where = f"paths/{quoted.replace('}', '%7D')}/{method.lower()}/{part}"
        return f"{where}/content/application~1json/schema"


def _bare(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _close(schemas: Any) -> None:
    """Forbid keys that are not listed, in every object schema."""
    if isinstance(schemas, dict):
        if isinstance(schemas.get("properties"), dict) and "type" in schemas:
            schemas.setdefault("additionalProperties", False)
        for part in schemas.values():
            _close(part)
    elif isinstance(schemas, list):
        for part in schemas:
            _close(part)


@functools.lru_cache(maxsize=512)
def _validator(registry: jsonschema_rs.Registry, pointer: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": f"{ROOT}#/{pointer}"}, registry=registry)


def _faults(registry: jsonschema_rs.Registry, pointer: str, body: Any) -> tuple[Fault, ...]:
    validator = _validator(registry, pointer)
    if validator.is_valid(body):
        return ()
    return tuple(fault for error in validator.iter_errors(body) for fault in _explain(error))


def _explain(error: jsonschema_rs.ValidationError) -> list[Fault]:
    """What an error is about: of several forms, the one whose `type` was meant."""
    at = tuple(error.instance_path)
    forms: list[list[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", [])
    meant = [form for form in forms if not any(_another(one, at) for one in form)]
    if meant:
        closest = min(meant, key=len)
        return [fault for inner in closest for fault in _explain(inner)]
    said = (
        error.message
        if len(error.message) < 300
        else f"{error.message[:80]} [...] {error.message[-120:]}"
    )
    code = CODES.get(type(error.kind).__name__.rpartition(".")[2], "SPEC")
    return [Fault(at, code, said)]


def _another(error: jsonschema_rs.ValidationError, at: tuple[str | int, ...]) -> bool:
    """Whether an error says that another form was meant: by its `type`, or no object at all."""
    path = tuple(error.instance_path)
    kind = type(error.kind).__name__.rpartition(".")[2]
    return path == (*at, "type") or (path == at and kind == "Type")


@functools.cache
def load_spec() -> Spec | None:
    """The description beside the project, or None where it is absent."""
    if not SPEC_FILE.exists():
        return None
    return Spec(json.loads(SPEC_FILE.read_text(encoding="utf-8")))
