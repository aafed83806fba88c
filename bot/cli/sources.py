"""`sources`: lists the documents."""

from dataclasses import asdict

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.identity import Scope
from bot.chat.rendering.json import VERSION
from bot.chat.rendering.replies import list_blocks
from bot.cli.output import write_blocks, write_json
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
    write_json(content, output)


def _document(info: DocumentInfo) -> dict[str, object]:
    document = info.document
    return {
        "document": document.path,
        "collection": document.collection,
        **asdict(document.source),
        "revision": document.revision,
        "passages": info.passages,
    }
