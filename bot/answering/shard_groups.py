"""How the documents of a corpus are cut into shards: a pure function of its files."""

from collections.abc import Iterable, Mapping, Sequence

from xxhash import xxh3_64_intdigest

from bot.answering.store import shard_name
from bot.ingest.folder_record import FileRecord, FolderRecord

MOST_PASSAGES = 70_000
"""Passages of one shard, unless a single document has more."""


def shard_groups(record: FolderRecord) -> Iterable[tuple[str, list[str]]]:
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
