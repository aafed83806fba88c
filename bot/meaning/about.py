"""The folder of an encoder: its files, its description, its fingerprint. No model is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.errors import EncoderError

MODEL, TOKENIZER, ABOUT = "model.onnx", "tokenizer.json", "encoder.toml"

_METHOD = "1"
"""Changes when the same model makes other vectors of the same text."""


class EncoderAbout(BaseModel):
    """The content of `encoder.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    languages: tuple[str, ...]
    """Languages (ISO 639-1) in which questions are encoded; "*" is any."""
    pooling: Literal["mean", "cls"] = "mean"
    """Whether a text's vector is the mean of its tokens' vectors, or that of the first token."""
    question_prefix: str = ""
    passage_prefix: str = ""
    longest: Annotated[int, Field(ge=32)] = 256
    """Tokens that the model takes at once; longer passages are encoded in parts."""
    floor: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """The cosine of texts that have nothing in common; it counts as 0."""
    sure: Annotated[float, Field(gt=0.0)] = 1.1
    """Coverage and twice the nearness without names, together, from which an answer may be sure."""


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """The folder of an encoder, with the fingerprint that it had when the program began."""

    path: Path
    fingerprint: str

    @classmethod
    def of(cls, path: Path) -> EncoderFolder:
        """The folder as it is now; `EncoderError` if it cannot be used."""
        read_about(path)
        return cls(path, fingerprint(path))


def read_about(folder: Path) -> EncoderAbout:
    """The content of an encoder's `encoder.toml`; `EncoderError` if it cannot be used."""
    try:
        return EncoderAbout(**tomllib.loads((folder / ABOUT).read_text(encoding="utf-8")))
    except OSError as error:
        raise _unreadable(folder, error) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise EncoderError(f'"{folder / ABOUT}" is no TOML file ({error}); correct it') from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise EncoderError(f'"{folder / ABOUT}": {place}: {first["msg"]}; correct it') from None


def fingerprint(folder: Path) -> str:
    """A hash of all that an encoder's vectors depend on; `EncoderError` if a file is missing."""
    digest = sha256(f"{_METHOD} onnxruntime {metadata.version('onnxruntime')}".encode())
    try:
        for name in (MODEL, TOKENIZER, ABOUT):
            digest.update(sha256((folder / name).read_bytes()).digest())
    except OSError as error:
        raise _unreadable(folder, error) from None
    return digest.hexdigest()[:16]


def _unreadable(folder: Path, error: OSError) -> EncoderError:
    return EncoderError(
        f'retrieval.encoder: "{folder}" cannot be read ({error.strerror}); it must hold'
        f" {MODEL}, {TOKENIZER} and {ABOUT}"
    )
