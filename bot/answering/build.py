"""Build: the index of a corpus folder is brought up to date, as far as anything changed.

    walk the folder, compare it with the record        nothing is read that is unchanged
    read what changed                                  documents and passages, in a workspace
    recognise pages without text                       those that were not recognised before
    cut each collection into shards                    a pure function of its documents
    index the shards that are not there                from the workspace and from older shards
    name the new shards in `corpus.json`               one rename
    encode the passages without vectors                by each encoder that there is
    calibrate the scopes that are asked in             unless it was done before
    remove what is unused

`build_corpus` does this in its own process; `main` is the child of `build_job.build_in_child`, so
that the program that answers has no part in it.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.answering.build_job import BuildJob, Progress, encode_fault
from bot.answering.build_tasks import (
    NICE,
    EncodeTask,
    IndexTask,
    Sources,
    Task,
    TaskPool,
    task_pool,
)
from bot.answering.read_tasks import (
    ReadTask,
    RecognitionTask,
    file_batches,
    read_weight,
    recognition_tasks,
)
from bot.answering.served_corpus import ServedCorpus
from bot.answering.shard_groups import shard_groups
from bot.answering.store import StoredCorpus
from bot.core.errors import CorpusError, ModelError
from bot.ingest.folder_record import FolderRecord
from bot.ingest.loader import FileOutcome, FolderLoad, UnreadFile
from bot.ingest.recognition import find_recogniser
from bot.meaning.about import EncoderSource
from bot.processes.child import ParentChannel, exit_now
from bot.processes.frames import decode, encode
from bot.processes.resource_limits import raise_file_limit
from bot.retrieval.shard.store import (
    DamagedFolderError,
    open_vectors,
    read_documents,
    write_vectors,
)
from bot.retrieval.shard.vectors import collect_vectors, missing_vectors, passage_keys

CHILDREN_FROM_BYTES, CHILDREN_FROM_PASSAGES = 2_000_000, 5_000
"""Bytes to read, and passages to index, from which child processes save time."""

CHILDREN_FROM_FILES = 1_000
"""Files from which that is so even if they are small."""

BATCH_PASSAGES = 500
"""Passages that are encoded as one task; what is done is kept if the build is killed."""

ENCODING_WEIGHT = 12_000
"""Bytes to read and index that take as long as encoding a passage."""

RECOGNITION_WEIGHT = 5_000_000
"""Bytes to read and index that take as long as recognising a page."""

INDEX_PART = 8
"""Indexing, and what comes after it, take one of so many parts of the time of reading each: of
10,000 mixed files, 20 and 40 seconds where reading took 360."""

CHILDREN_FROM_ENCODED = 200
"""Passages to encode from which child processes save time."""

_ATTEMPTS = 3
_PROGRESS_SECONDS = 0.5
_MAX_BYTES = 10_000_000


def build_corpus(job: BuildJob, progress: Progress | None = None) -> None:
    """Bring the index up to date in this process; raises as `build_in_child`."""
    for attempt in range(_ATTEMPTS):
        try:
            with task_pool() as pool:
                _Build(job, pool, progress).run()
            return
        except DamagedFolderError as error:
            # Where one is damaged, others may be. The documents of all of them are read once more.
            job.store.log_damage(error)
            job.store.remove_damaged()
            if attempt + 1 == _ATTEMPTS:
                raise CorpusError(
                    f'The index in "{job.store.folder}" is damaged again and again:'
                    " see to that disk, or remove the folder, then load again."
                ) from None


class _Build:
    """One build; `_done` and `_total` count bytes to read, and what takes as long besides.

    `_in_hand` maps the number of each task that runs to the file that it reads, and to what it has
    done before; that which was begun first comes first.
    """

    def __init__(self, job: BuildJob, pool: TaskPool, progress: Progress | None) -> None:
        self._job = job
        self._store = job.store
        self._pool = pool
        self._progress = progress
        self._done = self._total = self._index_weight = 0
        self._in_hand: dict[int, tuple[str, int]] = {}
        self._counting = threading.Lock()
        languages = job.limits.recognition_languages
        self._recogniser = find_recogniser(languages, job.store.recognised_pages)

    def run(self) -> None:
        """Carry it out."""
        store, job = self._store, self._job
        before = store.corpus()
        shards = store.complete_shards()
        load = FolderLoad(
            job.folder,
            store.record(before),
            shards,
            trust_times=job.trust_times,
            recognition=self._recogniser.state,
        )
        with store.workspace() as work:
            outcomes, where = self._read(load.unread, work, may_postpone=bool(load.kept))
            if job.recognises_only:
                return
            record = load.finish(outcomes)
            groups = dict(shard_groups(record))
            missing = {name: paths for name, paths in groups.items() if name not in shards}
            self._index(missing, record, where)
        names = {path: name for name, paths in groups.items() for path in paths}
        files = {path: replace(file, shard=names.get(path)) for path, file in record.files.items()}
        corpus = store.save(
            replace(record, files=files),
            tuple(groups),
            load.glossary,
            load.private,
            load.pins.pins,
        )
        self._encode_all(corpus)
        served = ServedCorpus.open(job, corpus)
        for scope in dict.fromkeys(map(served.scope_of, job.scopes)):
            served.searcher(scope)
        store.remove_unused(corpus, before)
        self._remove_unused_pages(record)
        self._done = self._total
        self._report()

    def _read(
        self, unread: Sequence[UnreadFile], work: Path, *, may_postpone: bool
    ) -> tuple[list[FileOutcome], dict[str, Path]]:
        """The outcomes of reading files, and the folder of each document that was read.

        `may_postpone` says that others can be served while pages are recognised.
        """
        weight = sum(map(read_weight, unread))
        self._index_weight = weight // INDEX_PART
        self._total = weight + 2 * self._index_weight + 1
        outcomes, where = self._read_once(unread, work / "text", before_recognition=True)
        waiting = {each.path: each for each in outcomes if each.unrecognised}
        if not waiting:
            return outcomes, where
        again = [file for file in unread if file.file.path in waiting]
        tasks = recognition_tasks(
            [(file, waiting[file.file.path]) for file in again], self._job.limits, self._recogniser
        )
        most = self._job.recognise_at_most
        may_postpone = may_postpone or any(
            each.record and each.record.passages for each in outcomes
        )
        if may_postpone and most is not None and len(tasks) > most:
            self._recogniser = self._recogniser.until_later()
        else:
            self._total += RECOGNITION_WEIGHT * len(tasks)
            self._run(tasks, [RECOGNITION_WEIGHT] * len(tasks), in_children=True)
        if self._job.recognises_only:
            return outcomes, where
        self._total += sum(map(read_weight, again))
        later, where_later = self._read_once(again, work / "recognised", before_recognition=False)
        others = [each for each in outcomes if each.path not in waiting]
        return [*others, *later], where | where_later

    def _remove_unused_pages(self, record: FolderRecord) -> None:
        """Remove the recognised pages of files that are gone, or of another recogniser.

        Where there is no recogniser, pages may be wanted again once it is back.
        """
        if not self._recogniser.name:
            return
        places = (
            self._recogniser.place_of(file.fingerprint.revision) for file in record.files.values()
        )
        self._store.remove_recognised_pages({place.name for place in places if place is not None})

    def _read_once(
        self, unread: Sequence[UnreadFile], work: Path, *, before_recognition: bool
    ) -> tuple[list[FileOutcome], dict[str, Path]]:
        tasks = [
            ReadTask(files, self._job.limits, work / str(n), self._recogniser, before_recognition)
            for n, files in enumerate(file_batches(unread))
        ]
        sizes = [sum(map(read_weight, task.files)) for task in tasks]
        many = sum(sizes) >= CHILDREN_FROM_BYTES or len(unread) >= CHILDREN_FROM_FILES
        results = self._run(tasks, sizes, in_children=many)
        read = [
            (outcome, task.folder)
            for task, result in zip(tasks, results, strict=True)
            for outcome in task.outcomes(result)
        ]
        where = {outcome.path: folder for outcome, folder in read if outcome.is_document}
        return [outcome for outcome, _ in read], where

    def _index(
        self,
        missing: Mapping[str, Sequence[str]],
        record: FolderRecord,
        where: Mapping[str, Path],
    ) -> None:
        """Write the shards that are not there, given the paths of the documents of each."""
        tasks = [
            self._index_task(self._store.place_of(name), paths, record, where)
            for name, paths in missing.items()
        ]
        passages = [sum(record.files[p].passages for p in paths) for paths in missing.values()]
        share = self._index_weight / max(sum(passages), 1)
        weights = [int(share * count) for count in passages]
        self._run(tasks, weights, in_children=sum(passages) >= CHILDREN_FROM_PASSAGES)

    def _encode_all(self, corpus: StoredCorpus) -> None:
        """Write the vectors of the shards of `corpus` that have none, and remove unused ones.

        Raises `ModelError` if that is impossible; by then words can be searched. Nothing is
        removed while some are left for later, since old vectors spare making them anew.
        """
        parts = [self._encode(corpus, encoder) for encoder in self._job.encoders]
        encoders = [each.fingerprint for each in self._job.encoders]
        made = [folder for folders in parts if folders is not None for folder in folders]
        if all(folders is not None for folders in parts):
            self._store.remove_unused_vectors(corpus, encoders, made)

    def _encode(self, corpus: StoredCorpus, encoder: EncoderSource) -> list[Path] | None:
        """Write the vectors of one encoder; the parts they were put together from.

        None if there are too many to be made now.
        """
        store, parts = self._store, list[Path]()
        places = {
            shard: store.place_of_vectors(shard, encoder.fingerprint) for shard in corpus.shards
        }
        missing = [shard for shard, place in places.items() if not place.is_dir()]
        if missing:
            sources = store.all_vectors(encoder.fingerprint)
            keys = {name: passage_keys(read_documents(store.place_of(name))) for name in missing}
            unknown = {name: missing_vectors(keys[name], sources) for name in missing}
            if not self._may_encode(sum(map(len, unknown.values()))):
                return None
            parts = self._encode_passages(unknown, encoder)
            sources += map(open_vectors, parts)
            for name in missing:
                write_vectors(places[name], collect_vectors(keys[name], sources))
        return parts

    def _may_encode(self, count: int) -> bool:
        most = self._job.encode_at_most
        return most is None or count <= most

    def _encode_passages(
        self, numbers: Mapping[str, Sequence[int]], encoder: EncoderSource
    ) -> list[Path]:
        """Encode passages of shards, by number; the folders that have their vectors."""
        store = self._store
        tasks = [
            EncodeTask(
                store.place_of(shard), batch, encoder, store.new_vectors(encoder.fingerprint)
            )
            for shard, own in numbers.items()
            for batch in _batches(own, BATCH_PASSAGES)
        ]
        weights = [ENCODING_WEIGHT * len(task.passages) for task in tasks]
        self._total += sum(weights)
        count = sum(map(len, numbers.values()))
        try:
            self._run(tasks, weights, in_children=count >= CHILDREN_FROM_ENCODED)
        except CorpusError as fault:  # a child that was killed
            raise ModelError(str(fault)) from None
        return [task.folder for task in tasks]

    def _index_task(
        self,
        folder: Path,
        paths: Sequence[str],
        record: FolderRecord,
        where: Mapping[str, Path],
    ) -> IndexTask:
        """The task to write the shard of the documents at `paths`."""
        documents, shards = defaultdict[Path, list[str]](list), defaultdict[Path, list[str]](list)
        for path in paths:
            if path in where:
                documents[where[path]].append(path)
            else:
                shards[self._store.place_of(record.files[path].shard or "")].append(path)
        return IndexTask(_sources(documents), folder, _sources(shards))

    def _run(
        self, tasks: Sequence[Task], weights: Sequence[int], *, in_children: bool
    ) -> list[Any]:
        def begin(number: int, place: int) -> None:
            name, weight = "", 0
            match tasks[number]:
                case ReadTask(files=files):
                    name, weight = files[place].file.path, sum(map(read_weight, files[:place]))
                case RecognitionTask(file=file, page=page):
                    name = f"{file.file.path}, page {page}"
            with self._counting:
                self._in_hand.pop(number, None)
                self._in_hand[number] = name, weight
                self._report()

        def end(number: int) -> None:
            with self._counting:
                self._in_hand.pop(number, None)
                self._done += weights[number]
                self._report()

        return self._pool.run(tasks, weights, end, begin, in_children=in_children)

    def _report(self) -> None:
        if self._progress is not None:
            done = self._done + sum(weight for _, weight in self._in_hand.values())
            path = next((path for path, _ in self._in_hand.values() if path), "")
            self._progress(min(done, self._total), self._total, path)


def _sources(paths: Mapping[Path, Sequence[str]]) -> Sources:
    return tuple((folder, tuple(own)) for folder, own in paths.items())


def _batches(numbers: Sequence[int], size: int) -> list[tuple[int, ...]]:
    return [tuple(numbers[first : first + size]) for first in range(0, len(numbers), size)]


class _ProgressReporter:
    """Reports what is in hand once in `_PROGRESS_SECONDS`, and the end at once.

    A thread does so, since what takes long gives no occasion meanwhile.
    """

    def __init__(self, parent: ParentChannel) -> None:
        self._parent = parent
        self._latest: tuple[int, int, str] | None = None
        self._reporting = threading.Lock()
        threading.Thread(target=self._report_now_and_then, daemon=True).start()

    def __call__(self, done: int, total: int, path: str) -> None:
        self._latest = done, total, path
        if done == total:
            self._report()

    def _report_now_and_then(self) -> None:
        while True:
            time.sleep(_PROGRESS_SECONDS)
            self._report()

    def _report(self) -> None:
        with self._reporting:
            latest, self._latest = self._latest, None
            if latest is not None:
                self._parent.send(encode({"progress": latest}))


def main() -> None:
    """Do the one job that the parent sends."""
    parent = ParentChannel(NICE)
    raise_file_limit()
    message: dict[str, Any] = {"built": True}
    try:
        job = BuildJob.from_json(decode(parent.receive(_MAX_BYTES)))
        build_corpus(job, _ProgressReporter(parent))
    except Exception as fault:  # noqa: BLE001 - the parent raises it
        message = encode_fault(fault)
    parent.send(encode(message))
    # At once: freeing the memory of a large corpus would take a while.
    exit_now(0)


if __name__ == "__main__":
    main()
