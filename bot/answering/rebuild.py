"""A corpus read, indexed and kept by a process of its own, while this one answers.

Reading and counting a large corpus would take the interpreter from the questions that come
meanwhile. So another process does it, with what was kept before to start from, and leaves a
snapshot; this one has only to open it. Where that fails, the caller does the work itself.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.answering.snapshot import Snapshot, Snapshots
from bot.core.errors import SourcesSayError
from bot.ingest.loader import Loader, Pending
from bot.ingest.readers import Limits
from bot.ingest.readers.sandbox import end_shared
from bot.processes.environment import child_environment
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

Progress = Callable[[int, int], None]
Remembering = Callable[[], dict[str, Any]]

FEWEST_PASSAGES = 2_000
"""A corpus below this is built as fast as its snapshot would be opened, and is not kept."""

APART_PASSAGES = 20_000
"""Passages beyond which a corpus that changed much is indexed by a process of its own."""

APART_SHARE = 0.1
"""If this part of its files came, went or changed. Less is taken over in this process."""

APART_BYTES = 3_000_000
"""And new text beyond which it is read there, however large the corpus is."""

SILENT_SECONDS = 1_800.0
"""A process that says nothing for so long is ended."""

_NICE = 5
"""How far the process stands back behind the one that answers."""

_TOLD_EACH = 0.5
"""Seconds between two words of the process on how far it is."""

_LONGEST_LINE = 1_000
"""Characters of a word of the process; none of ours is longer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexRebuild:
    """What is to be prepared: the folder, how it is read and answered from, where it is kept."""

    folder: Path
    limits: Limits
    trust_times: bool
    options: AnswerOptions
    snapshots: Snapshots
    fewest_passages: int = FEWEST_PASSAGES
    apart_passages: int = APART_PASSAGES
    apart_bytes: int = APART_BYTES

    def apart(self, pending: Pending, passages: int) -> bool:
        """Whether a load that has this to do, where so many passages are served, is done apart."""
        much = passages > self.apart_passages and pending.share > APART_SHARE
        return pending.changed and (pending.bytes > self.apart_bytes or much)

    def keep(self, searcher: Searcher, remembering: Remembering) -> bool:
        """Keep what a loader made and remembers for the next start; says whether it is kept."""
        if len(searcher.corpus.passages) >= self.fewest_passages:
            return self.snapshots.save(Snapshot(searcher, remembering()))
        self.snapshots.forget()
        return False

    def run(self, progress: Progress | None = None) -> bool:
        """Let a process make the snapshot anew; blocks. Says whether one was made."""
        if not self.snapshots.possible():
            return False
        try:
            process = subprocess.Popen(
                # No module is taken from where we are.
                [sys.executable, "-P", "-m", "bot.answering.rebuild"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=child_environment(),
                start_new_session=True,  # Ctrl-C is for us to handle
            )
        except OSError as fault:
            _log.warning("no process to read the corpus in could be started: %s", fault.strerror)
            return False
        with process:
            try:
                return self._finished(process, progress)
            finally:
                process.kill()
                # One that ended before it read its task leaves that in the pipe.
                with suppress(OSError):
                    if process.stdin is not None:
                        process.stdin.close()

    def _finished(self, process: subprocess.Popen[str], progress: Progress | None) -> bool:
        if process.stdin is None or process.stdout is None:
            return False
        with suppress(OSError):
            process.stdin.write(json.dumps(self._task()) + "\n")
            # It stays open: where this process ends, the other sees the end of it, and ends.
            process.stdin.flush()
        while True:
            timer = threading.Timer(SILENT_SECONDS, process.kill)
            timer.start()
            try:
                line = process.stdout.readline(_LONGEST_LINE)
            except ValueError:
                line = ""
            finally:
                timer.cancel()
            match _understood(line):
                case {"ended": bool(ended)}:
                    return ended
                case {"failed": str(reason)}:
                    _log.warning("another process could not read the corpus: %s", reason)
                    return False
                case {"progress": [int(done), int(of)]}:
                    if progress is not None:
                        progress(done, of)
                case _:
                    _log.warning("the process that read the corpus ended early, this one goes on")
                    return False

    def _task(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "limits": asdict(self.limits),
            "trust_times": self.trust_times,
            "options": asdict(self.options),
            "file": str(self.snapshots.file),
            "settings": self.snapshots.settings,
        }

    @classmethod
    def of(cls, task: dict[str, Any]) -> IndexRebuild:
        """What `_task` told the other process."""
        options = {**task["options"], "calibration": tuple(task["options"]["calibration"])}
        return cls(
            folder=Path(task["folder"]),
            limits=Limits(**task["limits"]),
            trust_times=task["trust_times"],
            options=AnswerOptions(**options),
            snapshots=Snapshots(Path(task["file"]), task["settings"]),
        )

    def done(self, progress: Progress | None = None) -> bool:
        """Do it in this process; raises `SourcesSayError` where there is nothing to serve.

        However small the corpus turns out: whoever asked would read all of it once more.
        """
        loader = Loader(self.folder, self.limits, trust_times=self.trust_times)
        kept = self.snapshots.open(self.options, lambda _path, _revision: None)
        before: Searcher | None = None
        if kept is not None:
            before = kept.searcher
            loader.recall(before.corpus, kept.remembered)
        corpus, _ = loader.load(progress)
        searcher = Searcher(corpus, self.options, before)
        return self.snapshots.save(Snapshot(searcher, loader.remembered()))


def _understood(line: str) -> object:
    """What a line says; None where it is none of ours."""
    try:
        said: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said


def _tell(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


class _Progress:
    """Tells how far the work is, at most once in `_TOLD_EACH` seconds.

    By the clock and not by number: fifty files may take longer than silence is borne.
    """

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if done == of or now - self._told >= _TOLD_EACH:
            self._told = now
            _tell({"progress": [done, of]})


def _end_with_parent() -> None:
    sys.stdin.read()
    # Or the reader goes on with its file for as long as it may take.
    end_shared()
    os._exit(1)


def main() -> None:
    """Do what the first line of the input says; end when the input does."""
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform != "win32":
        os.nice(_NICE)
    try:
        _tell({"ended": IndexRebuild.of(task).done(_Progress())})
    except SourcesSayError:
        # Whoever asked meets the same, and says it to those who can mend it.
        _tell({"ended": False})
    except Exception as fault:  # noqa: BLE001 - nobody else hears of it
        _tell({"failed": type(fault).__name__})
    end_shared()
    # Its reader may wait for files still, and whoever asked waits no longer.
    os._exit(0)


if __name__ == "__main__":
    main()
