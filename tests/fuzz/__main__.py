"""`make fuzz`: thousands of broken files through all readers, to find those that do harm.

Each file is a mutant of one of our own or of those in the folders that are named. Reading it, or
the files in it if it is an archive, must end in a
document that passes the checks of the sandbox and is cut into passages, or in one sentence for a
person. Anything else is a fault: a crash of the reader, an exception, a process that ends, memory
or time beyond the limits. Files that show one are kept. Seed and number alone make a mutant.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from random import Random

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.processes.child import ChildExit, ChildProcess
from tests.fuzz.mutations import mutant
from tests.fuzz.seed_files import seeds_by_kind
from tests.fuzz.worker import LIMITS, FuzzVerdict

_MODULE = "tests.fuzz.worker"
_MAX_REPLY = 1_000_000
_SECONDS = 4 * LIMITS.worker_seconds
_SLOW_SECONDS = 5.0
_FIGURES = re.compile(r"\d[\d,.]*")

Seeds = dict[str, list[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken file: its number in the run, the format it claims, a name and its bytes."""

    number: int
    kind: str
    suffix: str
    data: bytes

    @classmethod
    def of(cls, seed: int, number: int, seeds: Seeds) -> "Mutant":
        """The mutant of that number: equal for equal seeds."""
        random = Random(f"{seed}:{number}")
        kind = sorted(seeds)[number % len(seeds)]
        suffix, data = random.choice(seeds[kind])
        others = [other for _, other in seeds[kind]]
        if random.random() < 0.05:  # a file with the ending of another format
            others = [other for each in seeds.values() for _, other in each]
            data = random.choice(others)
        return cls(number, kind, suffix, mutant(data, others, random))


@dataclass(slots=True)
class Findings:
    """The outcomes of the mutants so far, and those that show a fault."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    sentences: Counter[tuple[str, str]] = field(default_factory=Counter)
    slow: list[tuple[float, int, str]] = field(default_factory=list)
    faults: list[tuple[Mutant, str]] = field(default_factory=list)

    def add(self, mutant: Mutant, verdict: FuzzVerdict) -> None:
        self.outcomes[mutant.kind, verdict.kind] += 1
        if verdict.seconds > _SLOW_SECONDS:
            self.slow.append((verdict.seconds, mutant.number, mutant.kind))
        if verdict.kind == "refused":
            self.sentences[mutant.kind, _FIGURES.sub("#", verdict.said)] += 1
        if verdict.kind == "fault":
            self.faults.append((mutant, verdict.said))


class MutantReader:
    """A worker that is started anew where a file ended it."""

    def __init__(self) -> None:
        self._child = ChildProcess(_MODULE)

    def verdict(self, mutant: Mutant) -> FuzzVerdict:
        name = f"a{mutant.suffix}".encode()
        reply = self._child.request(name, mutant.data, seconds=_SECONDS, max_bytes=_MAX_REPLY)
        if not isinstance(reply, ChildExit):
            return FuzzVerdict.model_validate_json(reply)
        self._child = ChildProcess(_MODULE)
        how = "it hung" if reply.timed_out else f"exit code {reply.code}"
        return FuzzVerdict(kind="fault", said=f"it took the program down ({how})", seconds=_SECONDS)

    def close(self) -> None:
        self._child.close()


def run(seeds: Seeds, seed: int, numbers: Sequence[int], jobs: int) -> Findings:
    """Read the mutants of `numbers`, `jobs` at a time."""
    findings = Findings()
    readers: SimpleQueue[MutantReader] = SimpleQueue()
    for _ in range(jobs):
        readers.put(MutantReader())

    def read(number: int) -> tuple[Mutant, FuzzVerdict]:
        made = Mutant.of(seed, number, seeds)
        reader = readers.get()
        try:
            return made, reader.verdict(made)
        finally:
            readers.put(reader)

    with ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(read, numbers)
        for made, verdict in track(outcomes, total=len(numbers), console=Console(stderr=True)):
            findings.add(made, verdict)
    for _ in range(jobs):
        readers.get().close()
    return findings


def keep(findings: Findings, seed: int, folder: Path) -> list[str]:
    """Write the files that show a fault into `folder`; returns a line for each."""
    lines = []
    for made, said in findings.faults:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{seed}-{made.number}{made.suffix}"
        path.write_bytes(made.data)
        lines.append(f"{path} ({len(made.data):,} bytes): {said}")
    if lines:
        (folder / f"{seed}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


def show(findings: Findings, console: Console, *, details: bool) -> None:
    table = Table("format", "mutants", "read", "refused", "faults")
    for kind in sorted({kind for kind, _ in findings.outcomes}):
        counts = [findings.outcomes[kind, outcome] for outcome in ("read", "refused", "fault")]
        table.add_row(kind, *map(str, (sum(counts), *counts)))
    console.print(table)
    if details:
        for (kind, sentence), times in sorted(findings.sentences.items()):
            console.print(f"{times:5} {kind}: {sentence}", soft_wrap=True, markup=False)
        for seconds, number, kind in sorted(findings.slow, reverse=True):
            console.print(f"Mutant {number} ({kind}) took {seconds:.1f} s.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the fuzzer; the exit code is 1 if there is a fault."""
    parser = argparse.ArgumentParser(
        prog="make fuzz", description="Broken files through all readers."
    )
    parser.add_argument("folders", nargs="*", type=Path, help="folders of files to make mutants of")
    parser.add_argument("--count", type=int, default=5_000, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other mutants")
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--kinds", default="", help="the formats, such as pdf,docx; all by default")
    parser.add_argument("--jobs", type=int, default=2, help="how many are read at a time")
    parser.add_argument("--failures", type=Path, default=Path("build/fuzz"), help="where files go")
    parser.add_argument("--details", action="store_true", help="list refusals and slow files")
    options = parser.parse_args(arguments)
    console = Console(file=sys.stdout, highlight=False)
    seeds = seeds_by_kind(options.folders)
    if options.kinds:
        seeds = {kind: seeds[kind] for kind in options.kinds.split(",")}
    numbers = range(options.first, options.first + options.count)
    findings = run(seeds, options.seed, numbers, options.jobs)
    show(findings, console, details=options.details)
    lines = keep(findings, options.seed, options.failures)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"Seed {options.seed}: {options.count:,} mutants, {len(lines)} faults.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
