"""The reader of subtitles (SRT, WebVTT): what is spoken, in paragraphs with the time of each.

A cue is a few words that are shown together; people quote sentences. So cues are joined to
paragraphs, which end where the speaker changes, after a pause, or where they are long enough.
No library is needed for the few rules of both formats, and pysrt is GPL.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import regex

from bot.core.documents import Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import NO_WORDS, DocumentBuilder, cleaned, readable

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})(?:[.,:](\d{1,3}))?"
_TIMES = regex.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*$", regex.MULTILINE)
_NUMBER = regex.compile(r"\n[ \t]*\d+[ \t]*\n*$")
_BLANK_LINE = regex.compile(r"\n[ \t]*\n")
_VOICE = regex.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]+)>")
_VOICE_END = "</v>"
_TAG = regex.compile(r"</?[a-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}", regex.IGNORECASE)
_ENTITY = regex.compile(r"&(?:\w{2,8}|#\d{1,7}|#x[\da-f]{1,6});", regex.IGNORECASE)
_DASH = regex.compile(r"^[-–—‐]\s*\S")
_SENTENCE_END = regex.compile(r"[.!?…。！？।؟♪]['\"”’»)\]]*$")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}，。、！？]")
_ROLLING_SHARE = 1 / 3
_PAUSE, _LONG_PAUSE = 2.0, 8.0
_ENOUGH, _MOST = 350, 900


@dataclass(frozen=True, slots=True)
class _Cue:
    """Lines that are shown from `start` to `end`, in seconds; `speaker` is empty if not named."""

    start: float
    end: float
    lines: Sequence[str]
    speaker: str = ""


@dataclass(slots=True)
class _Speech:
    """A paragraph that is being joined from cues, and when it begins and ends, in seconds."""

    start: float
    end: float
    speaker: str
    words: str = field(default="")

    def add(self, cue: _Cue) -> None:
        for line in cue.lines:
            self.words += _separator(self.words, line) + line
        self.end = cue.end

    def ends_before(self, cue: _Cue) -> bool:
        """Whether `cue` begins another paragraph."""
        pause = cue.start - self.end
        if cue.speaker != self.speaker or pause >= _LONG_PAUSE or len(self.words) >= _MOST:
            return True
        is_enough = len(self.words) >= _ENOUGH or pause >= _PAUSE
        return is_enough and _SENTENCE_END.search(self.words) is not None


def parse(data: bytes) -> Parsed:
    """The blocks of subtitles in UTF-8; they have no title of their own."""
    text = readable(data.decode("utf-8", "surrogatepass"))
    times = list(_TIMES.finditer(text))
    if not times:
        raise DocumentError("It holds no times: it is not in the format SRT or WebVTT.")
    is_vtt = text.lstrip().startswith("WEBVTT")
    payloads = [text[one.end() : other.start()] for one, other in pairwise(times)]
    payloads = [*map(_first_lines if is_vtt else _without_number, payloads)]
    last = text[times[-1].end() :]
    payloads.append(_first_lines(last) if is_vtt else last)
    cues = [
        part
        for match, payload in zip(times, payloads, strict=True)
        for part in _parts(match, payload)
    ]
    built = DocumentBuilder()
    for speech in _speeches(_without_repeats(cues)):
        words = f"{speech.speaker}: {speech.words}" if speech.speaker else speech.words
        built.add(words, landmark=Landmark(LandmarkKind.TIME, _clock(speech.start)))
    if not built.blocks:
        raise DocumentError(NO_WORDS)
    return Parsed(built.text, tuple(built.blocks))


def _first_lines(text: str) -> str:
    """The lines that a cue of WebVTT shows: `text` up to the first blank line.

    Behind it are comments, styles, and the name of the next cue.
    """
    return _BLANK_LINE.split(f"{text}\n\n", maxsplit=1)[0]


def _without_number(text: str) -> str:
    """The lines that a cue of SRT shows: `text` without the number of the next cue."""
    return _NUMBER.sub("", text)


def _parts(times: regex.Match[str], payload: str) -> Iterator[_Cue]:
    """A cue for each voice that a cue names."""
    numbers = [int(group or 0) for group in times.groups()]
    start, end = (
        hours * 3_600 + minutes * 60 + seconds + int(str(fraction or 0).ljust(3, "0")) / 1_000
        for hours, minutes, seconds, fraction in (numbers[:4], numbers[4:])
    )
    speaker = ""
    # The pieces at odd places are the names.
    for place, piece in enumerate(_VOICE.split(payload)):
        if place % 2:
            speaker = " ".join(cleaned(_unescaped(piece)).split())
            continue
        spoken, _, rest = piece.partition(_VOICE_END)
        for voice, words in ((speaker, spoken), ("", rest)):
            if lines := [*filter(None, map(_line, words.split("\n")))]:
                yield _Cue(start, end, lines, voice)


def _line(source: str) -> str:
    return cleaned(_unescaped(_TAG.sub("", source)))


def _unescaped(source: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), source)


def _without_repeats(cues: Sequence[_Cue]) -> Iterator[_Cue]:
    """The cues without the lines that captions of broadcasts show again while the next ones come.

    Two cues with the same words are no such captions, and a repeated "No." was said twice.
    """
    repeats = [before.lines[-1] == cue.lines[0] for before, cue in pairwise(cues)]
    if sum(repeats) <= _ROLLING_SHARE * len(repeats):
        yield from cues
        return
    shown: Sequence[str] = ()
    for cue in cues:
        size = next(
            n
            for n in range(min(len(shown), len(cue.lines)), -1, -1)
            if [*shown[len(shown) - n :]] == [*cue.lines[:n]]
        )
        shown = cue.lines
        if lines := cue.lines[size:]:
            yield replace(cue, lines=lines)


def _speeches(cues: Iterator[_Cue]) -> Iterator[_Speech]:
    speech: _Speech | None = None
    for cue in cues:
        if speech is None or speech.ends_before(cue):
            if speech is not None:
                yield speech
            speech = _Speech(cue.start, cue.end, cue.speaker)
        speech.add(cue)
    if speech is not None:
        yield speech


def _separator(words: str, line: str) -> str:
    """The sign between two lines: a line end before "- Yes", none in scripts without blanks."""
    if not words:
        return ""
    if _DASH.match(line):
        return "\n"
    return "" if _UNSPACED.match(line) and _UNSPACED.match(words[-1]) else " "


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3_600}:{whole // 60 % 60:02}:{whole % 60:02}"
