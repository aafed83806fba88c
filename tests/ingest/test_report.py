from dataclasses import replace

import pytest

from bot.ingest.report import Failure, LoadReport, lines, summary

NOTHING = LoadReport(
    added=(),
    changed=(),
    unchanged=(),
    removed=(),
    failed=(),
    notes=(),
    lost_pins=(),
    documents=0,
    passages=0,
    seconds=0.04,
    revision="0" * 64,
)


def test_a_first_load_says_how_much_how_fast_and_what() -> None:
    report = replace(NOTHING, added=("a.md", "b.md"), documents=2, passages=1_084, seconds=0.3149)
    assert lines(report) == ["2 documents, 1,084 passages, read in 0.3 s", "added: a.md, b.md"]


def test_a_reload_names_what_changed_and_counts_the_rest() -> None:
    report = LoadReport(
        added=("new.md",),
        changed=("a.md", "b.md"),
        unchanged=("c.md",),
        removed=("old.md",),
        failed=(
            Failure("x.pdf", "it is protected by a password"),
            Failure("y.pdf", "it is empty; take it out."),
        ),
        notes=("skipped: pictures/x.png (not a supported kind)", "z.md is the same as a.md."),
        lost_pins=(),
        documents=4,
        passages=1,
        seconds=12.0,
        revision="0" * 64,
    )
    assert lines(report) == [
        "4 documents, 1 passage, read in 12.0 s; 2 files failed",
        "failed: x.pdf: it is protected by a password.",
        "failed: y.pdf: it is empty; take it out.",
        "added: new.md",
        "changed: a.md, b.md",
        "removed: old.md",
        "unchanged: 1 document",
        "note: skipped: pictures/x.png (not a supported kind).",
        "note: z.md is the same as a.md.",
    ]
    assert summary(report) == lines(report)[0]


def test_long_lists_are_shortened_and_counted() -> None:
    report = replace(
        NOTHING,
        added=tuple(f"{n:04}.md" for n in range(1_247)),
        failed=tuple(Failure(f"{n:02}.pdf", "it is empty") for n in range(57)),
        notes=tuple(f"note {n}" for n in range(21)),
    )
    said = lines(report)
    assert said[1] == "failed: 00.pdf: it is empty."
    assert said[20] == "failed: 19.pdf: it is empty."
    assert said[21] == "failed: and 37 more"
    assert said[22] == (
        "added: 0000.md, 0001.md, 0002.md, 0003.md, 0004.md, 0005.md, 0006.md, 0007.md,"
        " 0008.md, 0009.md and 1,237 more"
    )
    assert said[-1] == "note: and 1 more"
    assert len(said) == 44


def test_a_list_at_its_limit_is_whole() -> None:
    report = replace(NOTHING, removed=tuple(f"{n}.md" for n in range(10)))
    assert lines(report)[1].endswith("8.md, 9.md")


def test_names_and_reasons_cannot_forge_a_line() -> None:
    report = replace(
        NOTHING,
        added=("a\nfailed: b.md\u202e\x1b[2J",),
        failed=(Failure("caf\udce9\r.pdf", "one\ntwo\u202e"),),
        notes=("x\u2028y",),
    )
    said = lines(report)
    assert said[1:] == [
        "failed: caf\\xe9\\r.pdf: one two.",
        "added: a\\nfailed: b.md\\u202e\\x1b[2J",
        "note: x y.",
    ]
    "\n".join(said).encode()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("It is empty: fill it or remove it.", "it is empty: fill it or remove it."),
        ("it is empty", "it is empty."),
        ("A page is damaged.", "a page is damaged."),
        ("PDF is all it claims to be.", "PDF is all it claims to be."),
        ("", "."),
    ],
)
def test_a_reason_goes_on_after_the_name_of_the_file(reason: str, said: str) -> None:
    failure = Failure.of("a\nb.md", reason)
    assert failure == Failure("a\\nb.md", said)
    assert Failure.of(failure.path, failure.reason) == failure
