"""Sources Say: answers about a set of documents, only in verbatim, cited excerpts."""

__version__ = "0.1.0"
