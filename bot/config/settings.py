"""Every setting: its type, range, default and meaning, and where its value comes from.

From the strongest: what the command line gave, `SOURCES_SAY_SECTION__KEY` in the
environment, the TOML file, the default. A fault in any of them ends the start with one
sentence (`SettingsError`). Settings are frozen and passed in, never a global.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config.settings_sources import (
    Known,
    Wants,
    bad_value,
    from_arguments,
    from_environment,
    from_file,
    merged,
    reason,
)
from bot.core.errors import SettingsError

CONFIG_FILE = Path("config/bot.toml")
"""The file that is read when none is named, below the working directory."""


def _folder(value: object) -> object:
    """A name as a path: `~` is the home folder, no name is no folder."""
    if not isinstance(value, str | Path):
        return value
    if not str(value).strip() or "\0" in str(value):
        raise ValueError("no name of a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError as fault:
        raise ValueError("no such home folder") from fault


def _file(value: object) -> object:
    """The name of a file, `~` read as the home folder; no name is no file."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return ""
    return str(_folder(value))


Folder = Annotated[Path, BeforeValidator(_folder)]
FileName = Annotated[str, BeforeValidator(_file), Wants("the name of a file")]


def _ids(value: object) -> object:
    """Numbers as text: a list of them, or one text with commas between them."""
    if isinstance(value, str):
        value = [piece.strip() for piece in value.split(",") if piece.strip()]
    if not isinstance(value, list | tuple):
        return value
    found = [str(each) if isinstance(each, int) else each for each in value]
    if not all(isinstance(each, str) and each.isdecimal() and each.isascii() for each in found):
        raise ValueError("not a list of numbers")
    return tuple(dict.fromkeys(found))


def _names(value: object) -> object:
    """Names as a list of them, or one text with commas between them."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return value
    return tuple(dict.fromkeys(name for each in value if (name := each.strip())))


def _address(value: object) -> object:
    """An address with a scheme that leads to a server; empty for none."""
    if not isinstance(value, str) or not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
        raise ValueError("no address")
    return value


_IDS = Wants('a list of numbers, such as ["123", "456"]')
_NAMES = Wants('a list of names, such as ["rules", "minutes"]')
_ADDRESS = Wants("an address, such as https://example.org")

Ids = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_ids), _IDS]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), _NAMES]
Address = Annotated[str, BeforeValidator(_address), _ADDRESS]


class Section(BaseModel):
    """What all sections share: frozen, no unknown key, no value bent into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CorpusSettings(Section):
    """The documents, and the limits within which they are read."""

    folder: Folder = Field(
        default=Path("corpus"), description="Folder of the documents to answer from."
    )
    watch: bool = Field(
        default=False, description="Load the documents again when a file in the folder changes."
    )
    trust_times: bool = Field(
        default=True,
        description="Skip files whose size and times are as before; false on network file systems.",
    )
    max_file_mb: int = Field(
        default=20, ge=1, le=1_000, description="Largest file that is read, in million bytes."
    )
    worker_seconds: int = Field(
        default=60,
        ge=1,
        le=3_600,
        description="Longest time the reading of one PDF or DOCX file may take, in seconds.",
    )
    worker_memory_mb: int = Field(
        default=1_500,
        ge=256,
        le=64_000,
        description="Most memory the reading of one PDF or DOCX file may take, in million bytes.",
    )


class AnswerSettings(Section):
    """How much is quoted, and how sure an answer has to be."""

    max_excerpts: int = Field(
        default=3, ge=1, le=5, description="Most excerpts that one answer shows."
    )
    excerpt_chars: int = Field(
        default=300, ge=120, le=400, description="Length aimed at for an excerpt, in characters."
    )
    false_answer_rate: float = Field(
        default=0.05,
        ge=0.005,
        le=0.5,
        description="Share of unanswerable questions that may meet an answer; less: more silence.",
    )
    calibration: FileName = Field(
        default="",
        description="File of your own questions to calibrate silence on; empty: those that"
        " come with the program.",
    )
    processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that answer beside the program's own; 0: it answers by itself.",
    )


class StateSettings(Section):
    """What the program keeps from one start to the next, and how long."""

    folder: Folder = Field(
        default=Path("state"),
        description="Folder for what the program keeps; closed to other users.",
    )
    answers_days: int = Field(
        default=90, ge=1, le=3_650, description="Days for which the buttons of a reply work."
    )
    unanswered_days: int = Field(
        default=365,
        ge=1,
        le=3_650,
        description="Days for which a question that met silence is kept, without a name.",
    )
    audit_days: int = Field(
        default=365, ge=1, le=3_650, description="Days for which the deeds of curators are kept."
    )
    keep_questions: bool = Field(
        default=False, description="Keep the text of every question with its reply."
    )


class LimitSettings(Section):
    """How many questions are taken in chat."""

    seconds: int = Field(
        default=60, ge=1, le=3_600, description="Length of the window that the limits count in."
    )
    per_person: int = Field(
        default=20, ge=1, le=10_000, description="Most questions of one person in that window."
    )
    per_room: int = Field(
        default=600, ge=1, le=100_000, description="Most questions in one room in that window."
    )
    waiting: int = Field(
        default=1_000, ge=1, le=100_000, description="Most questions that wait for their turn."
    )
    at_once: int = Field(
        default=4, ge=1, le=64, description="Most questions that are answered at the same time."
    )


class DiscordSettings(Section):
    """How the bot takes part in Discord; the token comes from DISCORD_TOKEN."""

    message_content: bool = Field(
        default=False,
        description="Ask Discord for every message; needs the message content intent.",
    )
    curator_users: Ids = Field(
        default=(), description="Ids of users who may reload, add and remove documents."
    )
    curator_roles: Ids = Field(
        default=(), description="Ids of roles whose members may reload, add and remove documents."
    )
    manager_roles: Ids = Field(
        default=(),
        description="Ids of roles whose members may see to rooms, as those who manage the server.",
    )
    direct_collections: Names = Field(
        default=(),
        description="Collections that direct messages see; empty: all of them.",
    )
    command_servers: Ids = Field(
        default=(),
        description="Ids of servers to register commands in; empty: everywhere.",
    )
    api_url: Address = Field(
        default="", description="Address of Discord's API, for a proxy; empty: Discord's own."
    )
    gateway_url: Address = Field(
        default="", description="Address of Discord's gateway, for a proxy; empty: Discord's own."
    )
    shard_count: int = Field(
        default=0, ge=0, le=10_000, description="Shards in all; 0: as many as Discord advises."
    )
    shard_ids: Ids = Field(
        default=(), description="Numbers of the shards of this process; empty: all of them."
    )


class MatrixSettings(Section):
    """How the bot takes part in Matrix; password or token come from the environment."""

    homeserver: str = Field(
        default="",
        description="Address or name of the homeserver; empty: what MATRIX_HOMESERVER says.",
    )
    user: str = Field(
        default="", description="Id of the bot's account; empty: what MATRIX_USER says."
    )
    device_name: str = Field(
        default="Sources Say", description="Name of the bot's device, as others see it."
    )
    encryption: bool = Field(
        default=True, description="Take part in encrypted rooms; its keys lie in the state folder."
    )
    inviters: Names = Field(
        default=(),
        description="Ids of who may invite the bot, or patterns such as @*:example.org.",
    )
    curators: Names = Field(
        default=(), description="Ids of users who may reload, add and remove documents."
    )
    direct_collections: Names = Field(
        default=(),
        description="Collections that one-to-one rooms see; empty: all of them.",
    )
    prefix: str = Field(
        default="!ask", description="What begins a question in a room of more than two."
    )
    offer_reactions: bool = Field(
        default=True, description="Put the reactions that work as buttons below each reply."
    )


class LogSettings(Section):
    """What is written to standard error while the program runs."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least serious kind of message that is written."
    )
    format: Literal["text", "json"] = Field(
        default="text", description="One line of text or one JSON object for each message."
    )


class Settings(BaseSettings):
    """All settings. Built by hand they read no file and no variable: see `load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        env_prefix="SOURCES_SAY_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    corpus: CorpusSettings = CorpusSettings()
    answer: AnswerSettings = AnswerSettings()
    state: StateSettings = StateSettings()
    limits: LimitSettings = LimitSettings()
    discord: DiscordSettings = DiscordSettings()
    matrix: MatrixSettings = MatrixSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: `load_settings` lays the sources over each other itself.

        It must know which of them a bad value came from, which the merged whole hides.
        """
        return (init_settings,)

    def state_folder(self) -> Path:
        """The state folder, made if need be and closed to every other user (mode 0700).

        Raises SettingsError where that cannot be done, or would lock others out of
        what is not the program's own.
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
        except OSError as fault:
            raise SettingsError(
                f'state.folder: "{folder}" cannot be made or closed to others'
                f" ({reason(fault)}); name a folder that this user may write to"
            ) from None
        return folder

    def _holds_more(self, folder: Path, mode: int) -> bool:
        if mode & stat.S_ISVTX:
            return True
        home = Path(os.environ.get("HOME", "/"))
        places = (self.corpus.folder.resolve(), Path.cwd(), home.resolve())
        return any(place.is_relative_to(folder) for place in places)


def known_settings() -> Known:
    """Every setting by section and key."""
    return {
        section: field.annotation.model_fields
        for section, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def load_settings(
    config: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """The settings in force.

    `config` names the TOML file, which must exist; without it `config/bot.toml` is read
    if it is there. `overrides` is what the command line gave, by dotted name
    ("corpus.folder"). Raises SettingsError: one sentence naming file or variable, key
    and remedy.
    """
    known = known_settings()
    layers = [
        from_arguments(overrides or {}, known),
        from_environment(Settings, known),
        from_file(config or CONFIG_FILE, known, required=config is not None),
    ]
    try:
        return Settings.model_validate(merged(layers))
    except ValidationError as fault:
        section, key, *_ = (str(part) for part in fault.errors(include_url=False)[0]["loc"])
    raise bad_value(section, key, layers, known[section][key])
