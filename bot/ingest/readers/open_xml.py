"""Parts and relations of Office Open XML, which XLSX and PPTX have in common.

Such a file is an archive of parts in XML. A part names others by relations, which stand in a
part beside it: those of `ppt/slides/slide1.xml` in `ppt/slides/_rels/slide1.xml.rels`. All
functions are for archives that `bot.ingest.readers.packages` has checked.
"""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

from bot.ingest.readers.packages import part_path

RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CORE = "docProps/core.xml"
_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a part: the last word of its type, and the part that it leads to."""

    kind: str
    target: str


def root_of(archive: zipfile.ZipFile, part: str) -> Element:
    """The root of a part in XML."""
    return fromstring(archive.read(part))  # noqa: S314 - the check refuses entities


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, Relation]:
    """The relations of `part`, or of the archive, by their id; none to other files."""
    folder, name = posixpath.split(part)
    source = posixpath.join(folder, "_rels", f"{name}.rels")
    if source not in archive.namelist():
        return {}
    return {
        each.get("Id", ""): Relation(
            each.get("Type", "").rpartition("/")[2],
            part_path(part, each.get("Target", "")),
        )
        for each in root_of(archive, source)
        if each.get("TargetMode") != "External"
    }


def main_part(archive: zipfile.ZipFile) -> str:
    """The name of the part that holds the document, or names the parts that do."""
    roots = relations(archive, "").values()
    return next(each.target for each in roots if each.kind == "officeDocument")


def core_title(archive: zipfile.ZipFile) -> str:
    """The title in the properties of the file; empty if there is none."""
    if _CORE not in archive.namelist():
        return ""
    return root_of(archive, _CORE).findtext(_CORE_TITLE) or ""


def left_out_remark(names: Sequence[str]) -> Iterator[str]:
    """The remark that tells what was left out, as "comments" and "pictures"; none for nothing."""
    if names:
        *first, last = names
        named = f"{', '.join(first)} and {last}" if first else last
        yield f"is read without its {named}"
