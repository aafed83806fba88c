"""HTML: what a page shows is read, whole and in order, and nothing else."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import html, read, sandbox
from bot.ingest.readers.decoding import decode_html
from bot.ingest.readers.sandbox import ReadOutcome


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


def shown(parsed: Parsed) -> list[str]:
    """A line a block: its kind, level and words, as a person would check them."""
    return [
        f"{block.kind.value[:4]}{block.level or ''} {block.span.of(parsed.text)}"
        for block in parsed.blocks
    ]


def blocks(page: str) -> list[str]:
    return shown(html.parse(page.encode()))


HTML = """<html><head><title>My &amp; page</title><script>alert(1)</script></head><body>
<nav>Home</nav><h1>Big <b>title</b><a class=headerlink href=#big>¶</a></h1><p>First
 words with <a href=x>a link</a>.<br>Second&nbsp;line.</p>
<ul><li>one</li><li>two<ul><li>nested</li></ul></li><li><p>three</p></li></ul>
<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td><p>2</p></td></tr></table>
<figure><img src=x><figcaption>A picture</figcaption></figure>
<pre>code  here
 x</pre><div hidden>secret</div><p style="display: none">no</p>the tail<footer>f</footer></body>"""


def test_html_blocks() -> None:
    parsed = html.parse(HTML.encode())
    assert parsed.title == "My & page"
    assert shown(parsed) == [
        "head1 Big title",
        "para First words with a link.\nSecond\u00a0line.",
        "item one",
        "item two",
        "item nested",
        "item three",
        "head6 A | B",
        "row 1 | 2",
        "para A picture",
        "code code  here\n x",
        "para the tail",
    ]


def test_html_names_its_own_encoding() -> None:
    page = '<meta charset="windows-1251"><p>Это предложение.</p>'.encode("cp1251")
    assert shown(read("a.html", page)) == ["para Это предложение."]


@pytest.mark.parametrize(
    ("label", "encoding", "words"),
    [
        ("iso-8859-1", "cp1252", "It’s €9 – at 9–11"),
        ("US-ASCII", "cp1252", "It’s €9"),
        ("iso-8859-9", "cp1254", "“Işık”"),
        ("shift_jis", "cp932", "①番の鍵"),
        ("gb2312", "gbk", "朱镕基"),
        ("x-sjis", "cp932", "鍵"),
        ("utf-16", "utf-8", "clé"),
        ("no-such-label", "utf-8", "clé"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, encoding: str, words: str) -> None:
    page = f"<meta charset={label}><p>{words}</p>"
    assert decode_html(page.encode(encoding)).text == page


def test_a_charset_in_a_comment_does_not_count() -> None:
    page = "<!-- <meta charset=koi8-r> --><meta charset=iso-8859-1><p>clé</p>"
    assert decode_html(page.encode("cp1252")).text == page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("counted 2,480<sup>4</sup> boats", "counted 2,480⁴ boats"),
        ("about 10<sup>−6</sup> metres of H<sub>2</sub>O", "about 10⁻⁶ metres of H₂O"),
        ("the 1<sup>st</sup> of May, M<sup>me</sup> Roy", "the 1st of May, Mme Roy"),
        ("2<sup>x</sup> and 2<sup>3k</sup> and x<sub>max</sub>", "2^x and 2^3k and x_max"),
        ("2<sup>a+b</sup>", "2^(a+b)"),
        ("a <sup>1</sup>/<sub>2</sub> share", "a ¹/₂ share"),
        ("Oil<sup>TM</sup>, dear<sup>*</sup>", "Oil™, dear*"),
        ("was 940<sup><a href=#n4>4</a></sup> boats", "was 940 boats"),
        ("was 940<a href=#n4><sup>4</sup></a> boats", "was 940 boats"),
        ("was 940<sup class=reference><a href=p#n>[4]</a></sup> boats", "was 940 boats"),
        ("said <q>no, <q>never</q></q>", "said “no, ‘never’”"),
        ("costs <del>20</del> <ins>25</ins> and <s>dogs</s> cats", "costs 25 and cats"),
        ("a <span class=sr-only>(opens anew)</span> link", "a link"),
    ],
)
def test_signs_within_a_line(line: str, words: str) -> None:
    assert blocks(f"<p>{line}</p>") == [f"para {words}"]


def test_quotation_marks_are_those_of_the_language() -> None:
    assert blocks("<html lang=de-AT><p>Sie sagte <q>nie</q>.") == ["para Sie sagte „nie“."]
    assert blocks("<html lang=fr><p>Elle dit <q>non</q>.") == ["para Elle dit «non»."]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("<math><mi>r</mi><mo>=</mo><mn>7</mn></math>", "r = 7"),
        ("<math><mrow><mo>−</mo><mn>3</mn></mrow></math>", "−3"),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x²"),
        ("<math><mfrac><mn>3</mn><mn>4</mn></mfrac></math>", "3/4"),
        ("<math><msqrt><mn>2</mn></msqrt></math>", "√2"),
        ("<math><semantics><mn>5</mn><annotation>\\five</annotation></semantics></math>", "5"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></math>", "[…]"),
        ("<img src=f.png alt='r=7'>", "[…]"),
        ("<img src=f.png>", "[…]"),
        ("<svg><text>7</text></svg>", "[…]"),
        ("<img src=f.png alt='⚠'>", "⚠"),
    ],
)
def test_a_formula_is_read_or_leaves_a_gap(formula: str, words: str) -> None:
    assert blocks(f"<p>It takes {formula} litres.</p>") == [f"para It takes {words} litres."]


def test_pictures_around_words_leave_no_gap() -> None:
    page = "<p><img src=a> The gate. <img src=b></p><p><img src=c></p><p>A <img alt=''> b</p>"
    assert blocks(page) == ["para The gate.", "para A b"]


SENTENCE = "The society keeps a shed, two pumps and forty plots on the hill above the old mill. "


@pytest.mark.parametrize(
    "page",
    [
        "<form id=all><h1>Fees</h1><p>WORDS</p></form>",
        "<aside class=warning><p>WORDS</p></aside>",
        "<footer><p>WORDS</p></footer>",
        "<nav><p>WORDS</p></nav>",
        "<div hidden=until-found>WORDS</div>",
        "<dialog open>WORDS</dialog>",
        "<button><h2>WORDS</h2></button>",
        "<h2><button>WORDS</button></h2>",
        f"<div>WORDS {SENTENCE * 9}</div><article><p>{SENTENCE * 3}</p></article>",
        f"<article><h1>{SENTENCE}</h1><footer>WORDS</footer></article>",
    ],
)
def test_no_tag_alone_makes_text_furniture(page: str) -> None:
    words = "Whoever finds the gate open in the night shuts it, and tells the warden."
    assert words in html.parse(page.replace("WORDS", words).encode()).text


@pytest.mark.parametrize(
    "part",
    [
        "<nav><a href=a>Home</a> <a href=b>Plots</a></nav>",
        "<aside><h3>Also read</h3><a href=a>Of the boats at the mill</a></aside>",
        "<form>Search <input> <button>Go</button></form>",
        "<footer>© 2024 The society. <a href=i>Imprint</a></footer>",
        "<dialog>Do you want our letters? We write twice a year, and never sell a name.</dialog>",
        "<div hidden>secret</div>",
        "<button>Press here</button>",
        "<select><option>one</select>",
    ],
)
def test_what_is_no_text_of_the_page_is_left_out(part: str) -> None:
    assert blocks(f"<body><p>{SENTENCE}</p>{part}</body>") == [f"para {SENTENCE.strip()}"]


def test_the_one_article_with_the_text_is_the_page() -> None:
    page = f"<body><div>Comments: {SENTENCE}</div><article><p>{SENTENCE * 4}</p></article></body>"
    assert blocks(page) == [f"para {(SENTENCE * 4).strip()}"]


def test_a_term_stands_above_its_meaning() -> None:
    page = (
        "<dl><dt>Sluice</dt><dd>A gate in a ditch.</dd><dt>Weir</dt><dd><p>A low dam.</p></dd></dl>"
    )
    assert blocks(page) == [
        "para Sluice",
        "item A gate in a ditch.",
        "para Weir",
        "item A low dam.",
    ]


def test_preformatted_prose_is_paragraphs_and_code_stays_code() -> None:
    prose = (
        "1.  Boats\n\n   The boat is kept by the miller, who\n   lends it.  It is green.\n\nEnd.\n"
    )
    assert blocks(f"<pre>{prose}</pre>") == [
        "item 1. Boats",
        "para The boat is kept by the miller, who\nlends it. It is green.",
        "para End.",
    ]
    code = "def row(boat):\n    return boat.row()  # Back home.\n\nrow(boat)"
    assert blocks(f"<pre>{code}</pre>") == [f"code {code}"]


@pytest.mark.parametrize(
    "page",
    [
        "<pre>a\x0cb&#13;c&#12;d</pre>",
        "<p>a&#11;b&#x85;c&#x1c;d&#x2028;e&#0;f&#xfffc;g</p>",
        "<math><mi>&#12;x</mi></math><sup>&#13;2</sup>",
        "<table><tr><th>a&#12;</th></tr><tr><td>&#13;b</td></tr></table>",
        f"<title>{'long ' * 5_000}</title><p>words</p>",
        "<p>words</p><img alt='&#12;'>",
    ],
)
def test_odd_characters_are_read(page: str) -> None:
    read("a.html", page.encode())


_MARKUP = st.sampled_from(
    "<p> </p> <pre> </pre> <table> <tr> <th> <td> <td/rowspan=3> <td/colspan=2> </table> <sup>"
    " </sup> <math> <mi> </math> <q> <dl> <dt> <dd> <aside> <form> <li> <h2> <img> <br> <caption>"
    " </tr> 7 word. &#12; &#13;".split()
) | st.sampled_from(["\x0c", "\r\n\n", "\u2028", "\ufffc", "\x85", " "])


@given(st.lists(_MARKUP | st.text(max_size=5), max_size=30).map("".join))
def test_what_the_reader_returns_passes_the_check_of_the_sandbox(page: str) -> None:
    try:
        parsed = html.parse(page.encode("utf-8", "surrogatepass"))
    except DocumentError:
        return
    outcome = ReadOutcome(kind="ok", parsed=parsed)
    assert ReadOutcome.model_validate_json(outcome.model_dump_json()).parsed == parsed
    assert all(block.span.of(parsed.text).strip() for block in parsed.blocks)


def test_html_without_words_is_refused() -> None:
    with pytest.raises(DocumentError, match="no words"):
        html.parse(b"<html><script>let x = 1</script></html>")


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "aside", "q", "dl><dd", "form", "button"])
def test_html_nested_deep_is_no_fault(tag: str) -> None:
    page = f"<{tag}>" * 5_000 + "deep words of some length, which stand here."
    try:
        words = html.parse(page.encode()).text
    except DocumentError:
        assert tag == "button"  # a button shows no text
    else:
        assert "deep words" in words
