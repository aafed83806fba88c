"""Reload: load the folder, build the searcher, exchange the served corpus, save a snapshot."""

from functools import partial

from bot.answering.rebuild import IndexRebuild
from bot.answering.served_corpus import ServedCorpus
from bot.answering.snapshot_writer import SnapshotWriter
from bot.core.documents import Document
from bot.ingest.loader import FolderChanges, Loader, LoadReport, Progress
from bot.retrieval.answer.searcher import AnswerOptions, Searcher


class CorpusReloader:
    """Loads what is on disk and serves it; its calls block, and come from one thread.

    With `rebuild` the corpus is saved for the next start, and a large change is read by a
    child process.
    """

    def __init__(
        self, loader: Loader, options: AnswerOptions, rebuild: IndexRebuild | None
    ) -> None:
        self._loader = loader
        self._options = options
        self._rebuild = rebuild
        self._writer = SnapshotWriter()
        self.served: ServedCorpus | None = None
        """The corpus that is served now; None before the first reload."""

    def reload(self, progress: Progress | None) -> LoadReport:
        """Load the folder and replace `served` if anything changed.

        Raises `SourcesSayError` and changes nothing if there is no document to serve.
        """
        base, changes = self._base(progress)
        if changes is None:
            corpus, report = self._loader.load(progress)
        else:
            corpus, report = self._loader.load_changes(changes, progress)
        if self.served is None or self.served.corpus.revision != corpus.revision:
            if base is not None and base.corpus.revision == corpus.revision:
                searcher = base
            else:
                searcher = Searcher(corpus, self._options, base)
            self.served = ServedCorpus(searcher)
            if searcher is not base:
                self._save(searcher, first=base is None)
        return report

    def close(self, timeout: float) -> None:
        """Write a snapshot that is due later, if that takes no longer than `timeout` seconds."""
        self._writer.flush(timeout)

    def _base(self, progress: Progress | None) -> tuple[Searcher | None, FolderChanges | None]:
        """The searcher that the next one takes unchanged parts from, and the folder's changes.

        The base is the one that serves, or at the start that of the snapshot. A large change
        is left to a child process, and the base is read from the snapshot that it writes. The
        changes are None if they have to be looked up again.
        """
        serving = None if self.served is None else self.served.searcher(None)
        if self._rebuild is None:
            return serving, None
        base = serving or self._restored(serving)
        passages = 0 if base is None else len(base.corpus.passages)
        changes = self._loader.changes()
        if not self._rebuild.needs_child(changes, passages):
            return base, changes
        # A write that is due later would replace the newer snapshot of the child process.
        self._writer.cancel()
        restored = self._restored(serving) if self._rebuild.run(progress) else None
        # Files may have changed while the child process read them.
        return restored or base, None

    def _restored(self, serving: Searcher | None) -> Searcher | None:
        """The searcher of the snapshot; it shares unchanged documents with the serving one."""
        if self._rebuild is None:
            return None
        documents = {} if serving is None else {d.path: d for d in serving.corpus.documents}

        def lookup(path: str, revision: str) -> Document | None:
            document = documents.get(path)
            return document if document and document.revision == revision else None

        snapshot = self._rebuild.snapshots.open(self._options, lookup)
        if snapshot is None:
            return None
        self._loader.restore(snapshot.searcher.corpus, snapshot.loader_state)
        return snapshot.searcher

    def _save(self, searcher: Searcher, *, first: bool) -> None:
        """Save a snapshot; that of a large corpus is written later, unless it is the first."""
        rebuild, loader_state = self._rebuild, self._loader.state().as_json
        if rebuild is None:
            return
        if first or len(searcher.corpus.passages) <= rebuild.child_min_passages:
            self._writer.cancel()
            rebuild.keep(searcher, loader_state)
        else:
            self._writer.schedule(partial(rebuild.keep, searcher, loader_state))
