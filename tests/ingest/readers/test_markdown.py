"""HTML, containers and components within Markdown: their words are read, and no marks of theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import markdown
from bot.ingest.readers.sandbox import ReadOutcome


def shown(parsed: Parsed) -> list[str]:
    """A line a block: its kind, level and words, as a person would check them."""
    return [
        f"{block.kind.value[:4]}{block.level or ''} {block.span.of(parsed.text)}"
        for block in parsed.blocks
    ]


def blocks(source: str) -> list[str]:
    return shown(markdown.parse(source.encode()))


def mdx(source: str) -> list[str]:
    return shown(markdown.parse(source.encode(), has_components=True))


def test_blocks_of_html_are_read_as_a_page_is() -> None:
    table = "<table>\n\n<tr><th>Boat</th><th>Owner</th></tr>\n\n<tr><td>Teal</td><td>Roy</td></tr>"
    source = f"# Boats\n\n{table.replace(chr(10) * 2, chr(10))}\n</table>\n\nThe end.\n"
    parsed = markdown.parse(source.encode())
    assert shown(parsed) == ["head1 Boats", "head6 Boat | Owner", "row Teal | Roy", "para The end."]
    assert parsed.text == "# Boats\n\nBoat | Owner\n\nTeal | Roy\n\nThe end.\n"
    assert blocks("<details>\n<summary>Where is it?</summary>\n\nIn the *shed*.\n\n</details>") == [
        "para Where is it?",
        "para In the *shed*.",
    ]
    assert blocks('> <p align="center">By <b>Roy</b>.</p>\n\n<!-- none --><br>\n\nEnd.') == [
        "para By Roy.",
        "para End.",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("On the <b>left</b> <a href='x'>wall</a>.", "On the left wall."),
        ("Boil 10<sup>3</sup> litres of H<sub>2</sub>O.", "Boil 10³ litres of H₂O."),
        ("One.<br/>Two.<br>\nThree.", "One.\nTwo.\nThree."),
        ("Join <host>:<port> now.", "Join <host>:<port> now."),
        ("Write `<b>x</b>` or \\<b> or <https://a.example>.",) * 2,
        ("It costs <del>20</del> 25 <!-- now --> crowns.", "It costs 25 crowns."),
        ("Press <img src=a.png> twice.", "Press […] twice."),
        ("Needs <Pumps of='old'/> twice.", "Needs […] twice."),
        ("<img src=a.png> Press twice.", "Press twice."),
        ("It is 3 < 4 and <i>5 > 4</i>.", "It is 3 < 4 and 5 > 4."),
    ],
)
def test_tags_within_a_sentence_are_left_out(line: str, words: str) -> None:
    assert blocks(line) == [f"para {words}"]
    assert blocks(f"- {line}") == [f"item {words}"]
    assert blocks(f"## {line.splitlines()[0]}")[0].startswith("head2 ")


def test_admonitions_tabs_and_containers_are_their_content() -> None:
    source = (
        '!!! warning "Mind the seal"\n    Never run it dry.\n\n    - Not once.\n\n'
        '=== "Winter"\n\n    Drain the pipe.\n\n=== "Summer"\n\n    Fill the pipe.\n\n'
        "??? note\n    It is old.\n\n"
        ":::tip Ask\nThe warden knows.\n:::\n\n"
        "> [!NOTE]\n> It is loud.\n"
    )
    parsed = markdown.parse(source.encode())
    assert parsed.text == source
    assert shown(parsed) == [
        "head6 Mind the seal",
        "para Never run it dry.",
        "item Not once.",
        "head6 Winter",
        "para Drain the pipe.",
        "head6 Summer",
        "para Fill the pipe.",
        "para It is old.",
        "para The warden knows.",
        "para It is loud.",
    ]
    assert blocks(":::info\n    It is loud.\n    Very.\n:::\n") == ["para It is loud.\n    Very."]
    code = '```\n=== "Winter"\n:::tip\n```'
    assert blocks(code) == ['code === "Winter"\n:::tip']


def test_the_title_in_toml() -> None:
    source = '+++\ntitle = "The old pump"\ndate = 2020-01-02\n+++\n\n# Pump\n\nIt is old.\n'
    parsed = markdown.parse(source.encode())
    assert parsed.title == "The old pump"
    assert shown(parsed) == ["head1 Pump", "para It is old."]


def test_the_name_of_a_heading_is_no_part_of_it() -> None:
    assert blocks("## Pumps {#pumps}\n\nOld.") == ["head2 Pumps", "para Old."]
    assert mdx("## Pumps \\{#pumps}\n\nOld.") == ["head2 Pumps", "para Old."]


MDX = """---
title: Pumps
---
import Tabs from "@theme/Tabs";
import {
  Tab

} from '@theme/Tab';
export const seal = (n) => {

  return n > 1;
};

# Pumps

{/* nobody reads this */}

<Tabs items={[{ name: "a>b" }]}
      default="old">
    <Tab label={<Icon name="x"/>}>
        Never run the **old** pump dry.

        1. Open the `<Gate/>`.
        2. Pull {'{twice}'}.

        ```js
        import pump from "pump";
        <Pump speed={3}/>
        ```
    </Tab>
</Tabs>

It takes <Litres of="old"/> a day, and {props.cost} crowns.

<Note>Call <b>the warden</b>.</Note>

<List items={[
  'one',

  'two'
]} />

It is 3 < 4, see <https://a.example>.
"""


def test_mdx_is_read_without_imports_exports_and_tags() -> None:
    parsed = markdown.parse(MDX.encode(), has_components=True)
    assert parsed.title == "Pumps"
    assert shown(parsed) == [
        "head1 Pumps",
        "para Never run the **old** pump dry.",
        "item Open the `<Gate/>`.",
        "item Pull {twice}.",
        'code import pump from "pump";\n        <Pump speed={3}/>',
        "para It takes […] a day, and […] crowns.",
        "para Call the warden.",
        "para It is 3 < 4, see <https://a.example>.",
    ]


def test_what_never_ends_in_mdx_is_text() -> None:
    assert mdx("Take {three of them.\n\nAnd <Four of them.") == [
        "para Take {three of them.",
        "para And <Four of them.",
    ]


def test_markdown_stands_within_html_of_mdx() -> None:
    source = "<details><summary>Where is *it*?</summary>\n```js\nrow()\n```\n</details>\n"
    assert mdx(source) == ["para Where is *it*?", "code row()"]


def test_mdx_of_components_alone_is_told_so() -> None:
    with pytest.raises(DocumentError, match="made of components alone"):
        markdown.parse(b"import A from 'a'\n\n<A/>\n", has_components=True)


_PIECES = st.sampled_from(
    "<A> </A> <A/> <b> </b> <table> <td> <tr> <sup> { } {/* */} {'x'} `a` ``` import export # - > |"
    " !!! ??? === ::: <!-- --> <br> word 7 \\ ' \" [ ] ( )".split()
) | st.sampled_from(["\n", "\n\n", " ", "    ", "\r", "\x0c", "\u2028", "\ufeff", "\x85"])


@given(st.lists(_PIECES | st.text(max_size=4), max_size=30).map("".join), st.booleans())
def test_what_the_reader_returns_passes_the_check_of_the_sandbox(source: str, mdx: bool) -> None:
    try:
        parsed = markdown.parse(source.encode("utf-8", "ignore"), has_components=mdx)
    except DocumentError:
        return
    outcome = ReadOutcome(kind="ok", parsed=parsed)
    assert ReadOutcome.model_validate_json(outcome.model_dump_json()).parsed == parsed
    assert all(block.span.of(parsed.text).strip() for block in parsed.blocks)


def test_no_item_is_too_deep_to_be_read() -> None:
    source = "\n".join(f"{'  ' * depth}- step {depth}" for depth in range(40))
    assert blocks(source) == [f"item step {depth}" for depth in range(40)]


@pytest.mark.parametrize("mark", ["> ", "- "])
def test_what_is_nested_deeper_than_can_be_read_is_no_document(mark: str) -> None:
    with pytest.raises(DocumentError, match="nested too deep to be read: make them flatter"):
        blocks(f"The rain fell.\n\n{mark * 200}It fell again.")
