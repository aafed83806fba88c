"""The faults this program names. "No answer" is a value (`Silence`), never one of these.

Every message is one sentence for a person: what is wrong, where, what to do.
"""


class SourcesSayError(Exception):
    """The root of our own faults; its text may be shown to a person."""


class SettingsError(SourcesSayError):
    """A setting is unknown, missing or out of its range; ends the start."""


class DocumentError(SourcesSayError):
    """One file cannot be read; the text is the reason alone, without the file's name."""


class ManifestError(SourcesSayError):
    """`sources.toml` or `glossary.toml` cannot be understood; names file and key."""


class CorpusError(SourcesSayError):
    """No document at all could be served; an old corpus, where there is one, stays."""


class BusyError(SourcesSayError):
    """As many questions wait as may; this one is not taken, and may be asked again."""


class UnknownDocumentError(SourcesSayError):
    """A document was asked for by a name that fits none, or more than one."""


class UsageError(SourcesSayError):
    """A command line asks for what cannot be done; says what to write instead."""


class UploadError(SourcesSayError):
    """A document cannot be added or removed; the corpus folder is as it was."""


class QuestionsError(SourcesSayError):
    """A question file cannot be read; names file and line."""


class StateError(SourcesSayError):
    """What is kept cannot be read or written; names the file and what to do."""


class StreamError(SourcesSayError):
    """Standard input or output fails for another reason than its end."""


class DiscordError(SourcesSayError):
    """Discord will not have the bot as it is; says what a person has to do."""


class MatrixError(SourcesSayError):
    """The homeserver will not have the bot as it is; says what a person has to do."""
