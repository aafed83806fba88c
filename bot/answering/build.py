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

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_intdigest

from bot.answering.build_job import BuildJob, Progress, encode_fault
from bot.answering.build_tasks import (
    NICE,
    EncodeTask,
    IndexTask,
    ReadTask,
    RecognitionTask,
    Sources,
    Task,
    TaskPool,
    file_batches,
    file_size,
    task_pool,
)
from bot.answering.served_corpus import ServedCorpus
from bot.answering.store import StoredCorpus, shard_name
from bot.core.errors import CorpusError, ModelError
from bot.ingest.folder_record import FileRecord, FolderRecord
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

MOST_PASSAGES = 70_000
"""Passages of one shard, unless a single document has more."""

CHILDREN_FROM_BYTES, CHILDREN_FROM_PASSAGES = 2_000_000, 5_000
"""Bytes to read, and passages to index, from which child processes save time."""

BATCH_PASSAGES = 500
"""Passages that are encoded as one task; what is done is kept if the build is killed."""

ENCODING_WEIGHT = 20_000
"""Bytes to read and index that take as long as encoding a passage."""

RECOGNITION_WEIGHT = 5_000_000
"""Bytes to read and index that take as long as recognising a page."""

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
    """One build; `_done` and `_total` count bytes to read and, as much again, to index."""

    def __init__(self, job: BuildJob, pool: TaskPool, progress: Progress | None) -> None:
        self._job = job
        self._store = job.store
        self._pool = pool
        self._progress = progress
        self._done = self._total = 0
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
            groups = dict(_groups(record))
            missing = {name: paths for name, paths in groups.items() if name not in shards}
            self._index(missing, record, where)
        names = {path: name for name, paths in groups.items() for path in paths}
        files = {path: replace(file, shard=names.get(path)) for path, file in record.files.items()}
        corpus = store.save(
            replace(record, files=files), tuple(groups), load.glossary, load.private
        )
        self._encode_all(corpus)
        served = ServedCorpus.open(job, corpus)
        for scope in dict.fromkeys(map(served.scope_of, job.scopes)):
            served.searcher(scope)
        store.remove_unused(corpus, before)
        self._remove_unused_pages(record)
        self._note_done(self._total - self._done)

    def _read(
        self, unread: Sequence[UnreadFile], work: Path, *, may_postpone: bool
    ) -> tuple[list[FileOutcome], dict[str, Path]]:
        """The outcomes of reading files, and the folder of each document that was read.

        `may_postpone` says that others can be served while pages are recognised.
        """
        self._total = 2 * sum(map(file_size, unread)) + 1
        outcomes, where = self._read_once(unread, work / "text", before_recognition=True)
        waiting = {each.path: each for each in outcomes if each.unrecognised}
        if not waiting:
            return outcomes, where
        again = [file for file in unread if file.file.path in waiting]
        tasks = self._recognition_tasks([(file, waiting[file.file.path]) for file in again])
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
        self._total += sum(map(file_size, again))
        later, where_later = self._read_once(again, work / "recognised", before_recognition=False)
        others = [each for each in outcomes if each.path not in waiting]
        return [*others, *later], where | where_later

    def _recognition_tasks(
        self, files: Sequence[tuple[UnreadFile, FileOutcome]]
    ) -> list[RecognitionTask]:
        """The tasks for the pages of files that need it, each page of equal files once."""
        limits, recogniser = self._job.limits, self._recogniser
        tasks = {
            (outcome.revision, page): RecognitionTask(
                file, outcome.revision, page, limits, recogniser
            )
            for file, outcome in files
            for page in outcome.unrecognised
        }
        return list(tasks.values())

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
        sizes = [sum(map(file_size, task.files)) for task in tasks]
        results = self._run(tasks, sizes, in_children=sum(sizes) >= CHILDREN_FROM_BYTES)
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
        share = self._total / 2 / max(sum(passages), 1)
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
        return self._pool.run(tasks, weights, self._note_done, in_children=in_children)

    def _note_done(self, weight: int) -> None:
        self._done += weight
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)


def _sources(paths: Mapping[Path, Sequence[str]]) -> Sources:
    return tuple((folder, tuple(own)) for folder, own in paths.items())


def _batches(numbers: Sequence[int], size: int) -> list[tuple[int, ...]]:
    return [tuple(numbers[first : first + size]) for first in range(0, len(numbers), size)]


def _groups(record: FolderRecord) -> Iterable[tuple[str, list[str]]]:
    """The name of each shard and the paths of its documents, in the order of collections."""
    collections: dict[str, dict[str, FileRecord]] = {}
    for path, file in record.files.items():
        if file.shard is not None:
            collections.setdefault(file.collection, {})[path] = file
    for _, files in sorted(collections.items()):
        passages = {path: file.passages for path, file in files.items()}
        for paths in cut(passages, MOST_PASSAGES):
            yield _name(paths, files), paths


def _name(paths: Sequence[str], files: Mapping[str, FileRecord]) -> str:
    return shard_name(
        [
            [
                path,
                files[path].collection,
                files[path].fingerprint.revision,
                files[path].entry,
                *_recognition(files[path]),
            ]
            for path in paths
        ]
    )


def _recognition(file: FileRecord) -> list[str]:
    return [file.recognition, str(file.recognised)] if file.recognition else []


def cut(passages: Mapping[str, int], most: int, bit: int = 0) -> list[list[str]]:
    """The paths of a collection's documents, cut into shards of at most `most` passages.

    `passages` counts those of each document. As long as there are too many, paths are divided by
    one more bit of their hash, so that a change moves no other document to another shard.
    """
    if sum(passages.values()) <= most or len(passages) < 2 or bit == 64:
        return [sorted(passages)]
    halves: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for path, count in passages.items():
        digest = xxh3_64_intdigest(path.encode("utf-8", "surrogatepass"))
        halves[digest >> bit & 1][path] = count
    return [shard for half in halves if half for shard in cut(half, most, bit + 1)]


class _ProgressReporter:
    """Reports progress at most once in `_PROGRESS_SECONDS`, and the end always."""

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
