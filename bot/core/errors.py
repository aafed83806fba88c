"""All errors with a message for a person. "No answer" is a value (`Silence`), not an error.

Each message is one sentence: what is wrong, where, and what to do.
"""


class SourcesSayError(Exception):
    """Base class; the message may be shown to a person."""


class SettingsError(SourcesSayError):
    """A setting is unknown, missing or out of its range; the program does not start."""


class DocumentError(SourcesSayError):
    """A file cannot be read; the message is the reason alone, without the name of the file."""


class ModelError(SourcesSayError):
    """A model of this program, an encoder or a judge, cannot be used; names its folder and why."""


class EndpointError(SourcesSayError):
    """The model behind an endpoint gives no usable answer; never shown in chat.

    Holds no secret, and nothing of a question or a document. `pause` are the seconds for which
    the server asks not to be called, where it does.
    """

    def __init__(self, sentence: str, pause: float | None = None) -> None:
        super().__init__(sentence)
        self.pause = pause


class PromptError(EndpointError):
    """The server works, but has no usable answer to this one prompt."""


class ManifestError(SourcesSayError):
    """`sources.toml` or `glossary.toml` is invalid; names file and key."""


class PinError(SourcesSayError):
    """`pins.toml` cannot be changed; it is as it was."""


class CorpusError(SourcesSayError):
    """No document could be loaded; the corpus before, if there is one, is still served."""


class UnknownDocumentError(SourcesSayError):
    """The name of a document fits none, or more than one."""


class UsageError(SourcesSayError):
    """A command line is invalid; says what to write instead."""


class RequestError(SourcesSayError):
    """The request of a program is invalid; says what is wrong with it."""


class BusyError(SourcesSayError):
    """Too many questions wait; a later one may be answered."""


class UploadError(SourcesSayError):
    """A document cannot be added or removed; the corpus folder is as it was."""


class QuestionsError(SourcesSayError):
    """A file of questions cannot be read; names file and line."""


class RecordsError(SourcesSayError):
    """A file of recorded replies of a model cannot be read or written; names file and line."""


class StateError(SourcesSayError):
    """The state file cannot be read or written; names the file and the remedy."""


class StreamError(SourcesSayError):
    """Standard input or output fails for another reason than end of file."""


class DiscordError(SourcesSayError):
    """Discord refuses the bot; says what a person has to do."""


class MatrixError(SourcesSayError):
    """The homeserver refuses the bot; says what a person has to do."""


def system_reason(fault: OSError) -> str:
    """The operating system's own reason, for use inside a sentence."""
    return (fault.strerror or "input or output error").lower()
