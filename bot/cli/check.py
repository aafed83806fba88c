"""`check`: reports faults of settings, manifests and documents."""

from bot.chat.rendering.escape import visible_line
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.exit_codes import OK, PROBLEMS
from bot.cli.output import write_sentence
from bot.config.settings import Settings
from bot.core.errors import SourcesSayError
from bot.ingest.report import LoadReport, counted, failure_lines, lines, note_lines
from bot.platforms.services import reading_limits
from bot.platforms.streams import Output


def report_load(report: LoadReport, output: Output) -> int:
    """Print the report of a load; returns the exit code, `PROBLEMS` if a file failed."""
    for line in lines(report, max_lines=None):
        output.write(visible_line(line) + "\n")
    if report.failed:
        write_sentence(notice(Text.CHECK_BAD, count=len(report.failed)), output)
        return PROBLEMS
    good = notice(
        Text.CHECK_GOOD,
        documents=report.documents,
        passages=report.passages,
        revision=report.revision[:12],
    )
    write_sentence(good, output)
    return OK


def report_quickly(settings: Settings, output: Output) -> int:
    """Look at the corpus without reading documents, and print what that tells; as `report_load`.

    Raises `CorpusError` or `ManifestError` if there is no corpus to look at.
    """
    # The libraries of the readers take long to import, and no other command needs this.
    from bot.ingest.quick_check import quick_check  # noqa: PLC0415

    report = quick_check(settings.corpus.folder, reading_limits(settings))
    kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in report.files.items())
    files = counted(sum(report.files.values()), "file", "files")
    lines = [f"{files}, {report.bytes / 1_000_000:.1f} MB" + (f": {kinds}" if kinds else "")]
    for line in (*lines, *failure_lines(report.failed), *note_lines(report.notes)):
        output.write(visible_line(line) + "\n")
    if report.failed:
        write_sentence(notice(Text.CHECK_BAD, count=len(report.failed)), output)
    write_sentence(notice(Text.CHECK_FAST), output)
    return PROBLEMS if report.failed else OK


def report_fault(fault: SourcesSayError, output: Output) -> int:
    """Print the fault that keeps the whole corpus from being served; returns the exit code."""
    output.write(f"failed: {visible_line(str(fault))}\n")
    write_sentence(notice(Text.CHECK_BAD, count=1), output)
    return PROBLEMS
