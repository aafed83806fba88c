"""A bot with its web server in tests, asked by programs: two collections, and tokens for them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from multidict import CIMultiDictProxy

from bot.config.settings import (
    CorpusSettings,
    LimitSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
)
from bot.platforms.services import SharedServices, build_answering, build_services
from bot.state.records import AccessToken, TokenRight
from bot.state.tokens import digest_of, new_secret
from tests.harness.web_server import web_server, web_settings

OPEN = {
    "rules/gate.md": (
        "# House rules\n\nThe front gate closes at ten o'clock in the evening. Whoever comes later"
        " has to ring the bell.\n\nBicycles stand in the yard, never in the hallway.\n"
    ),
    "rules/fees.md": "# Fees\n\nThe garden costs forty francs a year, to be paid in May.\n",
}
SECRET = {
    "board/minutes.md": (
        "# Minutes\n\nThe board dismissed the caretaker Bartholomew for stealing the silver"
        " candlesticks.\n\nA new lock for the front gate was ordered.\n"
    ),
}


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response as a program reads it."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class ApiHarness:
    """The address of the server, the services behind it, and a client."""

    url: str
    services: SharedServices
    corpus: Path
    session: ClientSession

    async def token(
        self,
        name: str,
        *collections: str,
        right: TokenRight = TokenRight.READ,
        ends_at: datetime | None = None,
    ) -> str:
        """The secret of a new token; without `collections` it shows all."""
        secret = new_secret()
        names = frozenset(collections) or None
        now = datetime.now(UTC)
        token = AccessToken(name, digest_of(secret), names, right, now, ends_at)
        assert await self.services.store.tokens.add(token)
        return secret

    async def get(self, path: str, token: str | None = None, **query: Any) -> ApiResponse:
        return await self.request("GET", path, token, params=query)

    async def request(
        self,
        method: str,
        path: str,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> ApiResponse:
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        address = f"{self.url}/api/v1{path}"
        async with self.session.request(method, address, headers=given, **options) as response:
            return ApiResponse(response.status, response.headers, await response.text())


@asynccontextmanager
async def api_harness(
    folder: Path,
    documents: Mapping[str, str],
    limits: LimitSettings | None = None,
    **web: object,
) -> AsyncIterator[ApiHarness]:
    """A bot on these documents, with these settings of its web server."""
    corpus = folder / "corpus"
    for path, text in documents.items():
        file = corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    settings = Settings(
        corpus=CorpusSettings(folder=corpus),
        state=StateSettings(folder=folder / "state"),
        retrieval=RetrievalSettings(encoder="none"),
        limits=limits or LimitSettings(per_room=100_000),
        web=web_settings("", **{"per_minute": 10_000, **web}),
    )
    answering = build_answering(settings)
    try:
        async with build_services(settings, answering) as services:
            services.loaded(await answering.reload())
            async with web_server(services) as url, ClientSession() as session:
                yield ApiHarness(url, services, corpus, session)
    finally:
        await answering.close()
