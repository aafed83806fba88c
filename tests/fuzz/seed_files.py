"""Files to make mutants of: small ones of our own for each suffix, and those of given folders.

A suffix without a maker of its own gets the texts: what is read as text needs no other.
"""

import gzip
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from bot.ingest.formats import SUFFIXES
from tests.fuzz import seed_texts
from tests.fuzz.archives import members, zipped
from tests.fuzz.seed_office import docx_files, epub, odt, pdfs, pptx, xlsx

_LARGEST_SEED = 500_000


def seeds_of(suffix: str) -> list[bytes]:
    """Our own files of a format."""
    make = _MAKERS.get(suffix)
    if make is not None:
        return [_always_the_same(data) for data in make()]
    text = _TEXTS.get(suffix)
    texts = (text,) if text is not None else (seed_texts.CODE, seed_texts.PYTHON, seed_texts.PLAIN)
    return [each.encode() for each in texts]


def seeds_by_kind(folders: Iterable[Path]) -> dict[str, list[tuple[str, bytes]]]:
    """Suffix and bytes of our own files, and those in `folders`, for each format and archives."""
    tar = _tar()
    packed = [(".zip", _zip()), (".tar", tar), (".tgz", gzip.compress(tar, mtime=0))]
    seeds: dict[str, list[tuple[str, bytes]]] = {"archive": packed}
    for suffix, kind in SUFFIXES.items():
        seeds.setdefault(kind, []).extend((suffix, data) for data in seeds_of(suffix))
    for path in sorted(each for folder in folders for each in folder.rglob("*")):
        suffix = path.suffix.lower()
        if suffix in SUFFIXES and path.is_file() and path.stat().st_size <= _LARGEST_SEED:
            seeds[SUFFIXES[suffix]].append((suffix, _always_the_same(path.read_bytes())))
    return seeds


def _always_the_same(data: bytes) -> bytes:
    """An archive without the time at which it was made; any other file as it is."""
    packed = members(data) if data.startswith(b"PK\x03\x04") else None
    return data if packed is None else zipped(packed)


def _zip() -> bytes:
    return zipped(
        [
            ("rules/a.txt", seed_texts.PLAIN.encode()),
            ("rules/b.md", seed_texts.MARKDOWN.encode()),
            ("c.docx", _always_the_same(docx_files()[0])),
            ("d.zip", zipped([("e.txt", b"The rain fell.")])),
            ("../f.txt", b"Outside."),
        ]
    )


def _tar() -> bytes:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in (("a.txt", seed_texts.PLAIN), ("b/c.md", seed_texts.MARKDOWN)):
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, BytesIO(text.encode()))
        link = tarfile.TarInfo("passwd.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return made.getvalue()


_MAKERS: Mapping[str, Callable[[], Sequence[bytes]]] = {
    ".pdf": pdfs,
    ".docx": docx_files,
    ".xlsx": lambda: (xlsx(),),
    ".pptx": lambda: (pptx(),),
    ".odt": lambda: (odt(),),
    ".epub": lambda: (epub(),),
}
_TEXTS: Mapping[str, str] = {
    **dict.fromkeys((".txt", ".text"), seed_texts.PLAIN),
    **dict.fromkeys((".md", ".markdown"), seed_texts.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), seed_texts.HTML),
    ".csv": seed_texts.CSV,
    ".tsv": seed_texts.CSV.replace(",", "\t"),
    ".rst": seed_texts.RST,
    **dict.fromkeys((".adoc", ".asciidoc"), seed_texts.ADOC),
    **dict.fromkeys((".yaml", ".yml"), seed_texts.YAML),
    **dict.fromkeys((".py", ".pyi"), seed_texts.PYTHON),
    ".mdx": seed_texts.MDX,
    ".rtf": seed_texts.RTF,
    ".eml": seed_texts.EML,
    ".mbox": seed_texts.MBOX,
    ".srt": seed_texts.SRT,
    ".vtt": seed_texts.VTT,
    ".log": seed_texts.LOG,
    ".json": seed_texts.JSON,
    ".toml": seed_texts.TOML,
}
