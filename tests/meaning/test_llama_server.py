"""The endpoint before a real model behind llama.cpp's server: the protocol, never the content."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from bot.core.errors import EndpointError, PromptError
from bot.meaning.chat_completions import Prompt
from bot.meaning.endpoint import Endpoint, EndpointOptions
from tests.harness.llama_server import CONTEXT, KEY, LlamaServer, lacks_avx2

SCHEMA = {
    "type": "object",
    "properties": {"answers": {"type": "boolean"}},
    "required": ["answers"],
    "additionalProperties": False,
}
PROMPT = Prompt("choose", "Choose.", "1: A gate.\n2: A cellar.\nWhere is it?", SCHEMA, 200)
"""All answers of that schema, blanks included, are shorter than 200 tokens."""
POSSIBLE: list[Mapping[str, object]] = [{"answers": True}, {"answers": False}]


@pytest.fixture(scope="module")
def llama(project_root: Path) -> Iterator[LlamaServer]:
    folder = project_root / ".venv-llama"
    if not (folder / ".installed").exists():
        pytest.skip("no language model in .venv-llama (`make test` installs it, where it can)")
    if lacks_avx2():
        pytest.skip("this processor cannot run the language model (it lacks AVX2)")
    server = LlamaServer(folder / "bin/python")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def endpoint(llama: LlamaServer) -> AsyncIterator[Endpoint]:
    await asyncio.to_thread(llama.start)
    made = Endpoint(EndpointOptions(llama.url, "any", KEY, seconds=120.0))
    yield made
    await made.close()


async def test_four_at_once_follow_the_schema(endpoint: Endpoint) -> None:
    replies = await asyncio.gather(*(endpoint.complete(PROMPT) for _ in range(4)))
    assert all(reply in POSSIBLE for reply in replies)


async def test_a_prompt_longer_than_the_context_is_told_with_its_numbers(
    endpoint: Endpoint,
) -> None:
    long = Prompt("choose", "Choose.", "a gate " * 2 * CONTEXT, SCHEMA, 100)
    with pytest.raises(PromptError, match=rf"tokens long, .* context has {CONTEXT:,}"):
        await endpoint.complete(long)


async def test_an_answer_cut_at_the_limit_counts_as_none(endpoint: Endpoint) -> None:
    short = Prompt("choose", "Choose.", "Where is it?", SCHEMA, 2)
    with pytest.raises(PromptError, match="cut off"):
        await endpoint.complete(short)


async def test_a_wrong_key_is_told(llama: LlamaServer, endpoint: Endpoint) -> None:
    other = Endpoint(EndpointOptions(llama.url, key="wrong", seconds=120.0))
    with pytest.raises(EndpointError, match="refuses the key"):
        await other.complete(PROMPT)
    await other.close()


async def test_a_server_that_ends_meanwhile_and_comes_back(
    llama: LlamaServer, endpoint: Endpoint
) -> None:
    going = asyncio.create_task(endpoint.complete(PROMPT))
    await asyncio.sleep(0)
    await asyncio.to_thread(llama.stop)
    with pytest.raises(EndpointError, match=r"^reader\.url: "):
        await going
    await asyncio.to_thread(llama.start)
    assert await endpoint.complete(PROMPT) in POSSIBLE
