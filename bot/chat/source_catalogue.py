"""Catalogue of the documents that a room sees, for lists, names, suggestions and keys."""

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import key_of
from bot.chat.identity import Scope


class SourceCatalogue:
    """Looks up documents in the served corpus."""

    def __init__(self, answering: AnsweringService) -> None:
        self._answering = answering

    def collections(self, scope: Scope) -> tuple[str, ...]:
        """The names of the visible collections, sorted."""
        known = self._answering.corpus.collections
        return tuple(sorted(known if scope is None else known & scope))

    def collection(self, name: str, scope: Scope) -> str | None:
        """The visible collection with that name, compared case-folded."""
        folded = name.casefold()
        return next((each for each in self.collections(scope) if each.casefold() == folded), None)

    async def documents(self, scope: Scope, collection_key: str = "") -> tuple[DocumentInfo, ...]:
        """The visible documents, sorted by path; with a key those of one collection."""
        infos = await self._answering.documents(scope)
        if not collection_key:
            return infos
        return tuple(i for i in infos if key_of(i.document.collection) == collection_key)

    async def by_key(self, key: str, scope: Scope) -> DocumentInfo | None:
        """The document whose path has that key; None if it is gone or not visible."""
        infos = await self._answering.documents(scope)
        return next((info for info in infos if key_of(info.document.path) == key), None)

    async def by_name(self, name: str, scope: Scope) -> DocumentInfo:
        """The document with that name, or `#` and key. Raises `UnknownDocumentError`."""
        if name.startswith("#") and (info := await self.by_key(name[1:], scope)) is not None:
            return info
        return await self._answering.find(name, scope)

    async def suggestions(self, typed: str, most: int, scope: Scope) -> tuple[DocumentInfo, ...]:
        """At most `most` documents whose title or path contains `typed`, sorted by title."""
        folded = " ".join(typed.split()).casefold()

        def names(info: DocumentInfo) -> str:
            return f"{info.document.source.title}\n{info.document.path}".casefold()

        infos = [i for i in await self._answering.documents(scope) if folded in names(i)]
        infos.sort(key=lambda info: (not names(info).startswith(folded), names(info)))
        return tuple(infos[:most])
