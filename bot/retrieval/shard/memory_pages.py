"""Memory for large arrays in small pages, where it must be had at once.

NumPy asks the system for pages of two megabytes. Those read somewhat faster, but where no
memory lies free in such pieces the system moves others about first: the arrays of an index
of 100,000 passages were there after 0.6 s, and after 0.15 s in small pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


def _switch() -> Callable[[bool], Any]:
    """NumPy's own switch, which tells how it stood; nothing where a NumPy to come has none."""
    try:
        module = import_module("numpy._core.multiarray")
    except ImportError:
        return bool
    found: Callable[[bool], Any] = getattr(module, "_set_madvise_hugepage", bool)
    return found


_huge_pages = _switch()


@contextmanager
def small_pages() -> Iterator[None]:
    """Let arrays that are made in the body have small pages."""
    before = bool(_huge_pages(False))
    try:
        yield
    finally:
        _huge_pages(before)
