"""Rebuild the snapshot of a corpus in a child process, while this one answers.

Reading and indexing a large corpus in this process would slow down the questions that come
meanwhile. The child starts from the last snapshot and writes the next one, which this process
only has to open. Where the child fails, the caller does the work itself. This module is both
ends: the parent sends the job, the child replies with `progress` and then `ended` or `failed`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.answering.snapshot import Snapshot, Snapshots
from bot.core.errors import SourcesSayError
from bot.ingest.loader import FolderChanges, Loader
from bot.ingest.readers import Limits
from bot.processes.child import ChildProcess, ParentChannel, exit_now
from bot.processes.frames import FrameError, decode, encode
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

Progress = Callable[[int, int], None]

MIN_SNAPSHOT_PASSAGES = 2_000
"""A smaller corpus is built as fast as its snapshot would be opened, and is not saved."""

CHILD_MIN_PASSAGES = 20_000
CHILD_MIN_SHARE = 0.1
"""A child rebuilds a corpus of more passages, of whose files more than this share changed."""

CHILD_MIN_BYTES = 3_000_000
"""A child also reads more new text than this, however large the corpus is."""

SILENT_SECONDS = 1_800.0
"""A child that reports no progress for so long is killed."""

_MODULE = "bot.answering.rebuild"
_NICE = 5
_PROGRESS_SECONDS = 0.5
_MAX_JOB_BYTES = 100_000_000
_MAX_REPORT_BYTES = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexRebuild:
    """The corpus folder, the options of reading and answering, and the snapshot."""

    folder: Path
    limits: Limits
    trust_times: bool
    options: AnswerOptions
    snapshots: Snapshots
    min_snapshot_passages: int = MIN_SNAPSHOT_PASSAGES
    child_min_passages: int = CHILD_MIN_PASSAGES
    child_min_bytes: int = CHILD_MIN_BYTES

    def needs_child(self, changes: FolderChanges, passages: int) -> bool:
        """Whether a child should load these changes of a corpus with so many passages."""
        much = passages > self.child_min_passages and changes.fraction > CHILD_MIN_SHARE
        return changes.changed and (changes.bytes > self.child_min_bytes or much)

    def keep(self, searcher: Searcher, loader_state: Callable[[], dict[str, Any]]) -> bool:
        """Save a snapshot for the next start, unless the corpus is small; whether it is saved."""
        if len(searcher.corpus.passages) >= self.min_snapshot_passages:
            return self.snapshots.save(Snapshot(searcher, loader_state()))
        self.snapshots.forget()
        return False

    def run(self, progress: Progress | None = None) -> bool:
        """Write a new snapshot in a child; blocks. Returns whether one was written."""
        if not self.snapshots.possible():
            return False
        try:
            child = ChildProcess(_MODULE)
        except OSError as error:
            _log.warning("no process to read the corpus in could be started: %s", error.strerror)
            return False
        with closing(child):
            return self._result(child, progress)

    def _result(self, child: ChildProcess, progress: Progress | None) -> bool:
        bodies = [encode(self._job())]
        while True:
            reply = child.request(*bodies, seconds=SILENT_SECONDS, max_bytes=_MAX_REPORT_BYTES)
            bodies.clear()
            match _report(reply) if isinstance(reply, bytes) else reply:
                case {"ended": bool(written)}:
                    return written
                case {"failed": str(reason)}:
                    _log.warning("another process could not read the corpus: %s", reason)
                    return False
                case {"progress": [int(done), int(total)]}:
                    if progress is not None:
                        progress(done, total)
                case _:
                    _log.warning("the process that read the corpus ended early, this one goes on")
                    return False

    def _job(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "limits": asdict(self.limits),
            "trust_times": self.trust_times,
            "options": asdict(self.options),
            "file": str(self.snapshots.file),
            "settings": self.snapshots.settings,
        }

    @classmethod
    def from_job(cls, job: dict[str, Any]) -> IndexRebuild:
        """The rebuild that the parent sent as `_job`."""
        options = {**job["options"], "calibration": tuple(job["options"]["calibration"])}
        return cls(
            folder=Path(job["folder"]),
            limits=Limits(**job["limits"]),
            trust_times=job["trust_times"],
            options=AnswerOptions(**options),
            snapshots=Snapshots(Path(job["file"]), job["settings"]),
        )

    def build(self, progress: Progress | None = None) -> bool:
        """Write a new snapshot in this process, of a small corpus too; whether it is written.

        The parent would have to read a corpus without a snapshot once more. Raises
        `SourcesSayError` if there is nothing to serve.
        """
        loader = Loader(self.folder, self.limits, trust_times=self.trust_times)
        last = self.snapshots.open(self.options, lambda _path, _revision: None)
        if last is not None:
            loader.restore(last.searcher.corpus, last.loader_state)
        corpus, _ = loader.load(progress)
        searcher = Searcher(corpus, self.options, None if last is None else last.searcher)
        return self.snapshots.save(Snapshot(searcher, loader.state().as_json()))


def _report(reply: bytes) -> object:
    try:
        return decode(reply)
    except FrameError:
        return None


class _ProgressReporter:
    """Reports progress at most once in `_PROGRESS_SECONDS`, and the last file always.

    By the clock and not by number: fifty files may take longer than `SILENT_SECONDS`.
    """

    def __init__(self, parent: ParentChannel) -> None:
        self._parent = parent
        self._reported = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            self._parent.send(encode({"progress": [done, total]}))


def main() -> None:
    """Do the one job that the parent sends."""
    parent = ParentChannel(_NICE)
    job = decode(parent.receive(_MAX_JOB_BYTES))
    report: dict[str, Any]
    try:
        report = {"ended": IndexRebuild.from_job(job).build(_ProgressReporter(parent))}
    except SourcesSayError:
        # The parent meets the same fault, and reports it to those who can mend it.
        report = {"ended": False}
    except Exception as error:  # noqa: BLE001 - the parent logs it
        report = {"failed": type(error).__name__}
    parent.send(encode(report))
    # At once: freeing the memory of a large corpus would take a while.
    exit_now(0)


if __name__ == "__main__":
    main()
