"""Build tasks: the parts of a build that may run beside each other, each in a child process.

A task is a message in JSON types, and so is its result: files to documents and pictures of pages to
words (`read_tasks`), or documents to a shard. This module is both ends of the child: `TaskPool`
sends tasks, `main` carries them out. Where there is little to do, the pool does it in its own
process.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeVar

from bot.answering.build_job import (
    SILENT_SECONDS,
    encode_fault,
    encoder_from_json,
    encoder_to_json,
    ended_early,
    received,
    start_child,
)
from bot.answering.read_tasks import (
    ReadTask,
    RecognitionTask,
    run_read_task,
    run_recognition_task,
)
from bot.core.passages import DocumentPassages, PassageTable
from bot.meaning.about import EncoderSource
from bot.processes.child import ChildProcess, ParentChannel
from bot.processes.frames import decode, encode
from bot.retrieval.shard.build import build_shard, write_shard
from bot.retrieval.shard.join import ShardDocument, joined
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.store import (
    DamagedFolderError,
    open_shard,
    read_documents,
    write_vectors,
)

NICE = 5
"""A build stands back behind the answers."""

_MODULE = "bot.answering.build_tasks"
_MAX_BYTES = 100_000_000

OnBegin = Callable[[int, int], None]
"""Called with the number of a task, and of the file in it that is read now, both from 0."""

OnDone = Callable[[int], None]
"""Called with the number of a task that is done, from 0."""

Sources = tuple[tuple[Path, tuple[str, ...]], ...]
"""Folders, and the paths of documents in each."""

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class IndexTask:
    """Write the shard of some documents to a folder.

    Each is named by a folder and its path: `documents` were read and are not indexed yet,
    those of `shards` are.
    """

    documents: Sources
    folder: Path
    shards: Sources = ()
    seconds: ClassVar[float] = 0.0

    def to_json(self) -> dict[str, Any]:
        """The task as a message."""
        documents, shards = (
            [[str(folder), paths] for folder, paths in sources]
            for sources in (self.documents, self.shards)
        )
        return {"index": documents, "shards": shards, "folder": str(self.folder)}


@dataclass(frozen=True, slots=True)
class EncodeTask:
    """Write the vectors of some passages of a shard, by number, to a folder."""

    shard: Path
    passages: tuple[int, ...]
    encoder: EncoderSource
    folder: Path
    seconds: ClassVar[float] = 0.0

    def to_json(self) -> dict[str, Any]:
        """The task as a message."""
        return {
            "encode": str(self.shard),
            "passages": self.passages,
            "encoder": encoder_to_json(self.encoder),
            "folder": str(self.folder),
        }


Task = ReadTask | RecognitionTask | IndexTask | EncodeTask


def run_task(message: Any, begin: Callable[[int], None]) -> Any:
    """Carry out a task; returns its result in JSON types.

    `begin` is called with the number of each file that is read, from 0.
    """
    if "recognise" in message:
        begin(0)
        run_recognition_task(message)
        return None
    if "read" in message:
        return run_read_task(message, begin)
    folder = Path(message["folder"])
    if "encode" in message:
        # The libraries of the encoder take long to import, and most tasks do not need them.
        from bot.meaning.vectors import encode_passages, open_encoder  # noqa: PLC0415

        table = read_documents(Path(message["encode"]))
        encoder = open_encoder(encoder_from_json(message["encoder"]))
        write_vectors(folder, encode_passages(encoder, table, message["passages"]))
        return None
    if not folder.is_dir():
        write_shard(folder, _shard(message["index"], message["shards"]))
    return None


def _shard(documents: Sequence[Any], shards: Sequence[Any]) -> Shard:
    """The shard of documents that were read, and of documents of other shards, sorted by path."""
    tables: list[PassageTable] = []
    for folder, paths in documents:
        table, wanted = _opened(read_documents, folder), set(paths)
        # Copied, so that the texts of the other documents are let go.
        tables.append(
            PassageTable.concatenate(
                DocumentPassages(table, number)
                for number, document in enumerate(table.documents)
                if document.path in wanted
            )
        )
    parts = [
        DocumentPassages(table, number)
        for table in tables
        for number in range(len(table.documents))
    ]
    parts.sort(key=lambda part: part.table.documents[part.number].path)
    found: dict[str, ShardDocument] = {}
    if parts:
        new = build_shard(PassageTable.concatenate(parts))
        if not shards:
            return new
        found |= {each.path: (new, number) for number, each in enumerate(new.table.documents)}
    for folder, paths in shards:
        shard = _opened(open_shard, folder)
        places = {each.path: number for number, each in enumerate(shard.table.documents)}
        found |= {path: (shard, places[path]) for path in paths}
    return joined([found[path] for path in sorted(found)])


def _opened(read: Callable[[Path], Opened], folder: str) -> Opened:
    try:
        return read(Path(folder))
    except DamagedFolderError:
        # The next attempt must not take what is left of it for a whole shard.
        shutil.rmtree(folder, ignore_errors=True)
        raise


class TaskPool:
    """Runs tasks in as many child processes as there are processors, or in this process."""

    def __init__(self) -> None:
        self._workers = _processors()
        self._idle: SimpleQueue[ChildProcess] = SimpleQueue()
        self._children: list[ChildProcess] = []

    def run(
        self,
        tasks: Sequence[Task],
        weights: Sequence[int],
        on_done: OnDone,
        on_begin: OnBegin = lambda _task, _file: None,
        *,
        in_children: bool,
    ) -> list[Any]:
        """The results of `tasks`, each with its weight; blocks.

        Child processes are used if `in_children`, and there are several tasks and processors. Any
        thread may call `on_done` and `on_begin`.
        """
        if not in_children or len(tasks) < 2 or self._workers < 2:
            results = []
            for number, task in enumerate(tasks):
                results.append(run_task(task.to_json(), partial(on_begin, number)))
                on_done(number)
            return results
        with ThreadPoolExecutor(self._workers) as threads:
            # The longest first: one that begins last would run alone.
            order = sorted(range(len(tasks)), key=lambda number: -weights[number])
            futures = {
                threads.submit(self._run_in_child, tasks[n], partial(on_begin, n)): n for n in order
            }
            try:
                for future in as_completed(futures):
                    future.result()
                    on_done(futures[future])
            except BaseException:
                # One that fails, or Ctrl-C, ends the build; the others are not waited for.
                for future in futures:
                    future.cancel()
                self.close()
                raise
            by_number = {number: future.result() for future, number in futures.items()}
            return [by_number[number] for number in range(len(tasks))]

    def _run_in_child(self, task: Task, begin: Callable[[int], None]) -> Any:
        try:
            child = self._idle.get_nowait()
        except Empty:
            child = start_child(_MODULE)
            self._children.append(child)
        seconds = SILENT_SECONDS + task.seconds
        bodies = [encode(task.to_json())]
        while True:
            reply = child.request(*bodies, seconds=seconds, max_bytes=_MAX_BYTES)
            bodies.clear()
            match received(reply):
                case {"begin": int(number)}:
                    begin(number)
                case {"result": result}:
                    self._idle.put(child)
                    return result
                case _:
                    raise ended_early()

    def close(self) -> None:
        """End the child processes."""
        for child in self._children:
            child.close()


@contextmanager
def task_pool() -> Iterator[TaskPool]:
    """A pool whose children end with the body."""
    pool = TaskPool()
    try:
        yield pool
    finally:
        pool.close()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    """Carry out tasks until the parent process ends."""
    parent = ParentChannel(NICE)

    def begin(number: int) -> None:
        parent.send(encode({"begin": number}))

    while True:
        task = decode(parent.receive(_MAX_BYTES))
        try:
            reply = {"result": run_task(task, begin)}
        except Exception as fault:  # noqa: BLE001 - the parent raises it
            reply = encode_fault(fault)
        parent.send(encode(reply))


if __name__ == "__main__":
    main()
