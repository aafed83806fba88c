"""The answer page: a reply as it was given, and whether its words still stand in the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.chat.rendering.citations import locator_text
from bot.chat.rendering.replies import REVISION_SHOWN, word_notices
from bot.chat.saved_replies import ServedDocuments
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.web_texts import WebText
from bot.core.replies import FigureKind, Reading
from bot.platforms.web.page_maker import PageMaker
from bot.platforms.web.quote_view import QuoteView, quote_view
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import Viewer
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply


@dataclass(frozen=True, slots=True)
class ExcerptToday:
    """An excerpt of a reply, and whether its words still stand in the documents.

    `quote` is None where they do not, and `saved` where their collection is not seen.
    """

    number: int
    status: Notice
    saved: SavedExcerpt | None = None
    quote: QuoteView | None = None
    is_changed: bool = True


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """Figures or dates side by side, each with the title and the number of its excerpt."""

    kind: FigureKind
    figures: Sequence[tuple[int, str, str]]


class AnswerPage:
    """The handler of the answer page."""

    def __init__(self, viewer: Viewer, templates: Templates, maker: PageMaker) -> None:
        self._maker = maker
        self._viewer = viewer
        self._templates = templates

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The reply of a link."""
        view, reply = await self._viewer.reply(request)
        served = self._viewer.served(view)

        def page() -> web.Response:
            excerpts = tuple(_excerpts(reply, served))
            return self._templates.page(
                "answer.html",
                view=view,
                reply=reply,
                shown=excerpts[: reply.shown],
                further=excerpts[reply.shown :],
                differences=[*_differences(reply, served)],
                notices=[each.plain() for each in _notices(reply)],
                lead=_lead(reply),
                is_answer=reply.kind is ReplyKind.ANSWER,
            )

        return await self._maker.run(page)


def _excerpts(reply: SavedReply, served: ServedDocuments) -> Iterator[ExcerptToday]:
    for number, saved in enumerate(reply.excerpts, start=1):
        if not served.sees(saved.collection):
            yield ExcerptToday(number, notice(WebText.UNSEEN, number=number))
        elif excerpt := served.excerpt(saved):
            status = notice(WebText.UNCHANGED)
            yield ExcerptToday(number, status, saved, quote_view(excerpt), is_changed=False)
        elif excerpt := served.moved(saved):
            cited = excerpt.citation
            place = locator_text(cited.locator)
            status = notice(WebText.MOVED, title=cited.source.title, place=place)
            yield ExcerptToday(number, status, saved, quote_view(excerpt))
        else:
            yield ExcerptToday(number, notice(WebText.GONE), saved)


def _lead(reply: SavedReply) -> str:
    """The notice above the excerpts, as in chat."""
    match reply.kind:
        case ReplyKind.SILENCE:
            return notice(Text.SILENT).plain()
        case ReplyKind.NEAREST:
            return notice(Text.NEAREST).plain()
    is_sure = reply.details is None or reply.details.is_sure
    return "" if is_sure else notice(Text.LOW_CONFIDENCE).plain()


def _differences(reply: SavedReply, served: ServedDocuments) -> Iterator[DifferenceView]:
    """The differences that the reply told, unless one of their documents is not seen here."""
    for difference in () if reply.details is None else reply.details.differences:
        excerpts = [reply.excerpts[number - 1] for number, _ in difference.figures]
        if all(served.sees(excerpt.collection) for excerpt in excerpts):
            figures = [
                (number, text, excerpt.title)
                for (number, text), excerpt in zip(difference.figures, excerpts, strict=True)
            ]
            yield DifferenceView(FigureKind(difference.kind), figures)


def _notices(reply: SavedReply) -> Iterator[Notice]:
    """The notices of the reply beside its excerpts, and its id."""
    details, revision = reply.details, reply.revision[:REVISION_SHOWN]
    is_answer = reply.kind is ReplyKind.ANSWER
    if details is not None:
        readings = [Reading(typed, (first, *more)) for typed, (first, *more) in details.readings]
        yield from word_notices(readings, details.missing_terms)
        if is_answer and details.documents > 1:
            counts = {"speaking": details.speaking, "documents": details.documents}
            yield notice(Text.SPEAKING, **counts)
    kind = Text.ANSWER_ID if is_answer else Text.SILENCE_ID
    yield notice(kind, id=reply.reply_id, revision=revision)
