"""Numbers of list items, as people cite them: "4", and "2 (b)" for an item within another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from bot.core.documents import Landmark, LandmarkKind
from bot.ingest.readers.number_formats import letters, roman

_MARK = regex.compile(
    r"(?P<open>\(?)(?:(?P<figures>\p{Nd}{1,3})|(?P<letter>\p{L})|(?P<roman>[ivx]{1,5}))(?P<close>[.)])"
)
_CLOSE = regex.compile(r"[.)\s]+$")
_MOST_LEVELS = 9
_MOST_CHARACTERS = 20
_LETTERS = 26
_MOST_WRITTEN = 3_999


def item_landmark(marks: Sequence[str]) -> Landmark | None:
    """The landmark of an item by its mark and those of the items around it, the outermost first.

    A mark that begins with that of the item around it, as "2.1" below "2", stands for both.
    """
    cited = ""
    for mark in marks:
        own = mark.strip()
        is_enclosed = own.startswith("(") and own.endswith(")")
        own = own if is_enclosed and not cited else _CLOSE.sub("", own).removeprefix("(")
        if not own:
            continue
        is_whole = not cited or (own != cited and own.startswith(f"{cited}."))
        cited = own if is_whole else f"{cited} ({own})"
    has_use = 0 < len(cited) <= _MOST_CHARACTERS
    return Landmark(LandmarkKind.ITEM, cited) if has_use else None


@dataclass(slots=True)
class NestedMarks:
    """Landmarks of items whose depth and mark are told, as office programs do.

    Example: after "2." at depth 0, the item "b)" at depth 1 is "2 (b)". A bullet behind a
    paragraph may belong to that one, so it has no landmark.
    """

    _marks: dict[int, str] = field(default_factory=dict)
    _is_behind_paragraph: bool = False

    def end_list(self) -> None:
        """Note that a heading or new list follows: later items are not within earlier ones."""
        self._marks.clear()

    def pass_paragraph(self) -> None:
        """Note a paragraph that is no item."""
        self._is_behind_paragraph = True

    def landmark(self, depth: int, mark: str) -> Landmark | None:
        """The landmark of the next item; None for a bullet that is in no numbered item."""
        self._is_behind_paragraph &= not mark
        around = {level: own for level, own in self._marks.items() if level < depth}
        self._marks = around | {depth: mark}
        return None if self._is_behind_paragraph else item_landmark([*self._marks.values()])


@dataclass(slots=True)
class PrintedNumbers:
    """Landmarks of items whose numbers are printed, for formats that do not tell their nesting.

    A list within an item is known by its first number, in another form than those around it:
    after "2." comes "(a)". A number that is neither the first in its form nor the one after the
    last is no item's: a line may begin with the "5." of "page 5." by chance.
    """

    _open: list[tuple[str, str]] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=dict)

    def end_list(self) -> None:
        """Note that words follow that are no item: later items are not within earlier ones."""
        self._open.clear()

    def landmark(self, mark: str) -> Landmark | None:
        """The landmark of the next item, which is printed with `mark`; None for a bullet."""
        match = _MARK.fullmatch(mark.strip())
        if match is None:
            return None
        form, number = self._read(match)
        last = self._last.get(form)
        self._last[form] = number
        if number != 1 and last != number - 1:
            self._open.clear()
            return None
        forms = [each for each, _ in self._open]
        if form in forms:
            del self._open[forms.index(form) :]
        elif number != 1:
            self._open.clear()
        if len(self._open) < _MOST_LEVELS:
            self._open.append((form, mark))
        return item_landmark([each for _, each in self._open])

    def _read(self, match: regex.Match[str]) -> tuple[str, int]:
        """The form of a number, such as "(a)", and its value."""
        if match["figures"]:
            return f"{match['open']}1{match['close']}", int(match["figures"])
        sign = match["letter"] or match["roman"]
        readings = [
            (f"{match['open']}{first}{match['close']}", number)
            for first, written in zip(
                "ai" if sign.islower() else "AI", (letters, roman), strict=True
            )
            for number in range(1, _LETTERS + 1)
            if written(number) == sign.lower()
        ]
        expected = (each for each in readings if each[1] in (1, self._last.get(each[0], 0) + 1))
        return next(expected, readings[0] if readings else ("", 0))


@dataclass(slots=True)
class _OpenList:
    """A list that is being read; `number` is that of its last item, None without numbers."""

    number: int | None
    step: int
    form: str

    @property
    def mark(self) -> str:
        if self.number is None:
            return ""
        if not 0 < self.number <= _MOST_WRITTEN or self.form.lower() not in ("a", "i"):
            return str(self.number)
        text = (letters if self.form.lower() == "a" else roman)(self.number)
        return text.upper() if self.form.isupper() else text


@dataclass(slots=True)
class CountedItems:
    """Counts the items of nested lists, for formats that tell the nesting and print no numbers."""

    _lists: list[_OpenList] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether any list is open."""
        return bool(self._lists)

    @property
    def landmark(self) -> Landmark | None:
        """The landmark of the item that is open; one without a number has that around it."""
        return item_landmark([each.mark for each in self._lists])

    def open_list(self, first: int | None, form: str = "1", *, is_reversed: bool = False) -> None:
        """Begin a list: `first` is the number of its first item, None where they have none.

        `form` is the form of the number 1, one of 1, a, A, i and I.
        """
        step = -1 if is_reversed else 1
        self._lists.append(_OpenList(None if first is None else first - step, step, form))

    def next_item(self, number: int | None = None) -> None:
        """Begin an item of the innermost list, with another number than the next if given."""
        innermost = self._lists[-1] if self._lists else None
        if innermost is not None and innermost.number is not None:
            innermost.number = innermost.number + innermost.step if number is None else number

    def close_list(self) -> None:
        """End the innermost list."""
        if self._lists:
            self._lists.pop()
