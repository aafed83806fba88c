"""Tables: fitted to the width of a terminal, aligned with blanks in plain text."""

from collections.abc import Collection, Sequence
from io import StringIO

from rich.console import Console, JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bot.chat.rendering.escape import visible_line
from bot.chat.rendering.terminal import Screen
from bot.platforms.console import screen_of
from bot.platforms.streams import Output

_PLAIN = Screen(width=1_000_000, colors=None)


Row = tuple[str, ...]


def write_table(
    headings: Row, rows: Sequence[Row], output: Output, numbers: Collection[str]
) -> None:
    """Write a table; each row has one cell a column. Hostile characters become visible.

    `numbers` are the headings of columns that are aligned to the right. At a terminal the
    table fits the width, elsewhere each row is a line.
    """
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        # Numbers stay on one line; text is wrapped to the width that they leave.
        number = heading in numbers
        justify: JustifyMethod = "right" if number else "left"
        table.add_column(heading, justify=justify, no_wrap=number, overflow="fold")
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
