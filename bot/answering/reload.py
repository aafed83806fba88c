"""Reload: bring the index up to date, open what changed, and exchange the served corpus."""

from __future__ import annotations

import logging
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.answering.build_job import BuildJob, Progress, build_in_child
from bot.answering.pin_search import pin_notes
from bot.answering.served_corpus import ServedCorpus
from bot.answering.store import IndexStore, StoredCorpus
from bot.core.errors import CorpusError, ModelError, SettingsError
from bot.core.pins import PinState
from bot.ingest.folder_record import FolderRecord
from bot.ingest.recognition import find_recogniser
from bot.ingest.report import LoadReport
from bot.ingest.walk import real_folder, walk
from bot.retrieval.shard.store import DamagedFolderError

ENCODED_AT_ONCE = 2_000
"""Passages that a load in a child encodes itself, in less than a minute; more are left for later,
and words alone answer until then."""

RECOGNISED_AT_ONCE = 40
"""Pages that a load in a child recognises itself, in a minute or two; more are left for later, and
the other documents answer until then."""

_ATTEMPTS = 3

_log = logging.getLogger(__name__)


class CorpusReloader:
    """Loads what is on disk and serves it; its calls block, and come from one thread.

    The index is kept in the store of `job`. Where that cannot be written, it lies in a temporary
    folder, and the next start makes it again.
    """

    def __init__(self, job: BuildJob, *, in_child: bool = False) -> None:
        """`in_child` has the index built by a child process, so that this one goes on answering.

        Then a load that would have to encode many passages leaves that to `encode`, and one with
        many pages without text to `recognise`.
        """
        self._job = job
        self._in_child = in_child
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.served: ServedCorpus | None = None
        """The corpus that is served now; None before the first reload."""

    def reload(self, progress: Progress | None) -> LoadReport:
        """Load the folder and replace `served` if anything changed.

        Raises `SourcesSayError` and changes nothing if there is no document to serve.
        """
        started = time.monotonic()
        try:
            served, stored = self._updated(progress)
        except OSError as error:
            served, stored = self._elsewhere(error.strerror or str(error), progress)
        except SettingsError as error:
            served, stored = self._elsewhere(str(error), progress)
        before = self.served
        if served is not before:
            for scope in self._scopes():
                # The first question in a room must not wait for this.
                served.searcher(served.scope_of(scope))
            self.served = served
        lost_pins = pin_notes(served.pins, PinState.CHANGED, PinState.GONE)
        return LoadReport.of(
            None if before is None else before.corpus,
            served.corpus,
            stored.failed,
            (*stored.notes, *pin_notes(served.pins, PinState.MOVED), *lost_pins),
            lost_pins,
            time.monotonic() - started,
        )

    @property
    def lacks_vectors(self) -> bool:
        """Whether an encoder has no part in the answers until `encode` was called."""
        served = self.served
        return served is not None and len(served.encoders) < len(self._job.encoders)

    @property
    def lacks_pages(self) -> bool:
        """Whether pages are not served until `recognise` was called."""
        return self.served is not None and self.served.stored.awaits_recognition

    def recognise(self) -> None:
        """Recognise the pages that wait, which may take hours; blocks.

        It may run beside `reload`, and the next `reload` after it serves them. Raises as
        `build_in_child`.
        """
        build_in_child(replace(self._job, recognises_only=True))

    def encode(self) -> None:
        """Make the vectors that are missing, which may take an hour; blocks.

        It may run beside `reload`, and the next `reload` after it serves the vectors. Raises as
        `build_in_child`.
        """
        build_in_child(replace(self._job, scopes=self._scopes()))

    def close(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _scopes(self) -> tuple[frozenset[str] | None, ...]:
        return (None,) if self.served is None else (None, *self.served.scopes)

    def _updated(self, progress: Progress | None) -> tuple[ServedCorpus, StoredCorpus]:
        """The corpus of the folder as it is now, built if need be."""
        store = self._job.store
        for _ in range(_ATTEMPTS):
            stored = store.corpus()
            if stored is None or not self._is_current(stored):
                store.create()
                self._build(progress)
                stored = store.corpus()
            if stored is not None:
                try:
                    return self._opened(stored), stored
                except DamagedFolderError:
                    # Or another process built meanwhile, and removed what was not used any more.
                    store.remove_damaged()
        raise CorpusError(
            f'The index in "{store.folder}" does not stay as it was written:'
            " see to that disk, or remove the folder, then load again."
        )

    def _is_current(self, stored: StoredCorpus) -> bool:
        if self._in_child and self.served is not None:
            # The child finds out: to walk a large folder here would delay those who ask.
            return False
        job = self._job
        record = job.store.record(stored)
        listing = walk(real_folder(job.folder), record.archives)
        return (
            job.trust_times
            and record.is_current(listing)
            and self._is_recognised(record)
            and job.store.complete_shards().issuperset(stored.shards)
            and all(job.store.has_vectors(stored, each.fingerprint) for each in job.encoders)
        )

    def _is_recognised(self, record: FolderRecord) -> bool:
        """Whether text recognition is as it was for the files that it concerns."""
        if not record.recognitions:
            return True
        return record.recognitions == {
            find_recogniser(self._job.limits.recognition_languages).state
        }

    def _build(self, progress: Progress | None) -> None:
        job = replace(self._job, scopes=self._scopes())
        try:
            if self._in_child:
                job = replace(
                    job, encode_at_most=ENCODED_AT_ONCE, recognise_at_most=RECOGNISED_AT_ONCE
                )
                build_in_child(job, progress)
                return
            # A program that only answers need not hold in memory what reads files.
            from bot.answering.build import build_corpus  # noqa: PLC0415

            build_corpus(job, progress)
        except ModelError as fault:
            # The index of words is complete by then.
            _log.warning("words alone answer: %s", fault)

    def _opened(self, stored: StoredCorpus) -> ServedCorpus:
        before = self.served
        if before is not None and before.stored.content == stored.content:
            if not self.lacks_vectors:
                return before
            served = ServedCorpus.open(self._job, stored, before)
            return served if served.encoders != before.encoders else before
        return ServedCorpus.open(self._job, stored, self.served)

    def _elsewhere(
        self, reason: str, progress: Progress | None
    ) -> tuple[ServedCorpus, StoredCorpus]:
        """The corpus, built in a temporary folder since the store cannot be written."""
        if self.served is not None:
            raise CorpusError(
                f"The index could not be written ({reason}): see to the space and the"
                f' permissions of "{self._job.store.folder}", then load again.'
            ) from None
        _log.warning("the index is not kept for the next start: %s", reason)
        usual = self._job
        for place in (None, "/dev/shm"):  # noqa: S108 - memory, where every disk is full
            with suppress(OSError):
                self.close()
                self._temporary = tempfile.TemporaryDirectory(prefix="sources-say-", dir=place)
                store = IndexStore(Path(self._temporary.name), self._job.store.settings)
                self._job = replace(self._job, store=store)
                return self._updated(progress)
        self.close()
        self._job = usual
        raise CorpusError(
            f"The index could not be written anywhere ({reason}):"
            " see to it that there is space left on a disk, then start again."
        )
