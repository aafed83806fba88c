"""Structured logs: one line for each message on standard error, with secrets masked.

Rules for messages: name the event in a few words and give the rest as keys
(`log.info("corpus loaded", documents=5)`); log the text of a question at debug level only,
since it is private; never log a token or a key, although they are masked here as well.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
"""Replaces a secret in a message."""

LONGEST_TEXT = 10_000
"""Most characters of one text in a message: a fault may quote all that a stranger sent."""

VERBOSE_LIBRARIES = ("alembic", "discord", "nio", "sqlalchemy")
"""Libraries that log every step at level info."""

_known_secrets: set[str] = set()
"""The patterns of the secrets of this program."""
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|authorization|cookie|credential|(?:api|private|recovery)_?key",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"""
    \b[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}   # a Discord bot token
    | \b(?:syt|mat|mct)_\w{8,}               # a Matrix access token
    | (?<=Bearer\ )[\w.~+/=-]+
    | (?<=://)[^\s/@:]+:[^\s/@]+(?=@)        # a name and password inside a URL
    | (?<=access_token=)[^\s&"']+
    | (?<=/interactions/)\d+/[^/\s"']+        # the token of a Discord interaction
    | (?<=/webhooks/)\d+/[^/\s"']+
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to `sys.stderr` as it is at the moment of writing; tests replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


def configure(
    level: Literal["debug", "info", "warning", "error"] = "warning",
    format: Literal["text", "json"] = "text",  # noqa: A002 - the setting's own name
    stream: TextIO | None = None,
) -> None:
    """Set up the logs of this program and of its libraries.

    `stream` is standard error by default. A second call replaces the first.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *(() if level == "debug" else (_without_trace,)),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    order = ["timestamp", "level", "logger", "event"]
    if format == "json":
        last.append(structlog.processors.JSONRenderer(default=str))
    else:
        last += [
            _one_line,
            structlog.processors.LogfmtRenderer(
                key_order=order, drop_missing=True, bool_as_flag=False
            ),
        ]
    handler = _StandardError(sys.stderr) if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


LONG_SECRET = 8
"""Length from which a secret is masked anywhere.

A shorter one is masked as a whole word only: within others it would spoil ordinary words.
"""


def mask_secret(value: str) -> None:
    """Mask `value`, which must not be empty, in all messages from now on."""
    pattern = re.escape(value)
    is_long = len(value) >= LONG_SECRET
    _known_secrets.add(pattern if is_long else rf"(?<!\w){pattern}(?!\w)")


def _without_trace(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """One line for an exception instead of its traceback, which only level debug shows."""
    error = message.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        message["fault"] = f"{type(error).__name__}: {error}"
    return message


def hide_secrets(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """Mask the values of keys that name a secret, and every text that looks like one.

    A text is cut only then: half a secret would look like none.
    """
    return {key: _masked_value(value, key) for key, value in message.items()}


def _masked_value(value: object, name: str) -> object:
    if _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _masked_value(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(inner, "") for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    for secret in _known_secrets:
        text = re.sub(secret, HIDDEN, text)
    return _SECRET_VALUE.sub(HIDDEN, text)[:LONGEST_TEXT]


def _one_line(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """Escape control characters, so that no text can start a line or move the cursor."""
    return {_escaped(key).replace(" ", "_"): _printable(value) for key, value in message.items()}


def _printable(value: object) -> object:
    return value if value is None or isinstance(value, bool) else _escaped(str(value))


def _escaped(text: str) -> str:
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text
    )
