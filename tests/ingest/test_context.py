"""The lines above rows, items and code, which are searched with them and never cited."""

from pathlib import Path

from bot.core.documents import Passage
from tests.harness.documents import read_folder

ROWS = "\n".join(f"| number {n} | {n} days | {'much is said of it ' * 6} |" for n in range(20))
ITEMS = "\n".join(f"- Item {n}: {'much is said of it ' * 8}" for n in range(20))
TEXT = f"""# Limits

| Name | Default | Meaning |
| --- | --- | --- |
{ROWS}

The mill has these options:

{ITEMS}

That is all. Start it by hand so.

```
mill --start
```
"""


def passages_of(folder: Path, text: str) -> tuple[Passage, ...]:
    (folder / "limits.md").write_text(text, encoding="utf-8")
    corpus = read_folder(folder)
    [document] = corpus.documents
    return tuple(corpus.passages_of(document))


def test_rows_items_and_code_have_the_line_above_them_as_context(tmp_path: Path) -> None:
    found = passages_of(tmp_path, TEXT)
    rows = [each for each in found if "| number" in each.text]
    items = [each for each in found if each.text.startswith("Item")]
    assert len(rows) > 10
    assert {(row.context_lines, row.locator.headings) for row in rows} == {
        (("Name | Default | Meaning",), ())
    }
    assert len(items) > 10
    assert {item.context_lines for item in items} == {("The mill has these options:",)}
    *_, line, code = found
    assert (line.context_lines, code.context_lines) == ((), ("That is all. Start it by hand so.",))


def test_a_long_list_begins_with_its_lead_in_and_first_items(tmp_path: Path) -> None:
    duties = "\n".join(f"{n}. Duty {n} is done by {'all members ' * 10}." for n in range(1, 19))
    found = passages_of(tmp_path, f"# Duties\n\nMembers have these duties:\n\n{duties}\n")
    first, *others = found
    assert first.text.startswith("Members have these duties:\n\n1. Duty 1 is")
    assert "2. Duty 2" in first.text
    marks = [str(each.locator.landmark) for each in others]
    assert marks == [f"item {n}" for n in range(19 - len(others), 19)]
    assert len(others) >= 5
