import json
import math
from dataclasses import replace

import pytest
from hypothesis import given

from bot.chat.rendering.json import json_line, reply_contents
from bot.core.replies import Excerpt, Reply
from tests.chat.builders import ANY_TEXT, HOSTILE, answer, excerpt, excerpts, silence

FIELDS = [
    "version", "question", "reply", "id", "revision", "speaking", "excerpts", "differences",
    "missing_terms", "nearest", "confidence", "seconds",
]  # fmt: skip
EXCERPT_FIELDS = [
    "quote", "document", "collection", "start", "end", "title", "author", "publisher", "date",
    "date_note", "url", "locator", "score", "sentence",
]  # fmt: skip


def to_json(reply: Reply, question: str, seconds: float) -> str:
    return json_line(reply_contents(reply, question, seconds))


def test_an_answer_has_the_fields_of_the_contract_in_their_order() -> None:
    reply = answer(excerpt("First came the rain.", (0, 5)))
    made = json.loads(to_json(reply, "what came?", 0.01234567))
    assert list(made) == FIELDS
    assert list(made["excerpts"][0]) == EXCERPT_FIELDS
    assert made == {
        "version": 1,
        "question": "what came?",
        "reply": "answer",
        "id": reply.id,
        "revision": "9c1b04d2" * 8,
        "speaking": 1,
        "excerpts": [
            {
                "quote": "First",
                "document": "main/weather.md",
                "collection": "main",
                "start": 0,
                "end": 5,
                "title": "Weather",
                "author": None,
                "publisher": "The Almanac",
                "date": "2016-12",
                "date_note": None,
                "url": None,
                "locator": "paragraph 2",
                "score": 1.5,
                "sentence": None,
            }
        ],
        "differences": [],
        "missing_terms": [],
        "nearest": None,
        "confidence": "high",
        "seconds": 0.012346,
    }


def test_a_cut_excerpt_has_its_parts_and_no_other_has() -> None:
    text = "First came the rain. Then came the wind."
    reply = answer(excerpt(text, (0, 5), (35, 40)), excerpt(text))
    cut, whole = json.loads(to_json(reply, "?", 0))["excerpts"]
    assert list(cut) == [*EXCERPT_FIELDS, "parts"]
    assert cut["parts"] == [[0, 5], [35, 40]]
    assert cut["quote"] == "[…]".join(text[a:b] for a, b in cut["parts"]) == "First[…]wind."
    assert (cut["start"], cut["end"]) == (0, 40)
    assert "parts" not in whole


@given(excerpts())
def test_the_sentence_found_is_a_span_of_what_is_quoted(one: Excerpt) -> None:
    for reply, name in ((answer(one), "excerpts"), (silence(one), "nearest")):
        made = json.loads(json.dumps(reply_contents(reply, "?", 0)))[name]
        quoted = made[0] if name == "excerpts" else made
        if one.sentence is None:
            assert quoted["sentence"] is None
            continue
        start, end = quoted["sentence"]
        assert quoted["start"] <= start < end <= quoted["end"]
        assert (start, end) == (one.sentence.start, one.sentence.end)


def test_silence_is_of_high_confidence_and_nobody_speaks() -> None:
    made = json.loads(to_json(silence(excerpt("Snow."), "kibbeh"), "kibbeh?", 0))
    assert list(made) == FIELDS
    assert (made["reply"], made["speaking"], made["confidence"]) == ("silence", 0, "high")
    assert made["excerpts"] == []
    assert made["missing_terms"] == ["kibbeh"]
    assert list(made["nearest"]) == EXCERPT_FIELDS
    assert json.loads(to_json(silence(), "?", 0))["nearest"] is None


def test_an_answer_that_is_not_sure_says_so() -> None:
    reply = answer(excerpt("Snow."), low=True, missing=("dog",))
    made = json.loads(to_json(reply, "?", 0))
    assert (made["confidence"], made["missing_terms"]) == ("low", ["dog"])


def test_the_languages_of_quotes_are_told_where_the_question_is_in_another() -> None:
    reply = answer(excerpt("Snow."), low=True, languages=("en",))
    assert json.loads(to_json(reply, "?", 0))["quote_languages"] == ["en"]
    assert "quote_languages" not in json.loads(to_json(answer(excerpt("Snow.")), "?", 0))


def test_pinned_excerpts_are_counted() -> None:
    reply = replace(answer(excerpt("Snow."), excerpt("Rain.")), pinned=1)
    assert json.loads(to_json(reply, "?", 0))["pinned"] == 1
    assert "pinned" not in json.loads(to_json(answer(excerpt("Snow.")), "?", 0))


@given(excerpts(), ANY_TEXT)
def test_any_reply_is_one_line_of_valid_utf8_and_round_trips(one: Excerpt, text: str) -> None:
    for reply in (answer(one), silence(one, text)):
        line = to_json(reply, text, 0.5)
        line.encode("utf-8")
        assert len(line.splitlines()) == 1
        assert not set(line) & set(HOSTILE)
        # Two lone surrogates side by side are one character to any reader of JSON.
        assert json.loads(line) == json.loads(json.dumps(reply_contents(reply, text, 0.5)))


@given(excerpts())
def test_the_offsets_lead_to_the_quote(one: Excerpt) -> None:
    (made,) = json.loads(json.dumps(reply_contents(answer(one), "?", 0)))["excerpts"]
    text = one.passage.document.text
    parts = made.get("parts") or [(made["start"], made["end"])]
    quote = "[…]".join(text[a:b] for a, b in parts)
    assert made["quote"] == json.loads(json.dumps(quote))


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        to_json(answer(excerpt("Snow.")), "?", math.inf)
