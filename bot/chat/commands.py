"""Everything that a person can ask the bot to do, in whatever way: one closed type, `Command`.

Typed words, slash commands, context menus, buttons and reactions all become one of these
values; `ChatService.handle` is the one place that carries them out.
"""

from dataclasses import dataclass

from bot.chat.buttons import Action, Verb
from bot.chat.texts.catalogue import Notice
from bot.state.records import Mode


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it was typed, without blanks around it; `collection` narrows the scope."""

    question: str
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ListSources:
    """The list of documents: all, or those of one collection."""

    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ShowSource:
    """The facts about the document that a name means, or `#` and the key of its path.

    `or_ask` is the whole message where it may be a question if no document has that name.
    """

    name: str
    or_ask: str | None = None


@dataclass(frozen=True, slots=True)
class More:
    """Further excerpts of the last reply, or the next page of the last list."""


@dataclass(frozen=True, slots=True)
class Context:
    """The paragraphs around an excerpt of the last reply, counted from 1."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class Help:
    """How to ask, and every command."""


@dataclass(frozen=True, slots=True)
class About:
    """A description of the bot, and of what it keeps."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete what names the person who asks for it."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the console."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the documents again."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """The status of the corpus, of votes and of unanswered questions."""


@dataclass(frozen=True, slots=True)
class ListUnanswered:
    """Questions that met silence."""


@dataclass(frozen=True, slots=True)
class ShowLog:
    """The log of the operations of curators and managers."""


@dataclass(frozen=True, slots=True)
class AddDocument:
    """Put the file that comes with the request into a collection of the corpus folder."""

    collection: str | None
    replace: bool


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """Ask whether to remove the document that a name means, or `#` and the key of its path."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowRoom:
    """The settings of a room."""


@dataclass(frozen=True, slots=True)
class SetCollections:
    """Bind a room, or all of its space, to collections; None takes the binding back."""

    names: frozenset[str] | None
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class SetMode:
    """Set which messages of a room, or of all its space, are questions."""

    mode: Mode
    by_space: bool = False


@dataclass(frozen=True, slots=True)
class ClearRoom:
    """Take back what is set for a room, or as the default of its space."""

    by_space: bool = False


@dataclass(frozen=True, slots=True)
class PressOnMessage:
    """A button pressed by a reaction: on a message, which says what it is about."""

    verb: Verb
    message: str


@dataclass(frozen=True, slots=True)
class Empty:
    """A message without a word."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that cannot be understood, and the sentence that says how to put it right."""

    notice: Notice


CorpusCommand = Reload | ShowStatus | ListUnanswered | ShowLog | AddDocument | RemoveDocument
"""Commands of curators, and of managers who look at the corpus."""

RoomCommand = ShowRoom | SetCollections | SetMode | ClearRoom
"""Commands of those who manage a room."""

Lookup = ListSources | More | Context | About | Action | PressOnMessage
"""Commands that look something up, in a time that is limited."""

Command = (
    Ask
    | ShowSource
    | Lookup
    | Help
    | Forget
    | Quit
    | CorpusCommand
    | RoomCommand
    | Empty
    | Malformed
)
"""A closed type."""
