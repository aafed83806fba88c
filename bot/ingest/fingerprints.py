"""Fingerprints: evidence that a file is unchanged since it was read, without reading it.

As in Git's index, the size, the times, the inode and the device of a file are kept beside
the hash of its bytes. If all of them are equal, so are the bytes, with one exception, which
Git calls racy: a file written twice within one tick of the file system's clock, the second
time after it was read and with the same size. A file that was written shortly before it was
read is therefore read again at the next load.

The time of the inode's last change is included because copying programs set the time of
the last write back; no program can set this one.
"""

import os
from dataclasses import dataclass
from typing import NamedTuple

SETTLED_NS = 3_000_000_000
"""A file is settled this long after its last change: the coarsest clock has ticks of 2 s."""


class Signature(NamedTuple):
    """A file's size in bytes, two times in nanoseconds, its inode, its device."""

    size: int
    written: int
    changed: int
    inode: int
    device: int


def signature_of(state: os.stat_result) -> Signature | None:
    """The signature of a file in this state; None where the system does not give all fields."""
    if not state.st_ino:
        return None
    return Signature(
        state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev
    )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file that was read: its signature, the time just before in nanoseconds, its hash."""

    signature: Signature | None
    read_at: int
    revision: str

    def matches(self, signature: Signature | None) -> bool:
        """Whether a file that has `signature` now certainly holds the bytes that were read."""
        return (
            signature is not None
            and signature == self.signature
            and max(signature.written, signature.changed) + SETTLED_NS < self.read_at
        )
