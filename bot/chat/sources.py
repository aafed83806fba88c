"""The documents that a room sees: listed, named, suggested, and known by a short key."""

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import key_of
from bot.chat.identity import Scope
from bot.chat.saved_replies import ServedDocuments


class SourceCatalogue:
    """Looks documents up in the corpus that is served now."""

    def __init__(self, answering: AnsweringService) -> None:
        self._answering = answering
        self._served: ServedDocuments | None = None

    async def served(self) -> ServedDocuments:
        """The corpus that is served now, by path; made once for each revision."""
        corpus = self._answering.corpus
        if self._served is None or self._served.revision != corpus.revision:
            self._served = await self._answering.run_in_thread(ServedDocuments, corpus)
        return self._served

    def collections(self, scope: Scope) -> tuple[str, ...]:
        """The collections that are seen, by name."""
        return tuple(
            name
            for name in sorted(self._answering.corpus.collections)
            if scope is None or name in scope
        )

    def collection(self, name: str, scope: Scope) -> str | None:
        """The collection of that name, in small letters or large."""
        wanted = name.casefold()
        return next((one for one in self.collections(scope) if one.casefold() == wanted), None)

    async def documents(self, scope: Scope, collection_key: str = "") -> tuple[DocumentInfo, ...]:
        """The documents that are seen, by path; with a key those of one collection."""
        infos = await self._answering.documents(scope)
        if not collection_key:
            return infos
        return tuple(i for i in infos if key_of(i.document.collection) == collection_key)

    async def by_key(self, key: str, scope: Scope) -> DocumentInfo | None:
        """The document whose path has that key; None where it is gone, or not seen."""
        infos = await self._answering.documents(scope)
        return next((info for info in infos if key_of(info.document.path) == key), None)

    async def by_name(self, name: str, scope: Scope) -> DocumentInfo:
        """The document that a name means, or `#` and a key. Raises `UnknownDocumentError`."""
        if name.startswith("#") and (info := await self.by_key(name[1:], scope)) is not None:
            return info
        return await self._answering.find(name, scope)

    async def suggestions(self, typed: str, most: int, scope: Scope) -> tuple[DocumentInfo, ...]:
        """Documents whose title or path holds what was typed so far, by title."""
        wanted = " ".join(typed.split()).casefold()

        def names(info: DocumentInfo) -> str:
            return f"{info.document.source.title}\n{info.document.path}".casefold()

        infos = [i for i in await self._answering.documents(scope) if wanted in names(i)]
        infos.sort(key=lambda info: (not names(info).startswith(wanted), names(info)))
        return tuple(infos[:most])
