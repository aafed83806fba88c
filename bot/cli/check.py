"""`check`: reports faults of settings, manifests and documents."""

from bot.chat.rendering.escape import visible_line
from bot.chat.texts.catalogue import Text, notice
from bot.cli.exit_codes import OK, PROBLEMS
from bot.cli.output import write_sentence
from bot.core.errors import SourcesSayError
from bot.ingest.report import LoadReport, lines
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


def report_fault(fault: SourcesSayError, output: Output) -> int:
    """Print the fault that keeps the whole corpus from being served; returns the exit code."""
    output.write(f"failed: {visible_line(str(fault))}\n")
    write_sentence(notice(Text.CHECK_BAD, count=1), output)
    return PROBLEMS
