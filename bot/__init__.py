"""Sources Say: answers about a set of documents, only in verbatim, cited excerpts."""

import os

__version__ = "0.2.0.dev0"

# Before NumPy is imported, which looks at it once. Its library for matrices otherwise starts a
# thread for each processor, and each of them waits at full speed for work of microseconds: a
# reply then takes several times the processor, and everything else stands still beside it.
# One thread also adds up in the same order on every machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
