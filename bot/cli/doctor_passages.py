"""Passages and questions of our own, with which `doctor` tries a reader.

There are as many passages, and about as many words, as a member's question may send, so that a
context that is too small and a model that is too slow show. All are alike but one.
"""

from bot.core.documents import Document, Passage, Source
from bot.ingest.readers.builder import DocumentBuilder
from bot.ingest.segment import passages
from bot.retrieval.answer.judge import MOST_JUDGED

ANSWERED = "how long do I have before my old chats vanish?"
ANSWER = (
    "Messages in a room are purged after thirty days. Pinned ones stay until the room is closed."
)
UNANSWERED = "which goalkeeper saved the most penalties at the last world cup?"
HEADINGS = (
    "Guide to the house › Messages and their retention",
    "Guide to the house › Rooms and their keys",
    "Guide to the house › Guests",
    "Guide to the house › Fees and refunds",
)

_TITLE = "Guide to the house"
_ROOMS = """library workshop kitchen laundry cellar attic studio darkroom pottery music-room
reading-room map-room greenhouse boiler-room bicycle-shed carpentry tool-shed print-room archive
wash-house weaving-room sewing-room tasting-room garage office nursery gym sauna chapel""".split()
_RULES = (
    "The {room} is open from {opens} in the morning until {closes} in the evening.",
    "Its key hangs on hook {number} beside the front door, and goes back there the same day.",
    "No more than {people} people may be in the {room} at once, guests of members included.",
    "Whoever leaves the {room} last closes its windows, turns the heating down and locks up.",
    "It is booked for an afternoon or an evening by writing into the list at its door.",
    "A booking that is not taken up within half an hour may be used by whoever comes first.",
    "Damage in the {room} is reported to the caretaker, who writes it into book {number}.",
    "Cleaning the {room} is the turn of flat {flat}, on the last Saturday of every month.",
)


def trial_passages() -> tuple[Passage, ...]:
    """The passages, of which the one in the middle answers `ANSWERED` and none `UNANSWERED`."""
    texts = [_rules(number, room) for number, room in enumerate(_ROOMS[: MOST_JUDGED - 1], 1)]
    texts.insert(len(texts) // 2, ANSWER)
    built = DocumentBuilder()
    for text in texts:
        built.add(text)
    source = Source(_TITLE)
    return passages(Document("guide.md", "", "guide.md", source, built.text, tuple(built.blocks)))


def _rules(number: int, room: str) -> str:
    """A passage on one room."""
    return " ".join(_RULES).format(
        room=room.replace("-", " "),
        number=number,
        opens=6 + number % 4,
        closes=7 + number % 5,
        people=4 + number % 9,
        flat=number % 14 + 1,
    )
