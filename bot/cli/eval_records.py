"""Records of a reader for `eval`: prompts that are written, and replies that are replayed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.arguments import Arguments
from bot.cli.output import write_sentence
from bot.config.settings import Settings
from bot.core.errors import RecordsError, UsageError, system_reason
from bot.ingest.display_names import display_name
from bot.platforms.services import build_endpoint
from bot.platforms.streams import Output

if TYPE_CHECKING:
    from bot.meaning.recorder import Recorder


@contextmanager
def open_recorder(arguments: Arguments, settings: Settings) -> Iterator[Recorder | None]:
    """The recorder that the command line asks for, with its file open; None without one.

    Only `--record` asks the endpoint. Raises `UsageError` and `RecordsError`.
    """
    if not (arguments.apply or arguments.dump or arguments.record):
        yield None
        return
    # It imports the library for HTTP, which most commands do not need.
    from bot.meaning.recorder import Recorder, read_replies  # noqa: PLC0415

    if arguments.dump and arguments.record:
        raise UsageError("--dump asks nobody, and --record asks the reader; give one of them.")
    live = build_endpoint(settings) if arguments.record else None
    if arguments.record and live is None:
        raise UsageError("--record needs a reader; write its address into reader.url.")
    replies = read_replies(arguments.apply)
    output = arguments.dump or arguments.record
    if output is None:
        yield Recorder(replies)
        return
    try:
        # Replies may have been paid for, so no file is overwritten.
        file = output.open("x", encoding="utf-8", buffering=1)
    except OSError as error:
        raise RecordsError(
            f"{output}: cannot be made ({system_reason(error)}); name another file, or remove it."
        ) from None
    with file:
        yield Recorder(replies, file, live, settings.reader.model)


def report_records(recorder: Recorder, output: Output, file: Path | None) -> None:
    """Write how many replies were replayed, and how many prompts were written to `file`."""
    output.write("\n")
    write_sentence(notice(Text.EVAL_REPLAYED, count=recorder.replayed), output)
    if file is not None:
        name = display_name(str(file))
        write_sentence(notice(Text.EVAL_WRITTEN, count=recorder.written, file=name), output)
