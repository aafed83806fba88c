"""Structured logs: one line for each message, on standard error, without secrets.

Rules for whoever writes a message: an event in a few words and the rest as keys
(`log.info("corpus loaded", documents=5)`); a question's words only at debug level, since
they are its asker's; never a token or a key, which are masked here all the same.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
"""What stands in a message where a secret stood."""

TALKATIVE = ("alembic", "discord", "nio", "sqlalchemy")
"""Libraries that tell of their every step at level info."""

_known_secrets: set[str] = set()
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|authorization|cookie|credential|(?:api|private|recovery)_?key",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"""
    \b[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}   # a Discord bot token
    | \b(?:syt|mat|mct)_\w{8,}               # a Matrix access token
    | (?<=Bearer\ )[\w.~+/=-]+
    | (?<=://)[^\s/@:]+:[^\s/@]+(?=@)        # a name and password inside an address
    | (?<=access_token=)[^\s&"']+
    | (?<=/interactions/)\d+/[^/\s"']+        # what answers an interaction on Discord
    | (?<=/webhooks/)\d+/[^/\s"']+
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment of writing."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


def configure(
    level: Literal["debug", "info", "warning", "error"] = "warning",
    format: Literal["text", "json"] = "text",  # noqa: A002 - the setting's own name
    stream: TextIO | None = None,
) -> None:
    """Set up the logs of this program and of the libraries it uses; once, at the start.

    `stream` is standard error unless given. May be called again to change its mind.
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
    for name in TALKATIVE:
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


def keep_secret(value: str) -> None:
    """Mask this very text wherever a message holds it."""
    if value:
        _known_secrets.add(value)


def _without_trace(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """A fault in one line instead of its trace, which is for those who ask for it."""
    fault = message.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()
    if isinstance(fault, tuple):
        fault = fault[1]
    if isinstance(fault, BaseException):
        message["fault"] = f"{type(fault).__name__}: {fault}"
    return message


def hide_secrets(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """Mask what has a secret's name, and what looks like a secret wherever it stands."""
    return {key: _without_secrets(value, key) for key, value in message.items()}


def _without_secrets(value: object, name: str) -> object:
    if _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _without_secrets(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_secrets(inner, "") for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    for secret in _known_secrets:
        text = text.replace(secret, HIDDEN)
    return _SECRET_VALUE.sub(HIDDEN, text)


def _one_line(_: WrappedLogger, __: str, message: EventDict) -> EventDict:
    """No name of a file and no question may start a line or move the cursor."""
    return {_escaped(key).replace(" ", "_"): _tamed(value) for key, value in message.items()}


def _tamed(value: object) -> object:
    return value if value is None or isinstance(value, bool) else _escaped(str(value))


def _escaped(text: str) -> str:
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text
    )
