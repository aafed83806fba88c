"""Every setting: its type, range, default and description.

A value comes from the first of these sources that has it: the command line,
`SOURCES_SAY_SECTION__KEY` in the environment, the TOML file, the default. An error in any of
them ends the start with one sentence (`SettingsError`). Settings are frozen and passed as
arguments, never global.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.config.setting_sources import (
    Fields,
    bad_value,
    from_arguments,
    from_environment,
    from_file,
    merged,
)
from bot.config.value_types import (
    Address,
    BotName,
    EncoderName,
    FileName,
    Folder,
    HttpAddress,
    Ids,
    JudgeName,
    ListenAddress,
    MatrixPatterns,
    MatrixRoom,
    MatrixUsers,
    Names,
    Networks,
    RecognitionLanguages,
    Snowflake,
    Snowflakes,
)
from bot.core.errors import SettingsError, system_reason

CONFIG_FILE = Path("config/bot.toml")
"""The file that is read if no other is named, below the working directory."""


class Section(BaseModel):
    """Base class of sections: frozen, without unknown keys or conversion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CorpusSettings(Section):
    """The documents, and the limits for reading them."""

    folder: Folder = Path("corpus")
    """Folder of the documents to answer from."""
    watch: bool = False
    """Load the documents again when a file in the folder changes."""
    trust_times: bool = True
    """Skip files whose size and times are as before; false on network file systems."""
    max_file_mb: int = Field(20, ge=1, le=1_000)
    """Largest file that is read, in million bytes."""
    worker_seconds: int = Field(60, ge=1, le=3_600)
    """Longest time the reading of one file may take, in seconds."""
    worker_memory_mb: int = Field(1_500, ge=256, le=64_000)
    """Most memory the reading of one file may take, in million bytes."""
    recognition_languages: RecognitionLanguages = "eng"
    """Languages of scanned pages, for text recognition by tesseract; empty: none is done."""


class AnswerSettings(Section):
    """The length of answers, and how certain they have to be."""

    max_excerpts: int = Field(4, ge=1, le=5)
    """Most excerpts that one answer shows."""
    excerpt_chars: int = Field(300, ge=120, le=400)
    """Length aimed at for an excerpt, in characters."""
    emphasis: bool = True
    """Show the sentence that the question found in bold, if an excerpt has more."""
    false_answer_rate: float = Field(0.05, ge=0.005, le=0.5)
    """Share of unanswerable questions that may meet an answer; less: more silence."""
    calibration: FileName = ""
    """File of your own questions to calibrate silence on; empty: those that come with the
    program."""


class RetrievalSettings(Section):
    """How the documents are searched, besides by their words."""

    encoder: EncoderName = "default"
    """Model that finds what is meant in other words: "default", "none", or its folder."""
    across_languages: bool = True
    """Answer questions in a language that the documents lack, unless the encoder is "none"."""
    judge: JudgeName = "none"
    """Model that chooses among the passages that were found: "none", or its folder."""


class ReaderSettings(Section):
    """The reader: a language model that may rewrite the search and choose among passages."""

    url: HttpAddress = ""
    """Address of a server for chat completions, as a rule ending in /v1; empty: no reader."""
    model: str = ""
    """Name of the model there; empty: none is named, for servers with a single model."""
    key_file: FileName = ""
    """File with the key for that server; empty: none is sent."""
    when: Literal["unsure", "always"] = "unsure"
    """Questions it is asked at: those that words and meaning are not sure of, or all."""
    seconds: int = Field(8, ge=1, le=120)
    """Longest time it has for one question, in seconds; then words and meaning answer."""
    at_once: int = Field(4, ge=1, le=64)
    """Most calls at the same time; a server of your own needs as many slots."""
    per_minute: int = Field(60, ge=1, le=10_000)
    """Most calls in a minute; a question takes up to two."""
    per_day: int = Field(2_000, ge=1, le=1_000_000)
    """Most calls in a day, counted from the start of the program."""


class StateSettings(Section):
    """State that outlives a restart, and how long it is kept."""

    folder: Folder = Path("state")
    """Folder for what the program keeps; closed to other users."""
    answers_days: int = Field(90, ge=1, le=3_650)
    """Days for which the buttons of a reply work."""
    unanswered_days: int = Field(365, ge=1, le=3_650)
    """Days for which a question that met silence is kept, without a name."""
    audit_days: int = Field(365, ge=1, le=3_650)
    """Days for which the deeds of curators are kept."""
    keep_questions: bool = False
    """Keep the text of every question with its reply."""


class LimitSettings(Section):
    """Rate limits, and the sizes of queues, for questions in chat."""

    seconds: int = Field(60, ge=1, le=3_600)
    """Length of the window that the limits count in."""
    per_person: int = Field(20, ge=1, le=10_000)
    """Most questions of one person in that window."""
    per_room: int = Field(600, ge=1, le=100_000)
    """Most questions in one room in that window."""
    waiting: int = Field(1_000, ge=1, le=100_000)
    """Most questions that wait for their turn."""
    at_once: int = Field(4, ge=1, le=64)
    """Most questions that are answered at the same time."""


class DiscordSettings(Section):
    """The Discord bot; its token comes from DISCORD_TOKEN."""

    message_content: bool = False
    """Ask Discord for every message; needs the message content intent."""
    curator_users: Snowflakes = ()
    """Ids of users who may reload, add and remove documents."""
    curator_roles: Snowflakes = ()
    """Ids of roles whose members may reload, add and remove documents."""
    manager_roles: Snowflakes = ()
    """Ids of roles whose members may see to rooms, as those who manage the server."""
    direct_collections: Names = ()
    """Collections that direct messages see; empty: all of them."""
    alert_channel: Snowflake = ""
    """Id of the channel for alerts: failed files, lost pins, silences of the week; empty: none."""
    command_servers: Snowflakes = ()
    """Ids of servers to register commands in; empty: everywhere."""
    api_url: Address = ""
    """Address of Discord's API, for a proxy; empty: Discord's own."""
    gateway_url: Address = ""
    """Address of Discord's gateway, for a proxy; empty: Discord's own."""
    shard_count: int = Field(0, ge=0, le=10_000)
    """Shards in all; 0: as many as Discord advises."""
    shard_ids: Ids = ()
    """Numbers of the shards of this process; empty: all of them."""


class MatrixSettings(Section):
    """The Matrix bot; its password or token comes from the environment."""

    homeserver: str = ""
    """Address or name of the homeserver; empty: what MATRIX_HOMESERVER says."""
    user: str = ""
    """Id of the bot's account; empty: what MATRIX_USER says."""
    device_name: str = "Sources Say"
    """Name of the bot's device, as others see it."""
    encryption: bool = True
    """Take part in encrypted rooms; its keys lie in the state folder."""
    inviters: MatrixPatterns = ()
    """Ids of who may invite the bot, or patterns such as @*:example.org."""
    curators: MatrixUsers = ()
    """Ids of users who may reload, add and remove documents."""
    alert_room: MatrixRoom = ""
    """Id of the room for alerts: failed files, lost pins, silences of the week; empty: none."""
    direct_collections: Names = ()
    """Collections that one-to-one rooms see; empty: all of them."""
    prefix: str = "!ask"
    """The word or sign that begins a question in a room of more than two."""
    signs: Literal["one", "all", "none"] = "one"
    """Signs below a reply: one that shows the others; all, for an account without limits; none."""


class WebSettings(Section):
    """The web server: documents with the quotes marked, for whoever has a link."""

    address: ListenAddress = ""
    """Host and port to listen on, such as 127.0.0.1:8080; empty: no web server."""
    public_url: HttpAddress = ""
    """Address by which members reach it, for the links in replies; empty: no links."""
    link_days: int = Field(90, ge=1, le=3_650)
    """Days after which a link of a reply ends; it needs the reply, kept as answers_days says."""
    open_collections: Names = ()
    """Collections that everybody may read there, without a link; "*" is all of them."""
    per_minute: int = Field(300, ge=10, le=1_000_000)
    """Most pages a minute for one address."""
    proxies: Networks = ()
    """Proxies on other machines or in other containers, by address or network."""
    originals: bool = False
    """Offer the files of documents for download."""


class ChatSettings(Section):
    """The fixed texts, which are all that the bot says besides quotes, and how it appears."""

    language: Literal["en", "de", "fr", "es", "ru"] = "en"
    """Language of its texts, where a room or Discord names no other."""
    name: BotName = ""
    """Name of the bot on Discord and Matrix; empty: the one that its account has."""
    avatar: FileName = ""
    """File with the picture of the bot there; empty: the one that its account has."""


class AlertSettings(Section):
    """Alerts, in the rooms that discord.alert_channel and matrix.alert_room name."""

    lost_minutes: int = Field(10, ge=1, le=1_440)
    """Minutes without a connection after which a platform's loss is told on the others."""


class LogSettings(Section):
    """The log on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "warning"
    """Least serious kind of message that is written."""
    format: Literal["text", "json"] = "text"
    """One line of text or one JSON object for each message."""


class Settings(Section):
    """All settings. The constructor reads no file and no variable; `load_settings` does."""

    corpus: CorpusSettings = CorpusSettings()
    answer: AnswerSettings = AnswerSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    reader: ReaderSettings = ReaderSettings()
    state: StateSettings = StateSettings()
    limits: LimitSettings = LimitSettings()
    discord: DiscordSettings = DiscordSettings()
    matrix: MatrixSettings = MatrixSettings()
    web: WebSettings = WebSettings()
    chat: ChatSettings = ChatSettings()
    alerts: AlertSettings = AlertSettings()
    log: LogSettings = LogSettings()

    def state_folder(self) -> Path:
        """The state folder, created if missing, with mode 0700.

        Raises `SettingsError` if that is impossible, or if the folder holds more than the
        program's state, to which other users would lose access.
        """
        folder = self.state.folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = folder.stat().st_mode
            if self._holds_more(folder.resolve(), mode):
                raise SettingsError(
                    f'state.folder: "{folder}" holds other things, which would be closed to'
                    " other users; name a folder of its own"
                )
            if stat.S_IMODE(mode) != stat.S_IRWXU:
                folder.chmod(stat.S_IRWXU)
        except FileExistsError:
            raise SettingsError(
                f'state.folder: "{folder}" is not a folder; name another, or move that file away'
            ) from None
        except OSError as error:
            raise SettingsError(
                f'state.folder: "{folder}" cannot be made or closed to others'
                f" ({system_reason(error)}); name a folder that this user may write to"
            ) from None
        return folder

    def _holds_more(self, folder: Path, mode: int) -> bool:
        """Whether the folder is shared (sticky bit) or contains the corpus, here, or home."""
        if mode & stat.S_ISVTX:
            return True
        home = Path(os.environ.get("HOME", "/"))
        places = (self.corpus.folder.resolve(), Path.cwd(), home.resolve())
        return any(place.is_relative_to(folder) for place in places)


class _Environment(Settings, BaseSettings):
    """The settings as variables of the environment; it has no instance.

    `load_settings` merges the sources itself, because it has to tell which one an invalid
    value came from; pydantic-settings does not.
    """

    model_config = SettingsConfigDict(
        env_prefix="SOURCES_SAY_", env_nested_delimiter="__", env_ignore_empty=True
    )


def known_settings() -> Fields:
    """The field of every setting, by section and key."""
    return {
        section: field.annotation.model_fields
        for section, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def load_settings(
    config: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Read the settings from all sources.

    `config` names the TOML file, which must exist; without it `config/bot.toml` is read
    if it exists. `overrides` are values of the command line by dotted name
    ("corpus.folder"). Raises `SettingsError`: one sentence with the file or variable, the key
    and the remedy.
    """
    fields = known_settings()
    layers = [
        from_arguments(overrides or {}),
        from_environment(_Environment, fields),
        from_file(config or CONFIG_FILE, fields, required=config is not None),
    ]
    try:
        return Settings.model_validate(merged(layers))
    except ValidationError as error:
        section, key, *_ = (str(part) for part in error.errors(include_url=False)[0]["loc"])
    raise bad_value(section, key, layers, fields[section][key])
