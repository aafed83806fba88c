"""What a process holds, from Linux's own books; other systems tell less."""

import resource
import sys
from pathlib import Path

_PROCESSES = Path("/proc")
_PEAK = Path("/proc/self/clear_refs")
_FILES = Path("/proc/self/fd")
_THREADS = Path("/proc/self/task")


def _status(name: str, process: str = "self") -> int | None:
    file = _PROCESSES / process / "status"
    if not file.is_file():
        return None
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None


def resident() -> int:
    """Bytes of memory now held; the most ever held where only that can be told."""
    return _status("VmRSS") or most_ever()


def resident_of(process: int) -> int:
    """Bytes of memory that another process holds; 0 where that cannot be told."""
    return _status("VmRSS", str(process)) or 0


def most_of_children() -> int:
    """The most bytes that one of the child processes alive has held; 0 where not to be told."""
    children = (
        process
        for file in _THREADS.glob("*/children")
        for process in file.read_text(encoding="ascii").split()
    )
    return max((_status("VmHWM", process) or 0 for process in children), default=0)


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
