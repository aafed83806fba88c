"""The parsers of the curators' files: manifests (`sources.toml`) and `glossary.toml`.

A manifest has one table a document, named by its path below the folder of the manifest,
with forward slashes and in quotes. Every key may be left out:

    ["minutes/2016-12.pdf"]
    title = "Minutes of December"
    author = "The secretary"
    publisher = "Town council"
    date = "2016-12"              # YYYY, YYYY-MM or YYYY-MM-DD
    date_note = "approved in January"
    url = "https://example.org/minutes"
    about = "What the council decided in its last meeting of the year."
    collection = "council"        # instead of the top folder's name
    exclude = ["Page 1 of 3"]     # whole lines that are never quoted
    leave_out = ["References"]    # headings of sections that are never quoted
    encoding = "windows-1250"     # of a text that is not UTF-8
    language = "de"               # ISO 639-1, where it is not identified right
    order = "lines"               # or "columns": how the pages of a PDF are read

A manifest may stand in any folder of the corpus. If two manifests have a table for one
document, that of the manifest in the deeper folder replaces the other as a whole. A line

    reader = false

above all tables keeps the whole collection from a reader, a model outside of this program; beside
the top folders, it keeps all documents from it.

`glossary.toml` holds groups of names that mean the same. A name may stand in several
groups (an abbreviation with two meanings), but only once in each:

    [[group]]
    names = ["ISIL", "ISIS", "Daesh", "Islamic State"]
    collection = "council"        # only where the group is for one collection

and words none of which is ever read as another, in the same form:

    [[apart]]
    names = ["steals", "stalls"]

A glossary in a top folder, or deeper, is for that folder's collection alone.
Both files are UTF-8. A fault in either raises `ManifestError` with one sentence.
"""

import codecs
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

import regex
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from bot.core.corpus import NameGroup
from bot.core.errors import ManifestError
from bot.ingest.display_names import LABEL_CHARACTERS, display_name, has_invisible, label
from bot.ingest.exclusions import normalized
from bot.ingest.formats import ReadingOrder
from bot.ingest.toml_tables import TomlModel, parse_toml, problem_of, quoted

COLLECTION = regex.compile(r"[\p{L}\p{M}\p{N}_-]{1,100}")
"""The names that a manifest may give to a collection."""

ABOUT_CHARACTERS = 1_000
URL_CHARACTERS = 2_000

_NO_TEXT_ENCODINGS = frozenset(
    ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7")
)
_LANGUAGE = regex.compile(r"[a-z]{2,3}")
_READER = "reader"

_GROUPS = ("group", "apart")
"""The tables of a glossary."""

_DATE = regex.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_UNSAFE_IN_URL = frozenset('<>"\\`{}|^')


def _text(
    max_length: int, empty: str = "is empty; fill it in or leave the key out"
) -> AfterValidator:
    def check(value: str) -> str:
        line = label(value, max_length)
        if not line:
            raise ValueError(empty)
        return line

    return AfterValidator(check)


def _iso(value: object) -> object:
    """A TOML date or a bare year as ISO 8601 text; text unchanged; None for any other value."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
        return str(value)
    return value if isinstance(value, str) else None


def _date(value: str | None) -> str:
    value = (value or "").strip()
    if _DATE.fullmatch(value):
        with suppress(ValueError):
            date.fromisoformat(f"{value}-01-01"[:10])
            return value
    raise ValueError("is no date; write YYYY, YYYY-MM or YYYY-MM-DD")


def _url(value: str) -> str:
    value = value.strip()
    if len(value) > URL_CHARACTERS:
        raise ValueError(f"is longer than {URL_CHARACTERS:,} characters; give a shorter link")
    if has_invisible(value) or any(c.isspace() or c in _UNSAFE_IN_URL for c in value):
        raise ValueError(
            "holds a blank, a control character or a sign that links cannot have;"
            " write it percent-encoded"
        )
    try:
        parts = urlsplit(value)
        web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        web = False
    if not web:
        raise ValueError("is no web address; write one that starts with https:// or http://")
    if "@" in urlsplit(value).netloc:
        raise ValueError("holds a user name or a password; take them out")
    return value


def _collection(value: str) -> str:
    if not COLLECTION.fullmatch(value):
        raise ValueError("is no name for a collection; use letters, digits, - and _")
    return value


def _encoding(value: str) -> str:
    try:
        codec = codecs.lookup(value)
        bytes(4).decode(value)  # they are whole characters in UTF-16 and UTF-32, too
    except (LookupError, ValueError):
        codec = None
    if codec is None or codec.name in _NO_TEXT_ENCODINGS:
        raise ValueError('is no encoding; write its usual name, as "windows-1250" or "koi8-r"')
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('is no code of a language; write that of ISO 639-1, as "de"')
    return value


def _order(value: str) -> str:
    if value not in get_args(ReadingOrder):
        raise ValueError('is neither "columns" nor "lines"; write one of them')
    return value


def _line(value: str) -> str:
    if len(value.splitlines()) > 1:
        raise ValueError("holds a line break; give each line as a text of its own")
    if not normalized(value):
        raise ValueError("is empty; give the line as it stands in the document")
    return normalized(value)


Label = Annotated[str, _text(LABEL_CHARACTERS)]
_NAME = _text(LABEL_CHARACTERS, empty="is empty; fill in a name or take it out")
_STRICT = Field(strict=True)
_LAX = Field(strict=False)  # TOML has lists, and no tuples


class SourceEntry(TomlModel):
    """One table of a manifest: a curator's data on a document."""

    title: Label | None = None
    author: Label | None = None
    publisher: Label | None = None
    date: Annotated[str | None, BeforeValidator(_iso), AfterValidator(_date)] = None
    date_note: Label | None = None
    url: Annotated[str, AfterValidator(_url)] | None = None
    about: Annotated[str, _text(ABOUT_CHARACTERS)] | None = None
    collection: Annotated[str, AfterValidator(_collection)] | None = None
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    language: Annotated[str, AfterValidator(_language)] | None = None
    order: Annotated[ReadingOrder, BeforeValidator(_order)] | None = None
    exclude: Annotated[tuple[Annotated[str, _STRICT, AfterValidator(_line)], ...], _LAX] = ()
    leave_out: Annotated[tuple[Annotated[str, _STRICT, AfterValidator(_line)], ...], _LAX] = ()

    @property
    def reading(self) -> str:
        """How the file is read, as `Document.reading` has it."""
        named = {"encoding": self.encoding, "language": self.language, "order": self.order}
        return ", ".join(f"{key} {value}" for key, value in named.items() if value)


class _GroupEntry(TomlModel):
    names: Annotated[tuple[Annotated[str, _STRICT, _NAME], ...], _LAX]
    collection: Annotated[str, _NAME] | None = None


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """The table that is used for a document, and the path of the manifest it stands in."""

    manifest: str
    source: SourceEntry


def entry_path(name: str) -> str:
    """A document's path in the form in which tables and files are compared.

    A letter may be stored composed (NFC) or, as macOS does, decomposed.
    """
    return unicodedata.normalize("NFC", name.removeprefix("./"))


def parse_manifest(file: str, data: bytes) -> dict[str, SourceEntry]:
    """The tables of a `sources.toml` by the path they name, below the manifest's folder.

    `file` names the manifest in the sentence of the `ManifestError`.
    """
    where = display_name(file)
    entries: dict[str, SourceEntry] = {}
    for name, table in parse_toml(file, data).items():
        if name == _READER and not isinstance(table, dict):
            continue
        if not isinstance(table, dict):
            raise ManifestError(
                f"{where}: key {quoted(name)} stands outside of a table; put it below the name of"
                ' a document, as in ["report.pdf"].'
            )
        if entry_path(name) in entries:
            raise ManifestError(f"{where}: table {quoted(name)} is there twice; leave one of them.")
        try:
            entries[entry_path(name)] = SourceEntry.model_validate(table)
        except ValidationError as fault:
            problem = problem_of(fault, SourceEntry)
            raise ManifestError(f"{where}: table {quoted(name)}, {problem}") from None
    return entries


def allows_reader(file: str, data: bytes) -> bool:
    """Whether a `sources.toml` leaves its documents to a reader, a model outside the program."""
    value = parse_toml(file, data).get(_READER, True)
    if isinstance(value, bool | dict):
        return value is not False
    raise ManifestError(
        f'{display_name(file)}: key "{_READER}" is neither true nor false; correct it.'
    )


def merge_manifests(
    manifests: Mapping[str, Mapping[str, SourceEntry]],
) -> tuple[dict[str, ManifestEntry], list[str]]:
    """All tables by document path below the corpus folder, and notes on overridden ones.

    `manifests` maps each manifest's path below the corpus folder to its tables.
    """
    entries: dict[str, ManifestEntry] = {}
    notes: list[str] = []
    for file in sorted(manifests, key=lambda path: (path.count("/"), path)):
        folder = file[: file.rfind("/") + 1]
        for name, source in manifests[file].items():
            path = entry_path(folder + name)
            if path in entries:
                notes.append(
                    f"{display_name(entries[path].manifest)}: table {quoted(path)} does not hold,"
                    f" for {display_name(file)} has one for the same document"
                )
            entries[path] = ManifestEntry(file, source)
    return entries, notes


def parse_glossary(file: str, data: bytes, collection: str | None = None) -> tuple[NameGroup, ...]:
    """The name groups of a `glossary.toml`, in order, those that are kept apart last.

    `collection` is the one of the glossary's folder, None beside the top folders; `file`
    names the glossary in the sentence of the `ManifestError`.
    """
    content = parse_toml(file, data)
    where = display_name(file)
    for key, tables in content.items():
        if key not in _GROUPS:
            raise ManifestError(
                f"{where}: key {quoted(key)} is unknown; write names that mean the same under"
                " [[group]], and words that are not to be confused under [[apart]]."
            )
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ManifestError(
                f"{where}: key {quoted(key)} is not a list of tables; write [[{key}]] in double"
                " brackets."
            )
    return tuple(
        _group(f"{where}: {key} {number}", table, collection, apart=key == "apart")
        for key in _GROUPS
        for number, table in enumerate(content.get(key, []), 1)
    )


def _group(where: str, table: dict[str, Any], collection: str | None, *, apart: bool) -> NameGroup:
    try:
        entry = _GroupEntry.model_validate(table)
    except ValidationError as fault:
        raise ManifestError(f"{where}, {problem_of(fault, _GroupEntry)}") from None
    if len(entry.names) < 2:
        raise ManifestError(f'{where}, key "names" holds fewer than two names; add another.')
    seen: set[str] = set()
    for name in entry.names:
        if name.casefold() in seen:
            raise ManifestError(
                f'{where}, key "names" holds {quoted(name)} twice; take one of them out.'
            )
        seen.add(name.casefold())
    if collection is not None and entry.collection not in {None, collection}:
        raise ManifestError(
            f'{where}, key "collection" is {quoted(entry.collection)}, but a glossary in this'
            f" folder is for {quoted(collection)}; leave the key out, or move the group to the"
            " glossary at the top."
        )
    return NameGroup(entry.names, collection or entry.collection, apart)
