"""The folder of a model: its files, its description, its fingerprint. No model is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.errors import ModelError

MODEL, TOKENIZER, ABOUT = "model.onnx", "tokenizer.json", "encoder.toml"

ANY_LANGUAGE = "*"
"""Among the languages of an encoder: it reads all of them."""

_METHOD = "1"
"""Changes when the same model makes another thing of the same text."""


class ModelAbout(BaseModel):
    """The content of the file that says how a model is used.

    `FILE` is its name, `SETTING` names the setting that holds the model's folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    FILE: ClassVar[str]
    SETTING: ClassVar[str]

    name: str
    languages: tuple[str, ...]
    """Languages (ISO 639-1) of the texts that it reads; "*" is any."""

    def reads(self, language: str) -> bool:
        """Whether it reads texts in `language` (ISO 639-1)."""
        return language in self.languages or ANY_LANGUAGE in self.languages

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The content of the file in `folder`; `ModelError` if it cannot be used."""
        file = folder / cls.FILE
        try:
            return cls(**tomllib.loads(file.read_text(encoding="utf-8-sig")))
        except OSError as error:
            raise _unreadable(folder, cls, error) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
            raise ModelError(f'"{file}" is no TOML file ({error}); correct it') from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ModelError(f'"{file}": {place}: {first["msg"]}; correct it') from None


class EncoderAbout(ModelAbout):
    """The content of `encoder.toml`."""

    FILE: ClassVar[str] = ABOUT
    SETTING: ClassVar[str] = "retrieval.encoder"

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


class JudgeAbout(ModelAbout):
    """The content of `judge.toml`."""

    FILE: ClassVar[str] = "judge.toml"
    SETTING: ClassVar[str] = "retrieval.judge"

    longest: Annotated[int, Field(ge=64)] = 512
    """Tokens of a question and a passage that the model takes at once; longer passages are judged
    in parts."""
    answers_from: float = 0.0
    """The model's score from which a passage answers the question."""
    decides: bool = False
    """Whether the bot is silent if no passage has that score."""


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """The folder of an encoder, with the fingerprint that it had when the program began."""

    path: Path
    fingerprint: str

    @classmethod
    def of(cls, path: Path) -> EncoderFolder:
        """The folder as it is now; `ModelError` if it cannot be used."""
        EncoderAbout.of(path)
        return cls(path, fingerprint(path, EncoderAbout))


@dataclass(frozen=True, slots=True)
class EncoderPackage:
    """An encoder that a package brings along, which is named by its fingerprint."""

    fingerprint: str


EncoderSource = EncoderFolder | EncoderPackage
"""The source of an encoder; its fingerprint is known before its model is loaded."""


def holds_encoder(folder: Path) -> bool:
    """Whether all files of an encoder are in `folder`."""
    return all((folder / name).is_file() for name in (MODEL, TOKENIZER, ABOUT))


def fingerprint(folder: Path, about: type[ModelAbout]) -> str:
    """A hash of all that a model's results depend on; `ModelError` if a file is missing."""
    digest = sha256(f"{_METHOD} onnxruntime {metadata.version('onnxruntime')}".encode())
    try:
        for name in (MODEL, TOKENIZER, about.FILE):
            digest.update(sha256((folder / name).read_bytes()).digest())
    except OSError as error:
        raise _unreadable(folder, about, error) from None
    return digest.hexdigest()[:16]


def _unreadable(folder: Path, about: type[ModelAbout], error: OSError) -> ModelError:
    return ModelError(
        f'{about.SETTING}: "{folder}" cannot be read ({error.strerror}); it must hold'
        f" {MODEL}, {TOKENIZER} and {about.FILE}"
    )
