"""Resource limits that a process sets for itself."""

import os
import resource
from pathlib import Path

_MOST_FILES = 65_536
_SPARE_SECONDS = 2
_UNKNOWN_ADDRESS_SPACE = 64_000_000


def limit_resources(cpu_seconds: float, address_space: int) -> None:
    """Allow so many more seconds of processor time, and so many bytes of address space in all.

    No file can be written, and a crash leaves no memory dump of the document on the disk. Both
    figures are soft limits, for the next file may have others.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _set_soft_limit(resource.RLIMIT_CPU, int(used + cpu_seconds) + _SPARE_SECONDS)
    _set_soft_limit(resource.RLIMIT_AS, address_space)


def raise_file_limit() -> None:
    """Allow as many open files as the system lets a process have: each mapped array keeps one."""
    _set_soft_limit(resource.RLIMIT_NOFILE, _MOST_FILES)


def used_address_space() -> int:
    """Bytes of address space this process has now, from Linux; elsewhere an estimate."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return _UNKNOWN_ADDRESS_SPACE


def _set_soft_limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, hard))
    except (ValueError, OSError):
        return  # some platforms name a limit but do not have it
