"""Commands: everything that a person can ask the bot to do, as one closed type, `Command`.

Typed words, slash commands, context menus, buttons and reactions all become one of these
values, and `ChatService.handle` carries all of them out. `command_grammar` has the table of
their names and reads what is typed; Discord's options stand in `platforms/discord/commands`.
"""

from dataclasses import dataclass

from bot.chat.buttons import Action, Verb
from bot.chat.small_talk import SmallTalk
from bot.chat.texts.languages import Language
from bot.chat.texts.notices import Notice
from bot.state.records import Mode, Verdict


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it was typed, without blanks around it; `collection` narrows the scope."""

    question: str
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ListSources:
    """List all documents, or those of one collection."""

    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ShowSource:
    """Show the facts about a document: `name` is part of its name, or `#` and its path's key.

    If no document matches, `or_ask` is asked as a question, unless it is None.
    """

    name: str
    or_ask: str | None = None


@dataclass(frozen=True, slots=True)
class More:
    """Show further excerpts of the last reply, or the next page of the last list."""


@dataclass(frozen=True, slots=True)
class Context:
    """Show the paragraphs around an excerpt of the last reply; `number` counts from 1."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class VoteOnLast:
    """Vote on the last reply; `why` is the reason or a remark in words, or empty."""

    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Add a remark to the vote against the reply `of`."""

    of: str
    text: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Show one of the excerpts that the last reply, a silence, offers; `number` counts from 1.

    If it offers none, `or_ask` is asked as a question, unless it is None.
    """

    number: int = 1
    or_ask: str | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """Show how to ask, and the commands."""


@dataclass(frozen=True, slots=True)
class About:
    """Describe the bot and the data that it keeps."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete the data that names the person who asks for it."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the console."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the documents again."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Show the status of the corpus, of votes and of unanswered questions."""


@dataclass(frozen=True, slots=True)
class ListUnanswered:
    """List the questions that met silence."""


@dataclass(frozen=True, slots=True)
class ListFeedback:
    """List the replies that did not help, or show the one with that number, counted from 1."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class ShowCandidates:
    """Show what could answer question `number` of the last list of questions, to be pinned."""

    number: int


@dataclass(frozen=True, slots=True)
class PinCandidate:
    """Pin what was shown as number `candidate` for question `number` of the last list."""

    number: int
    candidate: int


@dataclass(frozen=True, slots=True)
class FindQuote:
    """Show where `words` stand, to be pinned to a question; without words what could answer it."""

    question: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class ListPins:
    """List the pins, and which of them answer no more."""


@dataclass(frozen=True, slots=True)
class Unpin:
    """Take out pin `number` of the last list of pins."""

    number: int


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the last change of a pin."""


@dataclass(frozen=True, slots=True)
class ShowLog:
    """Show the log of the operations of curators and managers."""


@dataclass(frozen=True, slots=True)
class AddDocument:
    """Add the attached file of the request to a collection of the corpus folder."""

    collection: str | None
    replace: bool


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """Ask whether to remove a document; `name` as in `ShowSource`."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowRoom:
    """Show the settings of a room; `with_choices` also what members see, and how to change it."""

    with_choices: bool = False


@dataclass(frozen=True, slots=True)
class SetCollections:
    """Bind a room, or all of its space, to collections; None removes the binding."""

    names: frozenset[str] | None
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class SetMode:
    """Set which messages of a room, or of all its space, are questions."""

    mode: Mode
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Set the language of the bot's texts in a room or all its space; None unsets it."""

    language: Language | None
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class SetThreads:
    """Set whether replies in a room, or in all its space, open threads."""

    threads: bool
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class ClearRoom:
    """Delete the settings of a room, or the default of its space."""

    by_space: bool = False


@dataclass(frozen=True, slots=True)
class PressOnMessage:
    """A button pressed by a reaction; its object follows from the `message` reacted to.

    `number` is the excerpt that the sign names, counted from 1.
    """

    verb: Verb
    message: str
    number: int = 1


@dataclass(frozen=True, slots=True)
class Empty:
    """A message without words."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that cannot be parsed; `notice` says how to correct it."""

    notice: Notice


CorpusCommand = Reload | ShowStatus | ShowLog | AddDocument
"""Commands about the corpus, for curators and, in part, managers."""

PinCommand = ListUnanswered | ShowCandidates | PinCandidate | FindQuote | ListPins | Unpin | Undo
"""Commands about questions without an answer and about pins, for curators and managers."""

RoomCommand = ShowRoom | SetCollections | SetMode | SetLanguage | SetThreads | ClearRoom
"""Commands for managers of a room."""

CuratorCommand = CorpusCommand | RemoveDocument | PinCommand | ListFeedback | RoomCommand | Forget
"""Commands of curators and managers, and the one that deletes the data of whoever asks for it."""

Lookup = ListSources | More | Context | VoteOnLast | Remark | About | Action | PressOnMessage
"""Commands that look something up; they have the time limit of an answer."""

NoQuestion = SmallTalk | Help | Empty
"""Commands without a reply in a room where every message is read, unless meant for the bot."""

Command = Ask | ShowSource | Nearest | Lookup | NoQuestion | Quit | CuratorCommand | Malformed
"""The closed type of all commands."""
