"""The EPUB reader: the chapters of a book, each read as a page of HTML; runs in the sandbox only.

ebooklib would read the package as well; its licence (AGPL) would bind the program.
"""

from dataclasses import replace

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.display_names import label
from bot.ingest.readers import html
from bot.ingest.readers.builder import UNREADABLE, DocumentBuilder
from bot.ingest.readers.epub_notes import Note, take_notes
from bot.ingest.readers.epub_package import Chapter, read_package
from bot.ingest.readers.headings import main_headings, titled

_NAMED_CHARACTERS = 200


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The blocks of a book in the order of reading, titled by its metadata.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    package = read_package(data, max_expanded_bytes)
    notes = take_notes({chapter.path: chapter.tree for chapter in package.chapters})
    built = DocumentBuilder()
    for chapter in package.chapters:
        _add_chapter(chapter, notes.get(chapter.path, []), built)
    named = label(", ".join(package.missing), _NAMED_CHARACTERS)
    remarks = [f"lacks chapters that it names ({named})"] if named else []
    return titled(built, (package.title,), remarks)


def _add_chapter(chapter: Chapter, notes: list[Note], built: DocumentBuilder) -> None:
    try:
        parsed = html.parse((chapter.tree.html or "").encode("utf-8", "surrogatepass"))
    except DocumentError:  # a page of no words, such as the cover
        return
    text, blocks = parsed.text, list(parsed.blocks)
    headings = main_headings(blocks)
    if chapter.heading and blocks[0] not in headings:
        # Its first words would stand under the last heading of the chapter before.
        same = [head.level for head in headings if head.span.of(text) == chapter.heading]
        level = same[0] if same else 1
        if blocks[0].span.of(text).casefold() == chapter.heading.casefold():
            blocks[0] = replace(blocks[0], kind=BlockKind.HEADING, level=level)
        else:
            built.add(chapter.heading, BlockKind.HEADING, level)
    marks = _marks(notes, [block.span.of(text) for block in blocks])
    end = 0
    for number, block in enumerate(blocks):
        if UNREADABLE in text[end : block.span.start]:
            built.add_gap()
        words, end = block.span.of(text), block.span.end
        if number in marks:
            mark, begins = marks[number]
            landmark = Landmark(LandmarkKind.NOTE, mark)
            built.add(words[begins:], landmark=landmark, mark=words[:begins].strip())
        else:
            built.add(words, block.kind, block.level, landmark=block.landmark)


def _marks(notes: list[Note], blocks: list[str]) -> dict[int, tuple[str, int]]:
    """The mark of the note for each block of one, by its number, and where its words begin.

    A note is the next blocks with its words.
    """
    found: dict[int, tuple[str, int]] = {}
    place = 0
    for note in notes:
        size = len(note.paragraphs)
        places = range(place, len(blocks) - size + 1)
        first = next((n for n in places if blocks[n : n + size] == note.paragraphs), None)
        if first is None:
            continue
        place = first + size
        found.update((n, (note.mark, note.begin if n == first else 0)) for n in range(first, place))
    return found
