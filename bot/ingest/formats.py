"""The formats that are read, by the ending of a file's name, and the limits of reading a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "markdown", "mdx", "html", "pdf", "docx"]

SUFFIXES: Mapping[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "mdx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}
"""The format that each file name suffix stands for; suffixes in lower case, with their dot."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that reading one file may take: bytes of the file, seconds, bytes of memory.

    `max_expanded_bytes` bounds what a DOCX file unpacks to. Text recognition may take seconds and
    memory for each page; `recognition_languages`, such as "eng+deu", are those that it knows, and
    none turn it off.
    """

    max_bytes: int = 20_000_000
    worker_seconds: float = 60.0
    worker_memory_bytes: int = 1_500_000_000
    max_expanded_bytes: int = 200_000_000
    recognition_languages: str = ""
