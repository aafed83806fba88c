"""The formats that are read, by the ending of a file's name, and the limits of reading a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text",
    "markdown",
    "mdx",
    "html",
    "pdf",
    "docx",
    "odt",
    "rtf",
    "csv",
    "tsv",
    "xlsx",
    "pptx",
    "eml",
    "mbox",
    "epub",
    "srt",
    "vtt",
    "rst",
    "asciidoc",
    "code",
    "log",
]

ReadingOrder = Literal["columns", "lines"]
"""How pages are read: column after column wherever lines hold several cells, or line by line."""

TEXTUAL: frozenset[Kind] = frozenset(
    (
        "text", "markdown", "mdx", "html", "csv", "tsv", "srt", "vtt", "rst", "asciidoc",
        "code", "log",
    )
)  # fmt: skip
"""The formats that are text, whose encoding has to be known before they are read."""

_CODE = """
    .astro .awk .bash .bat .c .cc .cfg .clj .cljs .cmake .cmd .conf .cpp .cs .css .cts .cxx .dart
    .diff .el .erl .ex .exs .f90 .fish .fs .go .gradle .graphql .groovy .h .hh .hpp .hrl .hs .hxx
    .ini .java .jl .js .json .json5 .jsonc .jsonl .jsx .kt .kts .less .lisp .lua .m .mjs .mk .ml
    .mli .mm .mts .nix .pas .patch .php .pl .pm .properties .proto .ps1 .py .pyi .r .rb .rkt .rs
    .sass .scala .scm .scss .sh .sol .sql .svelte .swift .tcl .tf .toml .ts .tsx .vb .vhd .vue
    .yaml .yml .zig .zsh
"""

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
    ".odt": "odt",
    ".rtf": "rtf",
    ".csv": "csv",
    ".tsv": "tsv",
    ".xlsx": "xlsx",
    ".pptx": "pptx",
    ".eml": "eml",
    ".mbox": "mbox",
    ".epub": "epub",
    ".srt": "srt",
    ".vtt": "vtt",
    ".rst": "rst",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    **dict.fromkeys(_CODE.split(), "code"),
    ".log": "log",
}
"""The format that each file name suffix stands for; suffixes in lower case, with their dot."""

SAVE_AS = ".txt, .md, .html, .pdf or .docx"
"""The suffixes that are proposed for a file of a kind that is not read."""

REMEDIES: Mapping[str, str] = {
    **dict.fromkeys((".xls", ".xlsb", ".xlsm", ".ods", ".numbers"), ".xlsx or .csv"),
    **dict.fromkeys((".ppt", ".pptm", ".odp", ".key"), ".pptx or .pdf"),
    **dict.fromkeys((".doc", ".docm", ".dot", ".pages", ".wpd"), ".docx or .odt"),
    **dict.fromkeys((".mobi", ".azw3"), ".epub"),
    ".msg": ".eml",
    ".tex": ".pdf",
    ".xml": ".html or .txt",
}
"""The suffixes that are proposed for files of well-known kinds that are not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that reading one file may take: bytes of the file, seconds, bytes of memory.

    `max_expanded_bytes` bounds what an office file or an e-book unpacks to. Text recognition may
    take seconds and memory for each page; `recognition_languages`, such as "eng+deu", are those
    that it knows, and none turn it off.
    """

    max_bytes: int = 20_000_000
    worker_seconds: float = 60.0
    worker_memory_bytes: int = 1_500_000_000
    max_expanded_bytes: int = 200_000_000
    recognition_languages: str = ""
