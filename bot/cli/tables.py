"""Tables: fitted to the width of a terminal, aligned with blanks in plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bot.chat.rendering.escape import visible_line
from bot.chat.rendering.terminal import Screen
from bot.platforms.console import screen_of
from bot.platforms.streams import Output

_PLAIN = Screen(width=1_000_000, colors=None)


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column, and whether it holds numbers."""

    heading: str
    number: bool = False


Row = tuple[str, ...]


def write_table(columns: Sequence[Column], rows: Sequence[Row], output: Output) -> None:
    """Write a table; each row has one cell a column. Hostile characters become visible.

    At a terminal it fits the width, elsewhere each row is a line.
    """
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        # Numbers stay on one line; text is wrapped to the width that they leave.
        table.add_column(
            column.heading,
            justify="right" if column.number else "left",
            no_wrap=column.number,
            overflow="fold",
        )
    for row in rows:
        # Text objects, because rich would read brackets in a string as markup.
        table.add_row(*(RichText(visible_line(cell)) for cell in row))
    screen = screen_of(output.stream) if output.is_terminal else _PLAIN
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=screen.width,
        force_terminal=screen.colors is not None,
        no_color=screen.colors is None,
        highlight=False,
    )
    console.print(table)
    for line in buffer.getvalue().splitlines():
        output.write((line if output.is_terminal else line.rstrip()) + "\n")
