"""What a caller does not see is as if it were not there: in status, body, ETag, and errors."""

from pathlib import Path
from typing import Any

import pytest

from bot.chat.buttons import key_of
from tests.harness.api_harness import OPEN, SECRET, ApiHarness, ApiResponse, api_harness

REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/ask", {"question": "Whom did the board dismiss for stealing silver candlesticks?"}),
    ("/ask", {"question": "When does the front gate close?"}),
    ("/ask", {"question": "Bartholomew"}),
    ("/ask", {"question": "caretaker", "collection": "board"}),
    ("/search", {"words": "silver candlesticks", "count": 20}),
    ("/search", {"words": "lock front gate", "count": 20}),
    ("/search", {"words": "gate", "collection": "board"}),
    ("/sources", {}),
    (f"/documents/{key_of('board/minutes.md')}", {}),
    (f"/documents/{key_of('board/minutes.md')}", {"start": 5, "end": 90_000, "around": 3}),
    (f"/documents/{key_of('board/none.md')}", {}),
)


def without_time(response: ApiResponse) -> tuple[object, ...]:
    content = response.json
    content.pop("seconds", None)
    headers = {k: v for k, v in response.headers.items() if k not in {"Date", "Content-Length"}}
    return response.status, headers, content


async def asked(api: ApiHarness, token: str | None = None) -> list[tuple[object, ...]]:
    return [without_time(await api.get(path, token, **query)) for path, query in REQUESTS]


async def test_a_corpus_with_secrets_answers_as_one_without(tmp_path: Path) -> None:
    """To strangers and to the holder of a token, with and without the other collection."""
    told = []
    for name, documents in (("with", OPEN | SECRET), ("without", OPEN)):
        folder = tmp_path / name
        async with api_harness(folder, documents, public_url="", open_collections=["rules"]) as api:
            token = await api.token("wiki", "rules")
            told.append([*await asked(api), *await asked(api, token)])
    assert told[0] == told[1]
    assert "dismissed" not in repr(told[0])


async def test_an_unseen_document_is_one_that_is_not_there(tmp_path: Path) -> None:
    async with api_harness(tmp_path, OPEN | SECRET, open_collections=["rules"]) as api:
        unseen = await api.get(f"/documents/{key_of('board/minutes.md')}")
        missing = await api.get(f"/documents/{key_of('board/none.md')}")
        assert (unseen.status, unseen.text) == (missing.status, missing.text)
        assert len(unseen.headers) == len(missing.headers)


@pytest.mark.parametrize("question", ["Who stole the silver candlesticks?", "front gate lock"])
async def test_a_reply_from_a_wider_scope_is_not_found(tmp_path: Path, question: str) -> None:
    async with api_harness(tmp_path, OPEN | SECRET, open_collections=["rules"]) as api:
        every, board = await api.token("every"), await api.token("board", "board")
        reply = (await api.get("/ask", every, question=question)).json
        for token in (None, board):
            missing = await api.get("/answers/0123456789abcdef", token)
            unseen = await api.get(f"/answers/{reply['id']}", token)
            assert (
                (unseen.status, unseen.text)
                == (missing.status, missing.text)
                == (
                    404,
                    missing.text,
                )
            )
        assert (await api.get(f"/answers/{reply['id']}", every)).status == 200


async def test_a_reply_from_a_narrower_scope_is_found(tmp_path: Path) -> None:
    async with api_harness(tmp_path, OPEN | SECRET, open_collections=["rules"]) as api:
        both = await api.token("both", "rules", "board")
        narrow = (await api.get("/ask", question="When does the front gate close?")).json
        wide = (await api.get("/ask", await api.token("every"), question="Is there a lock?")).json
        for token in (both, await api.token("other")):
            for reply in (narrow, wide):
                assert (await api.get(f"/answers/{reply['id']}", token)).status == 200
