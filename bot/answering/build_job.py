"""The job of bringing an index up to date, and the child process that does it.

This is the parent's end; `bot.answering.build` is the child's. It imports nothing that reads
documents, which a program that only answers need not hold in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from bot.answering.store import IndexStore
from bot.core import errors
from bot.ingest.formats import Limits
from bot.meaning.about import EncoderFolder, EncoderPackage, EncoderSource
from bot.processes.child import ChildExit, ChildProcess
from bot.processes.frames import FrameError, decode, encode
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.shard.store import DamagedFolderError

Progress = Callable[[int, int, str], None]
"""Called with the work that is done, all there is to do, and the path of the file in hand, with
the page if that is recognised, of several the one that was begun first; empty for none."""

SILENT_SECONDS = 1_800.0
"""A child that reports nothing for so long is killed; files it reads have their own time."""

BATCH_FILES = 200
"""Files that are read as one task, which is reported as a whole."""

_MODULE = "bot.answering.build"
_MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class BuildJob:
    """The corpus folder, how it is read, and the store of its index.

    `scopes` are the collections of each scope that is asked in, None for all of them. `encoder` is
    None for words alone; `across` is the one for questions in a language that the documents lack,
    None where these are treated as any other. If more than `encode_at_most` passages have no
    vectors of an encoder, none gets any; None encodes however many there are. Likewise with pages
    and `recognise_at_most`, unless nothing else could be served. `recognises_only` is for the pages
    that were left: they are recognised and kept, and the index stays as it is.
    """

    folder: Path
    limits: Limits
    trust_times: bool
    options: AnswerOptions
    store: IndexStore
    scopes: tuple[frozenset[str] | None, ...] = (None,)
    encoder: EncoderFolder | None = None
    across: EncoderPackage | None = None
    encode_at_most: int | None = None
    recognise_at_most: int | None = None
    recognises_only: bool = False

    @property
    def encoders(self) -> tuple[EncoderSource, ...]:
        """Every encoder that has vectors of all passages."""
        return tuple(each for each in (self.encoder, self.across) if each is not None)

    def to_json(self) -> dict[str, Any]:
        """The job as a message."""
        return {
            "folder": str(self.folder),
            "limits": asdict(self.limits),
            "trust_times": self.trust_times,
            "options": asdict(self.options),
            "store": str(self.store.folder),
            "settings": self.store.settings,
            "scopes": [None if scope is None else sorted(scope) for scope in self.scopes],
            "encoders": [encoder_to_json(each) for each in self.encoders],
            "encode_at_most": self.encode_at_most,
            "recognise_at_most": self.recognise_at_most,
            "recognises_only": self.recognises_only,
        }

    @classmethod
    def from_json(cls, message: Mapping[str, Any]) -> BuildJob:
        """The inverse of `to_json`."""
        options = message["options"]
        encoders = [*map(encoder_from_json, message["encoders"])]
        return cls(
            folder=Path(message["folder"]),
            limits=Limits(**message["limits"]),
            trust_times=message["trust_times"],
            options=AnswerOptions(**options | {"calibration": tuple(options["calibration"])}),
            store=IndexStore(Path(message["store"]), message["settings"]),
            scopes=tuple(
                None if scope is None else frozenset(scope) for scope in message["scopes"]
            ),
            encoder=next((each for each in encoders if isinstance(each, EncoderFolder)), None),
            across=next((each for each in encoders if isinstance(each, EncoderPackage)), None),
            encode_at_most=message["encode_at_most"],
            recognise_at_most=message["recognise_at_most"],
            recognises_only=message["recognises_only"],
        )


def encoder_to_json(encoder: EncoderSource) -> list[str]:
    """An encoder as a part of a message."""
    folder = [str(encoder.path)] if isinstance(encoder, EncoderFolder) else []
    return [encoder.fingerprint, *folder]


def encoder_from_json(part: Sequence[str]) -> EncoderSource:
    """The inverse of `encoder_to_json`."""
    fingerprint, *folder = part
    return EncoderFolder(Path(folder[0]), fingerprint) if folder else EncoderPackage(fingerprint)


def build_in_child(job: BuildJob, progress: Progress | None = None) -> None:
    """Bring the index up to date in a child process; blocks.

    Raises `SourcesSayError` where nothing can be served, OSError where nothing can be written.
    """
    with closing(start_child(_MODULE)) as child:
        seconds = SILENT_SECONDS + BATCH_FILES * job.limits.worker_seconds
        bodies = [encode(job.to_json())]
        while True:
            reply = child.request(*bodies, seconds=seconds, max_bytes=_MAX_BYTES)
            bodies.clear()
            match received(reply):
                case {"progress": [int(done), int(total), str(path)]}:
                    if progress is not None:
                        progress(done, total, path)
                case {"built": True}:
                    return
                case _:
                    raise ended_early()


def start_child(module: str) -> ChildProcess:
    """A child process that has a part in the build; `CorpusError` if there can be none."""
    try:
        return ChildProcess(module)
    except OSError as error:
        raise errors.CorpusError(
            f"No process to build the index in could be started ({error.strerror}):"
            " see to it that the system allows one more, then load again."
        ) from None


def encode_fault(fault: Exception) -> dict[str, Any]:
    """An exception as a message, for `raise_fault` in another process."""
    if isinstance(fault, OSError):
        # NumPy raises some with a sentence in place of a number and its meaning.
        return {"fault": "OSError", "text": fault.strerror or str(fault)}
    return {"fault": type(fault).__name__, "text": str(fault)}


def raise_fault(message: Mapping[str, Any]) -> NoReturn:
    """Raise the exception that `encode_fault` was given."""
    name, text = str(message["fault"]), str(message.get("text"))
    if name == "OSError":
        raise OSError(text)
    if name == "DamagedFolderError":
        raise DamagedFolderError(text)
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, errors.SourcesSayError):
        raise kind(text)
    raise errors.CorpusError(
        f"A fault of this program ({name}) kept the corpus from being built: please report it."
    )


def received(reply: bytes | ChildExit) -> dict[str, Any]:
    """The message of a child; raises what it reports, and `CorpusError` if it is none."""
    if isinstance(reply, ChildExit):
        raise ended_early(reply.code)
    try:
        message = decode(reply)
    except FrameError:
        message = None
    if not isinstance(message, dict):
        raise ended_early()
    if "fault" in message:
        raise_fault(message)
    return message


def ended_early(code: int = 0) -> errors.CorpusError:
    """The error of a child that ended, or sent what is no message, before its work was done."""
    return errors.CorpusError(
        f"The process that builds the index ended early (exit code {code}):"
        " see to it that there is memory left, then load again."
    )
