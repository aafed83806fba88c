"""`python -m benchmarks.hidden`: whether time tells of documents that a program may not see.

A bot serves some open documents and many hidden ones. Programs with a token for the open ones ask
in turn for something hidden and for something that is nowhere, in random order. Told are the
medians in milliseconds, and the median of the differences of pairs with its 95 % interval, which
holds 0 where time tells nothing. In the last lines both are nowhere: what chance alone makes.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from math import sqrt
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.chat.buttons import key_of
from tests.harness.api_harness import ApiHarness, api_harness

_OPEN, _HIDDEN = 20, 400
_ACCEPTED = {"Accept": "application/json, text/event-stream"}

Probe = Callable[[str, int], Awaitable[object]]
"""One request: for a name, and its number."""


def documents(names: list[str]) -> dict[str, str]:
    """Minutes of open meetings, and hidden ones, each with a name that no other document has."""
    texts = {
        f"open/{n}.md": f"# Meeting {n}\n\nThe board of house {n} ordered a lock for the gate."
        for n in range(_OPEN)
    }
    for n in range(_HIDDEN):
        told = f"The board dismissed {names[n]} for stealing {n} silver spoons."
        texts[f"hidden/{names[n]}.md"] = f"# The case of {names[n]}\n\n{told}\n\nIt was told."
    return texts


def probes(api: ApiHarness, token: str, ids: dict[str, str]) -> dict[str, Probe]:
    """The requests to compare; `ids` are those of replies about hidden documents."""

    async def tool(tool: str, arguments: dict[str, object]) -> object:
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments},
        }
        headers = _ACCEPTED | {"Authorization": f"Bearer {token}"}
        async with api.session.post(f"{api.url}/mcp", json=message, headers=headers) as response:
            return await response.read()

    return {
        "document": lambda name, _: api.get(f"/documents/{key_of(f'hidden/{name}.md')}", token),
        "answer by id": lambda name, _: api.get(f"/answers/{ids.get(name, key_of(name))}", token),
        "ask": lambda name, n: api.get("/ask", token, question=f"Who dismissed {name} ({n})?"),
        "search": lambda name, _: api.get("/search", token, words=f"dismissed {name}"),
        "one collection": lambda name, _: api.get(
            "/search", token, words="gate", collection="hidden" if name in ids else "nowhere"
        ),
        "page": lambda name, _: page(api, f"/d/{key_of(f'hidden/{name}.md')}"),
        "MCP ask": lambda name, n: tool("ask", {"question": f"Who dismissed {name}, {n}?"}),
        "MCP read_source": lambda name, _: tool("read_source", {"document": f"hidden/{name}.md"}),
        "MCP check_quote": lambda name, _: tool(
            "check_quote", {"words": f"The board dismissed {name}"}
        ),
    }


async def page(api: ApiHarness, path: str) -> object:
    """A page, without a token."""
    async with api.session.get(api.url + path) as response:
        return await response.read()


async def measure(
    probe: Probe, pairs: list[tuple[str, str]], dice: random.Random
) -> dict[str, object]:
    """The times of pairs of names, of which the first is hidden."""
    times: tuple[list[float], list[float]] = ([], [])
    for number, pair in enumerate(pairs):
        for which in dice.sample((0, 1), 2):
            began = time.perf_counter()
            await probe(pair[which], number)
            times[which].append(1_000 * (time.perf_counter() - began))
    differences = sorted(a - b for a, b in zip(*times, strict=True))
    # The ranks between which the median of all pairs there might be lies, 95 times of 100.
    middle, reach = len(differences) / 2, 0.98 * sqrt(len(differences))
    low, high = differences[int(middle - reach)], differences[int(middle + reach)]
    return {
        "hidden": round(median(times[0]), 3),
        "nowhere": round(median(times[1]), 3),
        "difference": round(median(differences), 3),
        "interval": [round(low, 3), round(high, 3)],
    }


async def main(options: argparse.Namespace) -> None:
    """Print a line of JSON for each request."""
    dice = random.Random(options.seed)
    names = ["".join(dice.choices("bcdfghklmnprstvz", k=9)).title() for _ in range(4 * _HIDDEN)]
    with TemporaryDirectory(prefix="hidden-") as folder:
        async with api_harness(
            Path(folder), documents(names), open_collections=["open"], per_minute=1_000_000
        ) as api:
            every, some = await api.token("every"), await api.token("some", "open")
            ids: dict[str, str] = {}
            for name in names[:_HIDDEN]:
                reply = await api.get("/ask", every, question=f"Who dismissed {name}?")
                ids[name] = reply.json["id"]
            nowhere = iter(names[_HIDDEN:])
            for control in (False, True):
                first = [next(nowhere) for _ in range(_HIDDEN)] if control else [*ids]
                pairs = [*zip(first, nowhere, strict=False)][: options.pairs]
                for title, probe in probes(api, some, ids).items():
                    await measure(probe, pairs[:20], dice)  # what is made once
                    told = await measure(probe, pairs, dice)
                    kind = "chance" if control else "hidden"
                    print(json.dumps({"request": title, "compared": kind} | told))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(main(parser.parse_args()))
