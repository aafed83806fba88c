r"""Destinations: the uses of the words of groups in RTF, by the first control word of a group.

The text is the default. A group that begins with `\*` and a word that is not known is for
programs that know it, and is skipped.
"""

from collections.abc import Mapping
from enum import Enum, auto


class Destination(Enum):
    """The use of the words of a group."""

    TEXT = auto()
    SKIPPED = auto()
    FONTS = auto()
    STYLES = auto()
    TITLE = auto()
    MARK = auto()
    """The number or bullet of an item, as the program wrote it last."""
    EDGE = auto()
    """A header or footer of the pages."""
    INFO = auto()


BOXES = frozenset(("footnote", "shptxt", "dptxbxtext"))
"""Groups of paragraphs of their own within a paragraph."""

GAPS = frozenset(("mmath", "object"))
"""Groups that no text can hold."""

LEFT_OUT: Mapping[str, str] = {
    "pict": "pictures",
    "annotation": "comments",
}
"""Groups that are told by a remark."""

_SKIPPED = (
    "colortbl fldinst nonshppict shprslt sp nonesttables upr tc tcn xe rxe atnid atnauthor"
    " atndate atnref bkmkstart bkmkend revtbl list listtable listoverridetable private falt panose"
    " fontemb fontfile author operator creatim revtim printim buptim comment doccomm keywords"
    " subject category manager company hlinkbase template ftnsep ftnsepc ftncn aftnsep aftnsepc"
    " aftncn pn datafield formfield ffname objdata objclass objname mmathPr nesttableprops"
).split()

DESTINATIONS: Mapping[str, Destination] = {
    **dict.fromkeys((*_SKIPPED, *GAPS, *LEFT_OUT), Destination.SKIPPED),
    **dict.fromkeys((*BOXES, "shppict", "shp", "shpinst", "do", "fldrslt"), Destination.TEXT),
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), Destination.EDGE),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), Destination.EDGE),
    "fonttbl": Destination.FONTS,
    "stylesheet": Destination.STYLES,
    "info": Destination.INFO,
    "listtext": Destination.MARK,
    "pntext": Destination.MARK,
}
"""The destinations by the control word that begins a group."""
