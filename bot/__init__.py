"""Sources Say: answers about a set of documents, only in verbatim, cited excerpts."""

import os

# What is multiplied here is small. Threads for it wait for each other, and on a busy machine
# that takes several times as long as the product itself. Read when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
