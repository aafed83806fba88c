"""What a process holds, from Linux's own books; other systems tell less."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PEAK = Path("/proc/self/clear_refs")
_FILES = Path("/proc/self/fd")


def _status(name: str) -> int | None:
    if not _STATUS.is_file():
        return None
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None


def resident() -> int:
    """Bytes of memory now held; the most ever held where only that can be told."""
    return _status("VmRSS") or most_ever()


def most() -> int:
    """The most bytes held since `forget_most`, or ever where that had no effect."""
    return _status("VmHWM") or most_ever()


def most_ever() -> int:
    """The most bytes this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_most() -> None:
    """Let `most` count from what is held now."""
    try:
        _PEAK.write_text("5", encoding="ascii")
    except OSError:
        # Elsewhere, or not allowed: then the making of the corpus counts as well.
        return


def open_files() -> int:
    """Open file handles of this process; 0 where that cannot be told."""
    return sum(1 for _ in _FILES.iterdir()) if _FILES.is_dir() else 0
