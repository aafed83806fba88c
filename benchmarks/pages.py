"""`python -m benchmarks.pages`: pages of a long document beside questions.

A child process asks for pages at a fixed rate, whether they come or not: parts of a document of
some megabytes, each opened at an excerpt or searched. Meanwhile the process of the bot answers
questions, one after the other at a fixed rate. Told are the times of both.
"""

import argparse
import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.corpora import texts
from benchmarks.serving import settings_in
from bot.chat.buttons import key_of
from bot.chat.saved_replies import saved_reply
from bot.config.settings import WebSettings
from bot.core.replies import Answer
from bot.platforms.services import SharedServices, build_answering, build_services
from bot.platforms.web.server import run_web

_PASSAGES = 10_000
_SEARCHED = ("reason", "harbour", "council")


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """The times of questions and pages, in milliseconds."""
    with TemporaryDirectory(prefix="pages-") as name:
        settings = settings_in(Path(name)).model_copy(
            update={
                "web": WebSettings(
                    address="127.0.0.1:0", open_collections=("*",), per_minute=1_000_000
                )
            }
        )
        corpus = texts(_PASSAGES, options.seconds * options.questions + 50)
        paragraphs: list[str] = []
        size = 0
        for passage in corpus.passages:
            paragraphs.append(passage)
            size += len(passage)
            if size > options.megabytes * 1_000_000:
                break
        settings.corpus.folder.mkdir(parents=True, exist_ok=True)
        (settings.corpus.folder / "long.md").write_text("\n\n".join(paragraphs), encoding="utf-8")
        answering = build_answering(settings, in_child=True)
        async with build_services(settings, answering) as services:
            services.loaded(await answering.reload())
            listens: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            server = asyncio.create_task(run_web(services, listens.set_result))
            try:
                places = await _places(services, corpus.questions[:20])
                address = await listens
                gc.freeze()  # as bot/cli/serve.py does
                return await _both(services, address, places, corpus.questions, options)
            finally:
                server.cancel()
                await asyncio.gather(server, return_exceptions=True)


async def _places(services: SharedServices, questions: Sequence[str]) -> list[str]:
    """Paths of pages: of excerpts, of parts, and of searches."""
    page = f"/d/{key_of('long.md')}"
    places = [f"{page}?part={number}" for number in range(1, 100)]
    places += [f"{page}?q={word}&m={number}" for word in _SEARCHED for number in range(1, 10)]
    for question in questions:
        reply = await services.answering.ask(question)
        if isinstance(reply, Answer) and services.links is not None:
            await services.store.answers.save_reply(
                saved_reply(reply, None, None), datetime.now(UTC)
            )
            places.append(services.links.below("").excerpt(reply.id, None, 1).partition("#")[0])
    return places


async def _both(
    services: SharedServices,
    address: str,
    places: Sequence[str],
    questions: Sequence[str],
    options: argparse.Namespace,
) -> dict[str, object]:
    alone = await _asked(services, questions[20 : 20 + options.questions * 5], options.questions)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.pages", "--client", address.rstrip("/"),
        "--rate", str(options.rate), "--seconds", str(options.seconds),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    asked = asyncio.create_task(
        _asked(services, questions[20 + options.questions * 5 :], options.questions)
    )
    output, _ = await child.communicate(json.dumps(places).encode())
    asked.cancel()
    times = await asked
    return {
        "questions_alone_ms": _told(alone),
        "questions_ms": _told(times),
        "pages": json.loads(output),
    }


async def _asked(
    services: SharedServices, questions: Sequence[str], per_second: int
) -> list[float]:
    """The seconds of each answer, until all are asked or the task is cancelled."""
    times: list[float] = []
    try:
        for question in questions:
            begun = time.perf_counter()
            await services.answering.ask(question)
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(max(0.0, 1 / per_second - times[-1]))
    except asyncio.CancelledError:
        pass
    return times


async def _client(address: str, places: Sequence[str], rate: int, seconds: int) -> None:
    """Ask for pages, each at its time, and print the times."""
    chance = random.Random(1)
    times: list[float] = []
    statuses: dict[int, int] = {}
    sizes = 0

    async def one(session: aiohttp.ClientSession, place: str, due: float) -> None:
        nonlocal sizes
        async with session.get(address + place) as response:
            sizes += len(await response.read())
            statuses[response.status] = statuses.get(response.status, 0) + 1
        times.append(time.perf_counter() - due)

    connector = aiohttp.TCPConnector(limit=100)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        begun = time.perf_counter()
        for number in range(rate * seconds):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(session, chance.choice(places), due))
    told = {"ms": _told(times), "statuses": statuses, "bytes": sizes // max(1, len(times))}
    told["per_second"] = round(len(times) / (time.perf_counter() - begun))
    sys.stdout.write(json.dumps(told))


def _told(times: Sequence[float]) -> dict[str, float]:
    """Their number, median, 99th percentile and maximum, in milliseconds."""
    if len(times) < 2:
        return {"count": len(times)}
    cuts = quantiles(times, n=100)
    return {
        "count": len(times),
        **{name: round(value * 1_000, 1) for name, value in
           (("p50", cuts[49]), ("p99", cuts[98]), ("max", max(times)))},
    }  # fmt: skip


def main() -> None:
    """Measure, or be the client of a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="pages a second")
    parser.add_argument("--questions", type=int, default=20, help="questions a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=5)
    parser.add_argument("--client", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        places = json.loads(sys.stdin.read())
        asyncio.run(_client(options.client, places, options.rate, options.seconds))
        return
    told = asyncio.run(measure(options))
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
