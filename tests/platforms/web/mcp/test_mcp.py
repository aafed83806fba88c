"""The tools for language models, by the client of the SDK, over both transports."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from bot.chat.buttons import key_of
from tests.harness.api_harness import OPEN, SECRET, ApiHarness, api_harness

ROOT = Path(__file__).parents[4]
TEXTS = OPEN | SECRET


@asynccontextmanager
async def over_http(api: ApiHarness, token: str | None = None) -> AsyncIterator[Client]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(f"{api.url}/mcp", http_client=http)) as client,
    ):
        yield client


def over_pipes(corpus: Path, state: Path, *arguments: str) -> Client:
    return Client(
        StdioServerParameters(
            command=sys.executable,
            args=["-m", "bot", "mcp", "--corpus", str(corpus), *arguments],
            cwd=ROOT,
            env={
                "SOURCES_SAY_STATE__FOLDER": str(state),
                "SOURCES_SAY_RETRIEVAL__ENCODER": "none",
                "SOURCES_SAY_LOG__LEVEL": "debug",
            },
        )
    )


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """The structured content of a result, which its text says, too."""
    result = await client.call_tool(tool, arguments)
    (text,) = result.content
    assert text.type == "text"
    assert not result.is_error, text.text
    assert json.loads(text.text) == result.structured_content
    check_quotes(result.structured_content)
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    (text,) = result.content
    assert result.is_error
    assert text.type == "text"
    return text.text


def check_quotes(content: Any) -> None:
    """Whatever is quoted is what stands there in the served text."""
    if isinstance(content, dict):
        if "quote" in content:
            spans = content["parts"] or [(content["start"], content["end"])]
            text = TEXTS[content["document"]]
            assert content["quote"] == "[…]".join(text[start:end] for start, end in spans)
        if "length" in content:
            text = TEXTS[content["source"]["document"]]
            for part in content["parts"]:
                assert part["text"] == text[part["start"] : part["end"]]
        for each in content.values():
            check_quotes(each)
    elif isinstance(content, list):
        for each in content:
            check_quotes(each)


async def use_every_tool(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == {
        "ask",
        "search",
        "read_source",
        "list_sources",
        "check_quote",
    }
    assert all(tool.output_schema for tool in tools)
    assert not any("  " in (tool.description or "  ") for tool in tools)
    reply = await call(client, "ask", question="When does the front gate close?")
    best = reply["excerpts"][0]
    assert best["document"] == "rules/gate.md"
    around = await call(
        client, "read_source", document=best["key"], start=best["start"], end=best["end"]
    )
    assert "Bicycles" in around["parts"][0]["text"]
    checked = await call(client, "check_quote", words="The garden costs forty francs")
    assert checked["stands"] == "exactly"
    assert checked["places"][0]["excerpt"]["document"] == "rules/fees.md"
    checked = await call(client, "check_quote", words="the GARDEN costs  forty francs")
    assert (checked["stands"], checked["places"][0]["exact"]) == ("almost", False)
    checked = await call(client, "check_quote", words="the garden costs fifty francs a year")
    assert (checked["stands"], checked["places"]) == ("nowhere", [])
    assert checked["nearest"]["quote"].startswith("The garden costs forty francs a year")
    found = await call(client, "search", words="bell", count=1)
    assert found["excerpts"][0]["document"] == "rules/gate.md"
    silence = await call(client, "ask", question="Who repairs the zeppelin?")
    assert silence["reply"] == "silence"
    assert "No document" in await refusal(client, "read_source", document="no such thing")
    assert "no words" in await refusal(client, "check_quote", words="  ")
    assert "count" in await refusal(client, "search", words="bell", count=1_000)


async def test_over_http(tmp_path: Path) -> None:
    async with api_harness(tmp_path, TEXTS, open_collections=["rules"]) as api:
        token = await api.token("model")
        async with over_http(api, token) as client:
            await use_every_tool(client)
            sources = await call(client, "list_sources")
            links = {each["document"]: each["link"] for each in sources["documents"]}
        assert links["board/minutes.md"] is None
        # The questions of models are written from what people tell them: none is kept.
        assert await api.services.store.unanswered.most_asked(10) == ()
        async with api.session.get(links["rules/gate.md"]) as page:
            assert page.status == 200


async def test_over_pipes(tmp_path: Path) -> None:
    corpus = written(tmp_path)
    async with over_pipes(corpus, tmp_path / "state", "--collection", "rules") as client:
        await use_every_tool(client)
        assert "No document" in await refusal(client, "read_source", document="board/minutes.md")


async def test_standard_output_has_messages_only_and_the_program_ends_with_its_input(
    tmp_path: Path,
) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "mcp", "--corpus", str(written(tmp_path))),
        *("--log-level", "debug"),
        env={"SOURCES_SAY_STATE__FOLDER": str(tmp_path), "SOURCES_SAY_RETRIEVAL__ENCODER": "none"},
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(program.communicate(json.dumps(hello).encode() + b"\n"), 60)
    assert program.returncode == 0
    (line,) = out.splitlines()
    assert json.loads(line)["result"]["serverInfo"]["name"] == "sources-say"
    assert b"corpus loaded" in err


def written(folder: Path) -> Path:
    corpus = folder / "corpus"
    for path, text in TEXTS.items():
        (corpus / path).parent.mkdir(parents=True, exist_ok=True)
        (corpus / path).write_text(text, encoding="utf-8")
    return corpus


@pytest.mark.parametrize("with_token", [True, False])
async def test_what_is_not_seen_leaves_no_trace(tmp_path: Path, with_token: bool) -> None:
    """Each tool says the same with and without the collection that is hidden."""
    told = []
    for name, documents in (("with", TEXTS), ("without", OPEN)):
        folder = tmp_path / name
        async with api_harness(folder, documents, public_url="", open_collections=["rules"]) as api:
            token = await api.token("model", "rules") if with_token else None
            async with over_http(api, token) as client:
                asked = [
                    await call(client, "ask", question="Who stole the silver candlesticks?"),
                    await call(client, "search", words="caretaker Bartholomew", count=20),
                    await call(client, "list_sources"),
                    await call(client, "check_quote", words="stealing the silver candlesticks"),
                    await call(client, "check_quote", words="A new lock for the front gate"),
                    await refusal(client, "read_source", document="board/minutes.md"),
                    await refusal(client, "read_source", document=key_of("board/minutes.md")),
                ]
        asked[0].pop("seconds")
        told.append(asked)
    assert told[0] == told[1]
    assert "dismissed" not in repr(told)


async def test_two_tokens_at_once_see_what_is_theirs(tmp_path: Path) -> None:
    async with api_harness(tmp_path, TEXTS) as api:
        rules, board = await api.token("rules", "rules"), await api.token("board", "board")

        async def documents(token: str) -> set[str]:
            async with over_http(api, token) as client:
                many = await asyncio.gather(*(call(client, "list_sources") for _ in range(10)))
            return {each["collection"] for one in many for each in one["documents"]}

        of_rules, of_board = await asyncio.gather(documents(rules), documents(board))
        assert (of_rules, of_board) == ({"rules"}, {"board"})


async def test_without_a_token_or_with_a_withdrawn_one_there_are_no_tools(tmp_path: Path) -> None:
    async with api_harness(tmp_path, TEXTS) as api:
        token = await api.token("model")
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Accept": "application/json, text/event-stream"}

        async def status(token: str | None, **more: str) -> int:
            given = headers | more | ({"Authorization": f"Bearer {token}"} if token else {})
            async with api.session.post(f"{api.url}/mcp", json=message, headers=given) as response:
                return response.status

        assert await status(token) == 200
        assert await status(token, Origin="https://elsewhere.example.org") == 403
        await api.services.store.tokens.remove("model")
        assert (await status(token), await status(None), await status("say_x")) == (401, 401, 401)
        async with api.session.get(f"{api.url}/mcp", headers=headers) as response:
            assert response.status == 405


WORDS = " ".join(TEXTS.values()).split()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(st.sampled_from(WORDS) | st.text(max_size=6), min_size=1, max_size=12)
    | st.tuples(st.integers(0, len(WORDS) - 1), st.integers(1, 9)).map(
        lambda place: WORDS[place[0] : place[0] + place[1]]
    ),
    start=st.integers(0, 250),
    length=st.integers(1, 90),
    around=st.integers(0, 3),
)
def test_every_quote_of_every_tool_is_what_stands_in_the_text(
    one_loop: asyncio.Runner,
    served: ApiHarness,
    words: list[str],
    start: int,
    length: int,
    around: int,
) -> None:
    async def use() -> None:
        for path, query in (
            ("/ask", {"question": " ".join(words)}),
            ("/search", {"words": " ".join(words)}),
        ):
            response = await served.get(path, **query)
            if response.status == 200:
                check_quotes_of_api(response.json)
        async with over_http(served) as client:
            for tool, given in (
                ("check_quote", {"words": " ".join(words)}),
                ("search", {"words": " ".join(words), "count": 20}),
                ("ask", {"question": " ".join(words)}),
                (
                    "read_source",
                    {
                        "document": "rules/gate.md",
                        "start": start,
                        "end": start + length,
                        "around": around,
                    },
                ),
            ):
                result = await client.call_tool(tool, given)
                check_quotes(result.structured_content)

    one_loop.run(use())


def check_quotes_of_api(content: Any) -> None:
    """As `check_quotes`, where fields that are empty are left out."""
    if isinstance(content, dict) and "quote" in content:
        content.setdefault("parts", [])
    for each in content.values() if isinstance(content, dict) else content:
        if isinstance(each, dict | list):
            check_quotes_of_api(each)
    check_quotes(content)


@pytest.fixture
def one_loop() -> Any:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def served(one_loop: asyncio.Runner, tmp_path: Path) -> Any:
    harness = api_harness(tmp_path, TEXTS, open_collections=["*"])
    yield one_loop.run(harness.__aenter__())
    one_loop.run(harness.__aexit__(None, None, None))
