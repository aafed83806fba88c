"""A worker of `bot.answering.worker_pool`: it opens the snapshot, then answers questions.

It reads nothing but the snapshot, writes no file, and holds no secret. The first message names
the snapshot and the options. Each message after that is a list that begins with its kind:

    open                                  serves REVISION | serves null
    scope [COLLECTION, …]                 scope [COLLECTION, …], once that part is indexed
    ask NUMBER REVISION SCOPE QUESTION    reply NUMBER PACKED | unable NUMBER

`unable` means that another revision is open, that the scope is not indexed, or a failure.
"""

import gc
import threading
from pathlib import Path
from typing import Any

from bot.answering.snapshot import Snapshots
from bot.core.reply_codec import encode_reply
from bot.processes.child import ParentChannel
from bot.processes.frames import decode, encode
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

_NICE = 3
_MAX_MESSAGE_BYTES = 100_000_000

Scope = frozenset[str]


class OpenCorpus:
    """The corpus of the snapshot that is open, and searchers for the scopes asked for."""

    def __init__(self, snapshots: Snapshots, options: AnswerOptions) -> None:
        self._snapshots = snapshots
        self._options = options
        self._file: tuple[int, ...] | None = None
        self._everything: Searcher | None = None
        self._scopes: dict[Scope, Searcher] = {}
        self._indexing = threading.Lock()

    def open(self) -> str | None:
        """Open the snapshot on disk, unless it is open; its revision, None if there is none."""
        file = self._identity()
        if file is None or file != self._file:
            # The old corpus goes first, so that two are never in memory.
            self._everything = None
            self._scopes = {}
            snapshot = self._snapshots.open(self._options, lambda _path, _revision: None)
            self._everything = None if snapshot is None else snapshot.searcher
            # A file replaced meanwhile counts as not open, and the next message opens it.
            self._file = file if snapshot is not None and file == self._identity() else None
            gc.collect()
            gc.freeze()
        return None if self._everything is None else self._everything.corpus.revision

    def _identity(self) -> tuple[int, ...] | None:
        try:
            status = self._snapshots.file.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def index_scope(self, scope: Scope) -> bool:
        """Index a part of the corpus, which may take a minute; False if the corpus is gone."""
        with self._indexing:
            everything, scopes = self._everything, self._scopes
            if everything is None:
                return False
            if scope not in scopes:
                part = everything.corpus.within(scope)
                scopes[scope] = Searcher(part, self._options, everything)
            return scopes is self._scopes

    def reply(self, revision: str, scope: Scope | None, question: str) -> list[Any] | None:
        """The packed reply; None if another revision is open or the scope is not indexed."""
        everything = self._everything
        if everything is None or revision != everything.corpus.revision:
            return None
        searcher = everything if scope is None else self._scopes.get(scope)
        if searcher is None:
            return None
        return encode_reply(searcher.reply(question), everything.corpus.passages)


def main() -> None:
    """Answer until the parent is gone."""
    parent = ParentChannel(_NICE)
    file, settings, options = decode(parent.receive(_MAX_MESSAGE_BYTES))
    options["calibration"] = tuple(options["calibration"])
    corpus = OpenCorpus(Snapshots(Path(file), settings), AnswerOptions(**options))
    while True:
        match decode(parent.receive(_MAX_MESSAGE_BYTES)):
            case ["ask", number, revision, names, question]:
                scope = None if names is None else frozenset(names)
                try:
                    reply = corpus.reply(revision, scope, question)
                except Exception:  # noqa: BLE001 - the parent meets the same fault and reports it
                    reply = None
                message = ["unable", number] if reply is None else ["reply", number, reply]
                parent.send(encode(message))
            case ["open"]:
                parent.send(encode(["serves", corpus.open()]))
            case ["scope", names]:
                # In a thread, so that questions need not wait for it.
                work = (parent, corpus, frozenset(names))
                threading.Thread(target=_index_scope, args=work, daemon=True).start()


def _index_scope(parent: ParentChannel, corpus: OpenCorpus, scope: Scope) -> None:
    try:
        if corpus.index_scope(scope):
            parent.send(encode(["scope", sorted(scope)]))
    except Exception:  # noqa: BLE001 - then the program itself answers in this scope
        return


if __name__ == "__main__":
    main()
