"""The tables of the curators' files: TOML with a fault told in one sentence."""

import tomllib
from typing import Any

import regex
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.errors import ManifestError
from bot.ingest.display_names import display_name, label

_TOML_FAULT = regex.compile(r"^(.*) \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


class TomlModel(BaseModel):
    """A table: keys that are not known, and values of another type, are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def quoted(name: object) -> str:
    """A name in quotation marks, on one line."""
    return f'"{display_name(str(name), 80)}"'


def parse_toml(file: str, data: bytes) -> dict[str, Any]:
    """The content of a file; `file` names it in the sentence of the `ManifestError`."""
    file = display_name(file)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ManifestError(f"{file} is not UTF-8 text: save it as UTF-8.") from None
    except RecursionError:
        raise ManifestError(f"{file} is nested too deeply: use the form described.") from None
    except tomllib.TOMLDecodeError as fault:
        reason, where = str(fault), ""
        if match := _TOML_FAULT.match(reason):
            reason, line, column = match.groups()
            where = f" at line {line}, column {column}" if line else " at its end"
        raise ManifestError(
            f"{file} cannot be understood{where} ({label(reason, 120).lower()}):"
            " correct the TOML there."
        ) from None
    except ValueError:  # Python's limit on digits, the one fault tomllib lets through
        raise ManifestError(f"{file} holds a number that is too long: correct it.") from None


def problem_of(fault: ValidationError, model: type[TomlModel]) -> str:
    """The end of a sentence: the first faulty key of a table, and what is wrong with it."""
    error = fault.errors(include_url=False)[0]
    key = str(error["loc"][0]) if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden" if isinstance(error["input"], dict):
            problem = 'is a table; put a file name in quotes, as in ["report.pdf"]'
        case "extra_forbidden":
            problem = f"is unknown; the keys are {', '.join(model.model_fields)}"
        case "missing":
            problem = "is missing; add it"
        case "string_type" if len(error["loc"]) > 1 or key in {"names", "exclude", "leave_out"}:
            problem = "holds something that is not text; put each in quotes"
        case "string_type":
            problem = "is not text; put it in quotes"
        case "tuple_type":
            problem = 'is not a list; write it as ["one", "another"]'
        case "value_error":
            problem = str(error["ctx"]["error"])
        case _:
            problem = f"cannot be used ({label(error['msg'], 80).lower()}); correct it"
    return f"key {quoted(key)} {problem}."
