"""Subtitles: sentences put together from cues, with the time at which they are spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers import subtitles
from tests.harness.office_files import seen

LONG = "The boats stay out until May, and nobody paints them before that. " * 6


def srt(*cues: tuple[str, str, str]) -> bytes:
    """An SRT file of cues with start, end and words."""
    parts = [
        f"{number}\r\n{start},000 --> {end},500\r\n{words}\r\n"
        for number, (start, end, words) in enumerate(cues, 1)
    ]
    return "\r\n".join(parts).encode()


def read(data: bytes) -> list[tuple[str, str]]:
    return seen(subtitles.parse(data))


def test_cues_are_joined_to_sentences_under_the_time_of_the_first() -> None:
    parsed = subtitles.parse(
        srt(
            ("00:00:01", "00:00:02", "The boats stay"),
            ("00:00:03", "00:00:04", "out until\r\nMay."),
            ("01:02:10", "01:02:12", "Then they are painted."),
        )
    )
    assert seen(parsed) == [
        ("time 0:00:01", "The boats stay out until May."),
        ("time 1:02:10", "Then they are painted."),
    ]
    assert parsed.title is None


def test_a_paragraph_ends_with_a_sentence_when_it_is_long_or_a_pause_follows() -> None:
    long = ("00:00:01", "00:00:20", LONG)
    assert [mark for mark, _ in read(srt(long, ("00:00:21", "00:00:22", "Then more.")))] == [
        "time 0:00:01",
        "time 0:00:21",
    ]
    open_end = ("00:00:01", "00:00:20", f"{LONG}And")
    assert len(read(srt(open_end, ("00:00:21", "00:00:22", "then more.")))) == 1
    assert len(read(srt(("00:00:01", "00:00:02", "One."), ("00:00:05", "00:00:06", "Two.")))) == 2
    assert len(read(srt(("00:00:01", "00:00:02", "One,"), ("00:00:05", "00:00:06", "two.")))) == 1


def test_numbers_of_cues_are_no_words_and_spoken_numbers_are() -> None:
    data = (
        "7\n00:00:01,000 --> 00:00:02,000\nHow many?\n\nAll of\n8\n"
        "00:00:02,000 --> 00:00:03,000\n42\n\n9\n00:00:03,000 --> 00:00:04,000\n43\n"
    )
    assert read(data.encode()) == [("time 0:00:01", "How many? All of 42 43")]


def test_only_what_webvtt_shows_is_read() -> None:
    data = """WEBVTT - Boats

STYLE
::cue { color: red }

NOTE 00:01 --> not a cue

opening
00:01.000 --> 00:02.500 align:start
<i>AT&amp;T</i> <c.loud>paints</c> <00:00:01.500>boats.

NOTE
They are green.

00:02.500 --> 00:03.000

00:03.000 --> 00:04.000
Ruby &lt;3 &unknown; &amp
"""
    assert read(data.encode()) == [("time 0:00:01", "AT&T paints boats. Ruby <3 &unknown; &amp")]


def test_signs_of_the_format_are_left_out_of_srt() -> None:
    words = '{\\an8}<font color="#fff">Is 3 < 4</font> or <b>5 > 4</b>?'
    assert read(srt(("00:00:01", "00:00:02", words))) == [("time 0:00:01", "Is 3 < 4 or 5 > 4?")]


def test_each_speaker_begins_a_paragraph_with_their_name() -> None:
    data = """WEBVTT

00:01.000 --> 00:02.000
<v.loud Ida Kern>When do they
come in?</v>

00:02.000 --> 00:03.000
<v Ida Kern>In May?

00:03.000 --> 00:04.000
<v Roy>In June.</v><v Ida Kern>Good.</v>
Applause.
"""
    assert read(data.encode()) == [
        ("time 0:00:01", "Ida Kern: When do they come in? In May?"),
        ("time 0:00:03", "Roy: In June."),
        ("time 0:00:03", "Ida Kern: Good."),
        ("time 0:00:03", "Applause."),
    ]


def test_lines_of_two_people_stay_lines() -> None:
    assert read(srt(("00:00:01", "00:00:02", "- When?\r\n- In May."))) == [
        ("time 0:00:01", "- When?\n- In May.")
    ]


def test_scripts_without_blanks_get_none() -> None:
    assert read(
        srt(("00:00:01", "00:00:02", "昨日は\r\n雨が"), ("00:00:02", "00:00:03", "降った。"))
    ) == [("time 0:00:01", "昨日は雨が降った。")]


def test_rolling_captions_are_read_once_and_repeated_words_as_often_as_spoken() -> None:
    rolling = srt(
        ("00:00:01", "00:00:02", "The boats stay"),
        ("00:00:02", "00:00:03", "The boats stay\r\nout until May"),
        ("00:00:03", "00:00:04", "out until May"),
        ("00:00:04", "00:00:05", "out until May\r\nand June."),
    )
    assert read(rolling) == [("time 0:00:01", "The boats stay out until May and June.")]
    spoken = [("00:00:01", "00:00:02", words) for words in ("No.", "No.", "Why?", "It rains.")]
    assert read(srt(*spoken)) == [("time 0:00:01", "No. No. Why? It rains.")]


@pytest.mark.parametrize("data", ["WEBVTT\n", "1\n00:00:01 bis 00:00:02\nWords."])
def test_a_file_without_times_is_told_so(data: str) -> None:
    with pytest.raises(DocumentError, match="It holds no times"):
        subtitles.parse(data.encode())


def test_a_file_without_words_is_told_so() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        subtitles.parse(srt(("00:00:01", "00:00:02", "<i></i>")))


WORDS = st.text(st.sampled_from("ab.? \n-é雨"), max_size=30)


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_no_letter_is_lost_or_added(words: list[str]) -> None:
    """Each cue has a number of its own, so that none looks like one that is shown again."""
    spoken = [f"{chr(0x410 + number)}{each}" for number, each in enumerate(words)]
    cues = [("00:00:01", "00:00:02", each) for each in spoken]
    joined = "".join(text for _, text in read(srt(*cues)))
    assert "".join(joined.split()) == "".join("".join(spoken).split())
