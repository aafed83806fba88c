"""The blocks of an RTF file: notes wait for the end of their section, boxes for their paragraph."""

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.ingest.readers.builder import DocumentBuilder
from bot.ingest.readers.headings import SIDE_HEADING, titled
from bot.ingest.readers.item_numbers import NestedMarks


class RtfBlocks:
    """Collects the blocks of one file."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, list[str]]] = []
        """The mark and the paragraphs of each note that was referred to in this section."""
        self.boxes: list[str] = []
        """The paragraphs of boxes that are anchored in the paragraph that is being read."""
        self._builder = DocumentBuilder()
        self._marks = NestedMarks()
        self._column_names = ""
        self._title = ""

    def add_heading(self, body: str, level: int, *, is_title: bool) -> None:
        """Add a heading; `is_title` tells that it bears the title style."""
        self._add_notes()
        self._marks.end_list()
        if is_title and not self._title:
            self._title = body
        self._add(body, BlockKind.HEADING, min(level, SIDE_HEADING - 1))

    def add_paragraph(self, body: str) -> None:
        """Add a paragraph that is no item."""
        self._marks.pass_paragraph()
        self._add(body, BlockKind.PARAGRAPH)

    def add_item(self, body: str, depth: int, mark: str) -> None:
        """Add an item, whose text begins with `mark`, which is empty for a bullet."""
        self._add(body, BlockKind.ITEM, landmark=self._marks.landmark(depth, mark))

    def add_row(self, text: str, *, names_columns: bool) -> None:
        """Add the row of a table; one that names the columns is a row if none is below it."""
        names, self._column_names = self._column_names, ""
        self._builder.add(" ".join(names.split()), BlockKind.HEADING, SIDE_HEADING)
        if names_columns:
            self._column_names = text
        else:
            self._add(text, BlockKind.ROW)

    def parsed(self, title: str, remarks: tuple[str, ...]) -> Parsed:
        """The document; `title` is that of its properties."""
        self._add("", BlockKind.PARAGRAPH)
        self._add_notes()
        return titled(self._builder, (title, self._title), remarks)

    def _add(
        self, body: str, kind: BlockKind, level: int = 0, landmark: Landmark | None = None
    ) -> None:
        names, self._column_names = self._column_names, ""
        self._builder.add(names, BlockKind.ROW)
        self._builder.add(body, kind, level, landmark=landmark)
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            self._builder.add(box)

    def _add_notes(self) -> None:
        notes, self.notes = self.notes, []
        for mark, bodies in notes:
            sign = mark
            for body in bodies:
                landmark = Landmark(LandmarkKind.NOTE, mark)
                self._builder.add(body, landmark=landmark, mark=sign)
                sign = ""
