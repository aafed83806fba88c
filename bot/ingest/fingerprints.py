"""What tells without reading it that a file is as it was when it was last read.

As Git does for its index: the size, the two times, the inode and the device of a file
are kept beside the hash of its bytes. Where all of them are the same, so are the bytes,
but for one case, which Git calls racy: a file that was written again within the same
tick of the file system's clock, after it was read, and with the same size. So what was
written shortly before it was read is read again the next time.

The time of the last change of the inode is among them because programs that copy files
set the other time back; nobody can set this one. Windows has no such time, and there
every file is read.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import NamedTuple

SETTLED_NS = 3_000_000_000
"""A file is settled this long after its last change: the coarsest clock has ticks of 2 s."""


class Signature(NamedTuple):
    """Bytes, nanoseconds, nanoseconds, and which file it is of which file system."""

    size: int
    written: int
    changed: int
    inode: int
    device: int


def signature_of(state: os.stat_result) -> Signature | None:
    """The signature of a file in this state; None where the system's tells too little."""
    if sys.platform == "win32" or not state.st_ino:
        return None
    return Signature(
        state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: its signature, the time just before in nanoseconds, its hash."""

    signature: Signature | None
    began: int
    revision: str

    def holds_for(self, now: Signature | None) -> bool:
        """Whether a file whose signature is `now` has the same bytes, for certain."""
        return (
            now is not None
            and now == self.signature
            and max(now.written, now.changed) + SETTLED_NS < self.began
        )
