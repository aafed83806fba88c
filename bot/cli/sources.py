"""`sources`: lists the documents."""

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.identity import Scope
from bot.chat.rendering.json import VERSION
from bot.chat.rendering.replies import list_blocks
from bot.cli.output import json_line, write_blocks, write_json
from bot.platforms.streams import Output


async def list_sources(
    answering: AnsweringService, scope: Scope, output: Output, *, as_json: bool
) -> None:
    """Write the list of the documents in `scope`."""
    infos = await answering.documents(scope)
    if not as_json:
        write_blocks(list_blocks(infos), output)
        return
    content = {
        "version": VERSION,
        "revision": answering.corpus.revision,
        "documents": [_document(info) for info in infos],
    }
    write_json(json_line(content), output)


def _document(info: DocumentInfo) -> dict[str, object]:
    document, source = info.document, info.document.source
    return {
        "document": document.path,
        "collection": document.collection,
        "title": source.title,
        "author": source.author,
        "publisher": source.publisher,
        "date": source.date,
        "date_note": source.date_note,
        "url": source.url,
        "about": source.about,
        "revision": document.revision,
        "passages": info.passages,
    }
