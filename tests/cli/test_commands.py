"""The command line as its user sees it: what is printed where, and the exit code."""

import json
from pathlib import Path

import pytest
import regex

from bot import __version__
from tests.cli.conftest import RULES, Ended, Run

MINUTES = """# Minutes of January

The board raised the fee for the garden to forty francs a year. Nobody voted against it.

The board will ask three painters what a new coat for the fence would cost.

The secretary reported that the front gate had stood open on two nights in December.
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    (folder / "minutes").mkdir(parents=True)
    (folder / "rules.md").write_text(RULES, encoding="utf-8")
    (folder / "minutes" / "january.md").write_text(MINUTES, encoding="utf-8")
    (folder / "sources.toml").write_text(
        '["rules.md"]\npublisher = "The landlord"\ndate = "2020-05"\n', encoding="utf-8"
    )
    return folder


def test_a_question_is_answered_with_a_quote_and_where_it_stands(run: Run, corpus: Path) -> None:
    done = run("ask", "When does the front gate close?", "--corpus", corpus)
    assert (done.code, done.err) == (0, "")
    assert "│ The front gate closes at ten o'clock in the evening." in done.out
    assert "House rules, The landlord, 2020-05" in done.out


def test_a_silence_is_no_fault(run: Run, corpus: Path) -> None:
    done = run("--corpus", corpus, "ask", "Which astronaut repaired the Hubble telescope?")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The documents do not answer this.\nFound nowhere: ")


def test_the_words_of_a_question_need_no_quotes(run: Run, corpus: Path) -> None:
    done = run("ask", "who", "keeps", "the", "spare", "keys", "--json", "--corpus", corpus)
    assert json.loads(done.out)["question"] == "who keeps the spare keys"


def test_a_reply_as_json_keeps_its_contract(run: Run, corpus: Path) -> None:
    done = run("ask", "--json", "When does the front gate close?", "--corpus", corpus)
    reply = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert reply["reply"] == "answer"
    for excerpt in reply["excerpts"]:
        text = (corpus / excerpt["document"]).read_text(encoding="utf-8")
        assert excerpt["quote"] == text[excerpt["start"] : excerpt["end"]]


def test_one_object_comes_for_each_line_with_a_question(run: Run, corpus: Path) -> None:
    given = "\n".join(
        [
            "When does the gate close?",
            "",
            "  ",
            "W\xfcrmer?",
            "/help",
            "x" * 20_000,
            "\0",
            "bicycles",
        ]
    )
    done = run("ask", "--jsonl", "--corpus", corpus, given=given.encode("latin-1"))
    assert (done.code, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.splitlines()]
    asked = [reply["question"] for reply in found]
    assert asked[:3] == ["When does the gate close?", "W\ufffdrmer?", "/help"]
    assert asked[3:] == ["x" * 10_000, "\0", "bicycles"]
    notices = [reply.pop("notice", None) for reply in found]
    assert notices == [
        None,
        None,
        None,
        "A question may be at most 2,000 characters long; this one has 20,000.",
        "Ask a question in words.",
        None,
    ]
    assert len({tuple(reply) for reply in found}) == 1
    assert [reply["reply"] for reply in found][3:5] == ["silence", "silence"]


def test_only_the_named_collections_are_seen(run: Run, corpus: Path) -> None:
    asked = ("ask", "--json", "Was the front gate open?", "--corpus", corpus)
    of_all = json.loads(run(*asked).out)
    of_one = json.loads(run("--collection", "minutes", *asked).out)
    assert {e["collection"] for e in of_all["excerpts"]} == {"main", "minutes"}
    assert {e["collection"] for e in of_one["excerpts"]} == {"minutes"}
    of_both = json.loads(run("--collection", "minutes", *asked, "--collection", "main").out)
    assert of_both["id"] == of_all["id"]


def test_an_unknown_collection_is_told_with_those_there_are(run: Run, corpus: Path) -> None:
    done = run("ask", "why?", "--collection", "attic", "--corpus", corpus)
    assert done.code == 2
    assert done.sentence == "There is no collection attic; there are: main, minutes."


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["ask"], "Give a question, as in: ask"),
        (["ask", "  "], "Ask a question in words."),
        (["ask", "\0"], "Ask a question in words."),
        (["ask", "x" * 5_000], "A question may be at most 2,000 characters long; this one has 5,"),
        (["ask", "--jsonl", "why?"], "With --jsonl the questions come from standard input"),
        (["ask", "why?", "--jsno"], "sources-say: unrecognized arguments: --jsno; see"),
        (
            ["frob\x1b[31mnicate"],
            "sources-say: argument COMMAND: invalid choice: 'frob\\x1b[31mn",
        ),
        (["show", "rules", "--at", "9-3"], "--at takes two numbers, as in 120-340, the second"),
        (["--corpus"], "sources-say: argument --corpus: expected one argument; see"),
        (["--corpus", "", "sources"], "--corpus needs a name; see"),
        (["ask", "why?", "--config", "none.toml"], "none.toml: there is no such file; name"),
        (["ask", "why?"], 'The corpus folder "corpus" does not exist: make it and put'),
        (["eval", "none.jsonl"], "none.jsonl: cannot be read as text: give a file"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(run: Run, argv: list[str], said: str) -> None:
    done = run(*argv)
    assert done.code == 2
    assert done.sentence.startswith(said)


def test_a_place_outside_of_the_document_is_one_sentence(run: Run, corpus: Path) -> None:
    done = run("show", "rules", "--at", "3-99999", "--corpus", corpus)
    assert done.code == 2
    assert done.sentence == (
        f"“House rules” has {len(RULES)} characters; 3-99999 reaches beyond its end."
    )


def test_an_unknown_document_is_one_sentence(run: Run, corpus: Path) -> None:
    done = run("show", "attic", "--corpus", corpus)
    assert (done.code, done.sentence) == (
        2,
        "No document has that name: see the list of sources.",
    )


def test_files_that_cannot_be_read_are_named_and_the_rest_serves(run: Run, corpus: Path) -> None:
    for number in range(8):
        (corpus / f"broken-{number}.txt").write_bytes(b"\x00\x01\x02\xff" * 100 + bytes([number]))
    done = run("ask", "When does the front gate close?", "--corpus", corpus)
    assert done.code == 0
    assert "The front gate closes at ten o'clock" in done.out
    lines = done.err.splitlines()
    assert [line[:23] for line in lines[:5]] == [f"Not read: broken-{n}.txt:" for n in range(5)]
    assert lines[5:] == ["Not read: 3 more; the command check lists them."]


def test_a_document_is_shown_as_it_was_read(run: Run, corpus: Path) -> None:
    assert run("show", "rules.md", "--corpus", corpus).out == RULES
    start = RULES.index("Bicycles")
    done = run("show", "House rules", "--at", f"{start}-{start + 8}", "--corpus", corpus)
    assert done.out == RULES.replace("Bicycles", "⟦Bicycles⟧")


def test_nothing_in_a_shown_document_moves_the_cursor(run: Run, corpus: Path) -> None:
    text = "The fee \x1b[2J is\r\n due \u202eyad\u202c.\x07\r\n"
    (corpus / "fees.txt").write_bytes(text.encode())
    done = run("show", "fees.txt", "--corpus", corpus)
    assert done.out == "The fee ‹U+001B›[2J is\n due ‹U+202E›yad‹U+202C›.‹U+0007›\n"


def test_the_sources_are_listed_with_date_collection_and_passages(run: Run, corpus: Path) -> None:
    done = run("sources", "--corpus", corpus)
    assert done.out.startswith("2 documents:\n\n")
    assert "House rules\n  The landlord, 2020-05, collection main, 3 passages" in done.out
    listed = json.loads(run("sources", "--json", "--corpus", corpus).out)
    assert listed["version"] == 1
    assert [(d["document"], d["passages"]) for d in listed["documents"]] == [
        ("minutes/january.md", 3),
        ("rules.md", 3),
    ]
    assert listed["documents"][0]["publisher"] is None
    one = json.loads(run("sources", "--json", "--collection", "main", "--corpus", corpus).out)
    assert [d["document"] for d in one["documents"]] == ["rules.md"]


def test_check_finds_nothing_wrong(run: Run, corpus: Path) -> None:
    done = run("check", "--corpus", corpus)
    assert (done.code, done.err) == (0, "")
    assert "added: minutes/january.md, rules.md" in done.out
    assert "Nothing failed. Documents: 2. Passages: 6. Corpus: " in done.out


def test_check_names_each_file_that_failed(run: Run, corpus: Path) -> None:
    (corpus / "broken.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    done = run("check", "--corpus", corpus)
    assert (done.code, done.err) == (1, "")
    assert "\nfailed: broken.txt: " in done.out
    assert done.out.endswith("1 problem found.\n")


def test_a_fast_check_reads_nothing(
    run: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES_SAY_CORPUS__MAX_FILE_MB", "1")
    monkeypatch.setenv("SOURCES_SAY_STATE__FOLDER", str(tmp_path / "state"))
    for name, content in {
        "broken.txt": b"One \x81\x82 word",
        "damaged.pdf": b"%PDF-1.7 and no more",
        "empty.md": b" \n",
        "large.txt": b"The attic is large. " * 60_000,
        "page.pdf": b"<html><p>The rain fell.",
        "photo.md": b"\x89PNG\r\n",
        "plan.dwg": b"AC10",
        "text.docx": b"The rain fell.",
    }.items():
        (corpus / name).write_bytes(content)
    done = run("check", "--fast", "--corpus", corpus)
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines() == [
        "9 files, 1.2 MB: 4 .md, 2 .txt, 2 .pdf, 1 .docx",
        "failed: empty.md: it is empty: fill it or remove it.",
        "failed: large.txt: it is larger than 1 MB: split it, or raise corpus.max_file_mb.",
        "failed: page.pdf: it is an HTML page, not a PDF: give it the ending of what it is, or save"
        " it anew.",
        "failed: photo.md: it is a PNG picture, not text: give it the ending of what it is.",
        "failed: text.docx: it is text, not DOCX: give it the ending of what it is, or save it"
        " anew.",
        "note: skipped: plan.dwg (not a supported kind).",
        "5 problems found.",
        "Only names, sizes, first bytes, sources.toml and glossary.toml were looked at; no document"
        " was read.",
    ]
    assert not (tmp_path / "state").exists()


def test_a_fast_check_finds_nothing_wrong(run: Run, corpus: Path) -> None:
    done = run("check", "--corpus", corpus, "--fast")
    assert done.code == 0
    assert done.out.startswith("2 files, 0.0 MB: 2 .md\nOnly names, ")
    (corpus / "sources.toml").write_text('["rules.md"]\ntitel = "x"', encoding="utf-8")
    done = run("check", "--corpus", corpus, "--fast")
    assert (done.code, done.out.splitlines()[1]) == (1, "1 problem found.")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("sources.toml", '["rules.md"]\ntitel = "x"', 'key "titel" is unknown'),
        ("glossary.toml", "[[group]\n", "glossary.toml cannot be understood"),
    ],
)
def test_check_names_what_is_wrong_beside_the_documents(
    run: Run, corpus: Path, file: str, content: str, said: str
) -> None:
    (corpus / file).write_text(content, encoding="utf-8")
    done = run("check", "--corpus", corpus)
    assert (done.code, done.err) == (1, "")
    assert said in done.out
    assert done.out.endswith("1 problem found.\n")
    assert run("ask", "why?", "--corpus", corpus).code == 2


def test_check_names_a_setting_that_is_wrong(run: Run, corpus: Path, tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    config.write_text('[corpus]\nfoldr = "x"\n', encoding="utf-8")
    done = run("check", "--config", config, "--corpus", corpus)
    assert (done.code, done.err) == (1, "")
    assert 'unknown key "corpus.foldr"' in done.out
    assert run("ask", "why?", "--config", config, "--corpus", corpus).code == 2


def test_settings_reach_the_reply(run: Run, corpus: Path, tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    config.write_text("[answer]\nmax_excerpts = 1\n", encoding="utf-8")
    asked = ("ask", "--json", "Was the front gate open?", "--corpus", corpus)
    assert len(json.loads(run(*asked, "--config", config).out)["excerpts"]) == 1
    assert len(json.loads(run(*asked).out)["excerpts"]) > 1


def test_the_limits_of_the_settings_hold(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "large.txt").write_text("The attic is large. " * 60_000, encoding="utf-8")
    monkeypatch.setenv("SOURCES_SAY_CORPUS__MAX_FILE_MB", "1")
    done = run("check", "--corpus", corpus)
    assert done.code == 1
    assert "failed: large.txt: " in done.out


def test_the_measures_are_printed_as_a_table(run: Run, corpus: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    gold = [{"doc": "rules.md", "quote": "The porter keeps the spare keys."}]
    lines = [
        {"id": "1", "question": "Who keeps the spare keys?", "kind": "fact", "gold": gold},
        {"id": "2", "question": "Who repaired the Hubble telescope?", "kind": "offtopic"},
        {"id": "3", "question": "Who keeps the spare keys?", "kind": "silent"},
        {
            "id": "4",
            "question": "Which planet has the most moons?",
            "kind": "fact",
            "gold": [{"doc": "rules.md", "quote": "Saturn has the most."}],
        },
    ]
    questions.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = run("eval", questions, "--corpus", corpus)
    assert (done.code, done.err) == (0, "")
    measures, failed, unknown = done.out.split("\n\n")
    table = dict(line.split("  ", 1) for line in measures.splitlines())
    figures = {name.strip(): figure.strip() for name, figure in table.items()}
    assert figures["questions"] == "4"
    assert figures["answered with a wanted quote"] == "1 of 2"
    assert figures["in the first excerpt"] == "1 of 2"
    assert figures["foreign, met by silence"] == "1 of 1"
    first, heading, *rows = failed.splitlines()
    assert (first, heading.split()) == ("2 questions failed:", ["id", "question", "met"])
    assert [regex.split(r" {2,}", row) for row in rows] == [
        ["3", "Who keeps the spare keys?", "an answer"],
        ["4", "Which planet has the most moons?", "silence"],
    ]
    first, _, row = unknown.splitlines()
    assert first == "1 wanted quote stands in no document, so correct the file first:"
    assert regex.split(r" {2,}", row) == ["4", "rules.md", "Saturn has the most."]


def test_a_question_may_follow_up_others_in_a_file(run: Run, corpus: Path, tmp_path: Path) -> None:
    gold = [{"doc": "rules.md", "quote": "The porter keeps the spare keys."}]
    row = {"id": "1", "question": "who keeps them?", "kind": "fact", "gold": gold}
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(row | {"before": ["Where are the spare keys?"]}), encoding="utf-8")
    out = run("eval", file, "--corpus", corpus).out
    assert regex.search(r"^answered with a wanted quote +1 of 1$", out, regex.MULTILINE)


def test_the_version_and_the_help_are_printed(run: Run) -> None:
    assert run("--version") == Ended(0, f"sources-say {__version__}\n", "")
    done = run("ask", "--help")
    assert done.code == 0
    assert "--jsonl" in done.out


def test_without_a_platform_the_console_chat_starts(run: Run, corpus: Path) -> None:
    given = b"Who keeps the spare keys?\n\n/context 1\n/nonsense\n/quit\nnot asked\n"
    done = run("--corpus", corpus, given=given)
    assert (done.code, done.err) == (0, "")
    assert "The porter keeps the spare keys." in done.out
    assert "Bicycles stand in the cellar" in done.out
    assert "There is no command /nonsense." in done.out
    assert "not asked" not in done.out
    assert run("run", "--corpus", corpus, given=given) == done
    assert [place.name[:6] for place in Path("state").iterdir()] == ["index-"]


def test_half_of_an_account_is_named_without_its_secret(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATRIX_TOKEN", "hush-hush")
    done = run("--corpus", corpus)
    assert done.code == 2
    assert done.err == "MATRIX_HOMESERVER: a secret for Matrix is set, but not this; set it too\n"
    monkeypatch.delenv("MATRIX_TOKEN")
    monkeypatch.setenv("MATRIX_USER", "@bot:example.org")
    done = run("--corpus", corpus)
    assert done.code == 2
    assert "neither MATRIX_PASSWORD nor MATRIX_TOKEN" in done.err


def test_on_discord_collections_are_not_chosen_for_all_rooms_at_once(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "hush-hush")
    done = run("run", "--collection", "main", "--corpus", corpus)
    assert done.code == 2
    assert "--collection does not hold on Discord; leave it out" in done.err
    assert "hush-hush" not in done.err


def test_what_was_loaded_is_one_line_of_the_log(run: Run, corpus: Path) -> None:
    done = run("ask", "--log-level", "info", "Who keeps the spare keys?", "--corpus", corpus)
    assert done.err.count("\n") == 1
    assert 'event="corpus loaded" documents=2 passages=6' in done.err
    assert "spare" not in done.err


def test_a_fault_of_the_program_is_one_sentence_and_its_trace_is_for_debugging(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.cli.ask.reply_blocks", fail)
    done = run("ask", "Who keeps the spare keys?", "--corpus", corpus)
    assert done.code == 70
    assert done.sentence.startswith("A fault of this program ended it (ZeroDivisionError)")


def test_the_bundled_documents_answer(run: Run, project_root: Path) -> None:
    question = "How many civilians were evacuated from eastern Aleppo?"
    done = run("ask", "--json", question, "--corpus", project_root / "corpus")
    reply = json.loads(done.out)
    assert reply["reply"] == "answer"
    assert len({excerpt["document"] for excerpt in reply["excerpts"]}) > 1
