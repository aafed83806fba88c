"""How fast files become passages: files and megabytes a second, and where the time goes.

Files are generated anew from a seed, in several kinds and scripts, with what real text
has and splitters stumble over: abbreviations, quotations, figures, hyphens, headings.
Each set is loaded first, loaded again with nothing changed, and with one file changed.
`--profile` shows the costliest functions of a first load instead.
"""

import argparse
import cProfile
import html
import json
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.corpora import vocabulary
from bot.ingest.folder_record import NO_RECORD, FolderRecord
from bot.ingest.formats import Limits
from bot.ingest.loader import FolderLoad, read_files

_LARGE = Limits(max_bytes=1_000_000_000)
_COMMON = (
    "the of and to in a is that for it as was with be by on not he his but at are this have"
    " from or had an they which one were all we there been their has would what will if can"
).split()
_ASIDES = (
    "U.S.|e.g.|Dr. Sand|Mr Brown|No. 5|p. 12|the U.N. envoy|100.000|3.5 per cent|7 December 2016"
    "|well-known|twenty-one|al-Bab|it’s|1,250|93%|(see above)|St. John|E. Riverside|op.cit."
).split("|")
_CHINESE = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对"
_THAI = "ฝน ตก หนัก มาก เมื่อ คืน นี้ น้ำ ใน แม่ สูง ขึ้น สอง เมตร บ้าน เมือง คน ไทย ไป มา ที่ และ ของ ได้".split()
_ARABIC = (
    "في من على إلى هذا هذه التي الذي كان قال بين بعد قبل مدينة حكومة شعب سنة يوم ماء كبير جديد"
    " الجيش الناس العمل الأول والتي ولم كما عند أكثر كل بعض"
).split()
_END = {"zh": "。", "th": " ", "ar": ". "}


@dataclass(frozen=True, slots=True)
class Made:
    """What is generated: kind of file, language, files, paragraphs in each."""

    name: str
    suffix: str
    language: str
    files: int
    paragraphs: int


def _sets(scale: float) -> tuple[Made, ...]:
    """All sets; at scale 1 the large file has 5 MB, the many are 10,000."""
    large, many = max(int(8_800 * scale), 10), max(int(10_000 * scale), 10)
    some = max(many // 10, 10)
    return (
        Made("one large file", ".txt", "en", 1, large),
        Made("many files", ".txt", "en", many, 10),
        Made("one large file, Markdown", ".md", "en", 1, large),
        Made("many files, Markdown", ".md", "en", some, 10),
        Made("many files, HTML", ".html", "en", some, 10),
        Made("one large file, wrapped lines", ".txt", "en-wrapped", 1, large),
        Made("many files, Chinese", ".txt", "zh", some, 10),
        Made("many files, Thai", ".txt", "th", some, 10),
        Made("many files, Arabic", ".txt", "ar", some, 10),
    )


class _Writer:
    """Paragraphs of some 90 words from one seed."""

    def __init__(self, language: str, seed: int) -> None:
        self._random = random.Random(seed)
        self._language = language.removesuffix("-wrapped")
        rare = vocabulary(20_000, seed)
        weights = [1 / rank for rank in range(1, len(rare) + 1)]
        self._rare = self._random.choices(rare, weights, k=60_000)

    def _english(self) -> str:
        pick = self._random
        words = [
            pick.choice(_COMMON) if pick.random() < 0.5 else pick.choice(self._rare)
            for _ in range(pick.randint(6, 26))
        ]
        if pick.random() < 0.4:
            words.insert(pick.randint(1, len(words)), pick.choice(_ASIDES))
        if pick.random() < 0.2:
            words[len(words) // 2] += ","
        line = words[0].capitalize() + " " + " ".join(words[1:])
        end = pick.choice("....?!")
        if pick.random() < 0.12:
            return f"“{line}{end}” said {pick.choice(self._rare).capitalize()}."
        return line + end

    def paragraph(self) -> str:
        """Five or so sentences."""
        pick = self._random
        count = pick.randint(3, 8)
        if self._language == "en":
            return " ".join(self._english() for _ in range(count))
        if self._language == "zh":
            return "".join(
                "".join(pick.choices(_CHINESE, k=pick.randint(8, 30))) + _END["zh"]
                for _ in range(count)
            )
        joint = "" if self._language == "th" else " "
        words = _THAI if self._language == "th" else _ARABIC
        return "".join(
            joint.join(pick.choices(words, k=pick.randint(8, 24))) + _END[self._language]
            for _ in range(count)
        ).strip()

    def heading(self) -> str:
        """A few words without a full stop."""
        return self.paragraph()[: self._random.randint(12, 40)].strip(" .,?!。“”")

    def document(self, made: Made) -> str:
        """The text of one file."""
        parts = [
            self.heading() if place % 10 == 0 else self.paragraph()
            for place in range(made.paragraphs + 1)
        ]
        if made.suffix == ".md":
            parts = [f"## {p}" if n % 10 == 0 else p for n, p in enumerate(parts)]
        elif made.suffix == ".html":
            parts = [
                f"<h2>{html.escape(p)}</h2>" if n % 10 == 0 else f"<p>{html.escape(p)}</p>"
                for n, p in enumerate(parts)
            ]
            return "<!doctype html><html><body>" + "\n".join(parts) + "</body></html>\n"
        elif made.language.endswith("-wrapped"):
            parts = ["\n".join(_wrapped(p)) for p in parts]
        return "\n\n".join(parts) + "\n"


def _wrapped(paragraph: str) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        if len(line) + len(word) > 78:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def write(made: Made, folder: Path, seed: int = 11) -> int:
    """Write the files of one set below `folder`; how many bytes they have."""
    writer = _Writer(made.language, seed)
    size = 0
    for number in range(made.files):
        place = folder / f"{number // 500:03}"
        place.mkdir(parents=True, exist_ok=True)
        data = writer.document(made).encode()
        size += len(data)
        (place / f"{number:06}{made.suffix}").write_bytes(data)
    return size


def _load(folder: Path, before: FolderRecord) -> tuple[FolderRecord, float]:
    """Read what changed since `before`, in this process: the new record, and seconds."""
    started = time.perf_counter()
    # Documents that were read are in no shard yet, which the record says with an empty name.
    load = FolderLoad(folder, before, {""}, trust_times=True)
    outcomes, _ = read_files(load.unread, _LARGE)
    record = load.finish(outcomes)
    return record, time.perf_counter() - started


def measure(made: Made, folder: Path) -> dict[str, float | str]:
    """The figures of one set: seconds of three loads, and rates of the first."""
    size = write(made, folder)
    record, first = _load(folder, NO_RECORD)
    passages = sum(file.passages for file in record.files.values())
    record, again = _load(folder, record)
    one = next(iter(sorted(folder.rglob(f"*{made.suffix}"))))
    one.write_bytes(one.read_bytes() + b"\nAnd one more line that tells a thing.\n")
    _, changed = _load(folder, record)
    return {
        "set": made.name,
        "files": made.files,
        "MB": size / 1e6,
        "passages": passages,
        "first s": first,
        "files/s": made.files / first,
        "MB/s": size / 1e6 / first,
        "passages/s": passages / first,
        "again s": again,
        "one changed s": changed,
    }


def profiled(made: Made, folder: Path, lines: int) -> None:
    """Print where a first load spends its time."""
    write(made, folder)
    profile = cProfile.Profile()
    profile.enable()
    _load(folder, NO_RECORD)
    profile.disable()
    print(made.name)
    pstats.Stats(profile).sort_stats("tottime").print_stats(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure every set whose name holds `--only`, and print one table."""
    parser = argparse.ArgumentParser(prog="benchmarks.loading", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--only", default="", help="sets with this in their name")
    parser.add_argument("--profile", type=int, metavar="LINES", help="show a profile instead")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    rows = []
    for made in _sets(options.scale):
        if options.only not in made.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            if options.profile:
                profiled(made, Path(folder), options.profile)
            else:
                rows.append(measure(made, Path(folder)))
    if options.json:
        print(json.dumps(rows, indent=2))
    elif rows:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*(f"{v:,.2f}" if isinstance(v, float) else f"{v}" for v in row.values()))
        Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
