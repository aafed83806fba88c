"""The HTTP interface as a program meets it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.config.settings import LimitSettings
from bot.platforms.web.api import models
from bot.platforms.web.api.openapi import OPERATIONS
from bot.state.records import TokenRight
from bot.state.store import Store
from tests.harness.api_harness import OPEN, SECRET, ApiHarness, api_harness

QUESTION = "When does the front gate close?"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiHarness]:
    async with api_harness(tmp_path, OPEN | SECRET, open_collections=["rules"]) as harness:
        yield harness


def problem_of(status: int, response: Any) -> str:
    assert response.status == status, response.text
    assert response.headers["Content-Type"].startswith("application/problem+json")
    content = models.ProblemJson.model_validate(response.json, extra="forbid")
    assert content.status == status
    return content.detail


def quotes_of(content: Any) -> Iterator[Any]:
    """Every object with a quote, wherever it stands."""
    if isinstance(content, dict):
        if "quote" in content:
            yield content
        for each in content.values():
            yield from quotes_of(each)
    elif isinstance(content, list):
        for each in content:
            yield from quotes_of(each)


async def test_a_question_is_answered_with_quotes_and_links_that_work(api: ApiHarness) -> None:
    by_query = await api.get("/ask", question=QUESTION)
    by_body = await api.request("POST", "/ask", json={"question": QUESTION})
    reply = by_query.json
    assert by_query.status == by_body.status == 200
    assert by_body.json["id"] == reply["id"]
    models.ReplyJson.model_validate(reply, extra="forbid")
    best = reply["excerpts"][0]
    text = OPEN[best["document"]]
    assert best["quote"] == text[best["start"] : best["end"]]
    async with api.session.get(best["link"]) as page:
        assert "ten o&#39;clock" in await page.text()
    again = await api.get(f"/answers/{reply['id']}")
    models.SavedReplyJson.model_validate(again.json, extra="forbid")
    assert [each["quote"] for each in again.json["excerpts"]] == [
        each["quote"] for each in reply["excerpts"]
    ]


async def test_small_talk_and_what_is_no_question(api: ApiHarness) -> None:
    assert "Hello" in (await api.get("/ask", question="hello")).json["notice"]
    assert "words" in problem_of(400, await api.get("/ask", question=" \u200b "))
    assert "question" in problem_of(400, await api.get("/ask", question="x" * 501))
    long = await api.request("POST", "/ask", json={"question": "x" * 2_001})
    assert "question" in problem_of(400, long)
    assert "question" in problem_of(400, await api.get("/ask"))


async def test_an_answer_by_id_leaves_out_what_has_changed(api: ApiHarness) -> None:
    reply = (await api.get("/ask", question=QUESTION)).json
    (api.corpus / "rules/gate.md").write_text("# House rules\n\nThe gate stays open.\n")
    await api.services.answering.reload()
    again = (await api.get(f"/answers/{reply['id']}")).json
    assert again["lost"] >= 1
    assert all(each["document"] != "rules/gate.md" for each in again["excerpts"])


async def test_a_document_is_read_in_ranges(api: ApiHarness) -> None:
    sources = (await api.get("/sources")).json
    models.SourcesJson.model_validate(sources, extra="forbid")
    key = {each["document"]: each["key"] for each in sources["documents"]}["rules/gate.md"]
    whole = (await api.get(f"/documents/{key}")).json
    models.DocumentTextJson.model_validate(whole, extra="forbid")
    assert "".join(part["text"] for part in whole["parts"]) == OPEN["rules/gate.md"]
    assert whole["next"] is None
    part = (await api.get(f"/documents/{key}", start=20, end=25)).json
    assert part["parts"] == [{"text": OPEN["rules/gate.md"][20:25], "start": 20, "end": 25}]
    assert part["next"] == 25
    wide = (await api.get(f"/documents/{key}", start=20, end=25, around=1)).json
    assert wide["start"] < 20
    assert "Bicycles" in wide["parts"][0]["text"]
    assert "not in the document" in problem_of(400, await api.get(f"/documents/{key}", start=9_999))
    assert "end" in problem_of(400, await api.get(f"/documents/{key}", end="x"))


async def test_a_search_finds_passages_and_answers_nothing(api: ApiHarness) -> None:
    found = (await api.get("/search", words="garden francs", count=1)).json
    models.SearchJson.model_validate(found, extra="forbid")
    (excerpt,) = found["excerpts"]
    assert excerpt["document"] == "rules/fees.md"
    assert excerpt["link"].endswith(f"?at={excerpt['start']}-{excerpt['end']}")


async def test_a_copy_of_the_same_revision_is_not_sent_again(api: ApiHarness) -> None:
    token = await api.token("wiki")
    known: dict[str, str] = {}
    for path, query in (
        ("/ask", {"question": QUESTION}),
        ("/search", {"words": "gate"}),
        ("/sources", {}),
    ):
        first = await api.get(path, token, **query)
        known = {"If-None-Match": first.headers["ETag"]}
        again = await api.request("GET", path, token, known, params=query)
        assert (again.status, again.text) == (304, "")
    (api.corpus / "rules/fees.md").write_text("# Fees\n\nThe garden is free.\n")
    await api.services.answering.reload()
    assert (await api.request("GET", "/sources", token, known)).status == 200


async def test_a_withdrawn_token_ends_at_the_next_request(api: ApiHarness) -> None:
    token = await api.token("wiki", "board")
    ended = await api.token("old", "board", ends_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await api.get("/sources", token)).status == 200
    # As `token remove` does it, in another process.
    async with await Store.open(api.services.settings.state.folder) as other:
        assert await other.tokens.remove("wiki")
    for each in (token, ended, "say_nonsense", "", "é\u0301"):
        response = await api.get("/sources", each)
        assert "token" in problem_of(401, response)
        assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_without_a_token_and_open_collections_nothing_is_told(tmp_path: Path) -> None:
    async with api_harness(tmp_path, OPEN) as api:
        for path in ("/sources", "/ask?question=gate", "/documents/0000000000000000", "/status"):
            problem_of(401, await api.get(path))
        assert (await api.get("/openapi.json")).status == 200


async def test_curators_reload_and_see_what_failed_in_their_collections(api: ApiHarness) -> None:
    reader, curator = await api.token("wiki"), await api.token("ci", right=TokenRight.CURATE)
    of_rules = await api.token("rules", "rules", right=TokenRight.CURATE)
    problem_of(403, await api.request("POST", "/reload", reader))
    problem_of(401, await api.request("POST", "/reload"))
    (api.corpus / "board/broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (api.corpus / "rules/new.md").write_text("# New\n\nThe roof may be used in summer.\n")
    status = (await api.request("POST", "/reload", curator)).json
    models.StatusJson.model_validate(status, extra="forbid")
    assert [each["document"] for each in status["failed"]] == ["board/broken.pdf"]
    assert status["documents"] == 4
    seen = (await api.get("/status", of_rules)).json
    assert (seen["failed"], seen["collections"], seen["documents"]) == ([], ["rules"], 3)
    (last,) = await api.services.store.audit.newest(1)
    assert (last.platform, last.actor, last.action) == ("web", "ci", "reload")


async def test_too_many_requests_of_a_token_are_refused_for_a_while(tmp_path: Path) -> None:
    limits = LimitSettings(per_room=3)
    async with api_harness(tmp_path, OPEN, limits, open_collections=["*"], per_minute=10) as api:
        first, second = await api.token("first"), await api.token("second")
        for token, most in ((first, 3), (None, 10)):
            for _ in range(most):
                assert (await api.get("/sources", token)).status == 200
            refused = await api.get("/sources", token)
            problem_of(429, refused)
            assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert (await api.get("/sources", second)).status == 200


async def test_questions_wait_in_a_queue_that_ends(tmp_path: Path) -> None:
    limits = LimitSettings(waiting=1, at_once=1)
    async with api_harness(tmp_path, OPEN, limits, open_collections=["*"]) as api:
        asked = [api.get("/ask", question=f"gate number {n}") for n in range(40)]
        replies = await asyncio.gather(*asked)
        refused = [each for each in replies if each.status != 200]
        assert refused
        for each in refused:
            problem_of(503, each)
            assert each.headers["Retry-After"]


async def test_curators_see_the_questions_of_programs_that_met_silence(api: ApiHarness) -> None:
    token = await api.token("wiki")
    await api.get("/ask", token, question=QUESTION)
    asked = {"question": "Who repairs the zeppelin?"}
    assert (await api.get("/ask", token, **asked)).json["reply"] == "silence"
    await api.request("POST", "/ask", token, json=asked)
    for other in (asked, {"question": "Who repairs the submarine?"}):
        await api.request("POST", "/ask", token, json=other | {"private": True})
        assert (await api.get("/ask", **other)).json["reply"] == "silence"
        await api.request("POST", "/ask", json=other)
    (listed,) = await api.services.store.unanswered.most_asked(10)
    assert (listed.question, listed.count) == ("Who repairs the zeppelin?", 2)


async def test_a_full_disk_takes_the_links_of_a_reply_and_not_the_reply(api: ApiHarness) -> None:
    await api.services.store.values.database.write(
        lambda session: session.execute(text("PRAGMA query_only = ON"))
    )
    reply = (await api.get("/ask", question=QUESTION)).json
    assert reply["excerpts"][0]["document"] == "rules/gate.md"
    assert {each["link"] for each in reply["excerpts"]} == {None}


HOSTILE = (
    ("GET", "/ask?question=a&question=b", None),
    ("GET", "/ask?question=%FF%FE%00", None),
    ("GET", "/ask?question=gate&scope=*", None),
    ("GET", "/ask?question=gate&collection=board", None),
    ("GET", "/search?words=gate&count=1e9", None),
    ("GET", "/documents/..%2F..%2Fetc%2Fpasswd", None),
    ("GET", "/documents/%00", None),
    ("GET", "/answers/0000000000000000", None),
    ("GET", "/answers/' OR 1=1 --", None),
    ("GET", "/nothing", None),
    ("POST", "/ask", b"{"),
    ("POST", "/ask", b"[" * 50_000),
    ("POST", "/ask", b'{"question": "\\ud800"}'),
    ("POST", "/ask", b'{"question": 1e999}'),
    ("POST", "/ask", b'{"question": "gate", "collection": ["board"]}'),
    ("POST", "/ask", b'{"question": "' + b"x" * 200_000 + b'"}'),
    ("DELETE", "/ask", None),
    ("PUT", "/reload", None),
)


@pytest.mark.parametrize(("method", "path", "body"), HOSTILE)
async def test_hostile_requests_meet_one_sentence(
    api: ApiHarness, method: str, path: str, body: bytes | None
) -> None:
    headers = {"Content-Type": "application/json"}
    response = await api.request(method, path, None, headers, data=body)
    if response.status != 200:
        assert 400 <= response.status < 500
        assert problem_of(response.status, response)
    assert "Bartholomew" not in response.text


async def test_a_body_that_is_no_json_is_refused(api: ApiHarness) -> None:
    problem_of(415, await api.request("POST", "/ask", data=b"question=gate"))


async def test_the_description_names_all_there_is(api: ApiHarness) -> None:
    described = (await api.get("/openapi.json")).json
    assert {(each.method.lower(), each.path) for each in OPERATIONS} == {
        (method, path) for path, methods in described["paths"].items() for method in methods
    }
    for path in described["paths"]:
        exact = path.replace("{id}", "0" * 16).replace("{key}", "0" * 16)
        refused = await api.request("PATCH", exact)
        allowed = {each.strip() for each in refused.headers["Allow"].split(",")} - {"HEAD"}
        assert allowed == {each.method for each in OPERATIONS if each.path == path}


async def test_schemathesis_finds_nothing(api: ApiHarness, tmp_path: Path) -> None:
    """Hundreds of requests made of the description, right and wrong ones.

    Words that are only blanks are refused, which the description cannot say.
    """
    curator = await api.token("ci", right=TokenRight.CURATE)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {curator}"),
        *("--max-examples", "10", "--seed", "1", "--no-color"),
        *("--exclude-checks", "positive_data_acceptance"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(program.communicate(), 120)
    assert program.returncode == 0, told.decode()
