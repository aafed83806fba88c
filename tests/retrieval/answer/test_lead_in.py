"""The lines above a list or a table, which a judge is shown with its items and rows."""

from pathlib import Path

from bot.retrieval.answer.lead_in import lead_above
from tests.harness.documents import read_folder

ROWS = "\n".join(f"| number {n} | {n} days | {'much is said of it ' * 6} |" for n in range(20))
ITEMS = "\n".join(f"- Item {n}: {'much is said of it ' * 8}" for n in range(20))
TEXT = f"""# Limits

| Name | Default | Meaning |
| --- | --- | --- |
{ROWS}

The mill has these options:

{ITEMS}

That is all.
"""


def test_rows_and_items_have_the_line_above_their_table_or_list(tmp_path: Path) -> None:
    (tmp_path / "limits.md").write_text(TEXT, encoding="utf-8")
    corpus = read_folder(tmp_path)
    [document] = corpus.documents
    found = corpus.passages_of(document)
    rows = [each for each in found if "| number" in each.text]
    leads = {each.text: lead_above(each) for each in found}
    items = [lead for text, lead in leads.items() if text.startswith("Item")]
    assert len(rows) > 10
    assert {(lead_above(row), row.locator.headings) for row in rows} == {
        ("", ("Name | Default | Meaning",))
    }
    assert len(items) > 10
    assert set(items) == {"The mill has these options:"}
    assert leads["That is all."] == ""
