"""Mails: whose words they are, and when; quoted replies, signatures and attachments stay out."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import mail
from tests.harness.office_files import seen

FOLDED = "is read without quoted replies and signatures"


def message(body: str = "", subtype: str = "plain", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Ida Kern <ida@example.org>"
    made["Date"] = "Mon, 4 Mar 2024 10:00:00 +0100"
    for name, value in headers.items():
        made[name] = value
    if body:
        made.set_content(body, subtype=subtype)
    return made


def read(made: EmailMessage | bytes) -> Parsed:
    data = made if isinstance(made, bytes) else made.as_bytes()
    return mail.parse(data, is_mailbox=False)


def mailbox(*mails: bytes) -> Parsed:
    separator = b"From ida@example.org Mon Mar  4 10:00:00 2024\n"
    return mail.parse(b"\n".join(separator + each for each in mails), is_mailbox=True)


def own(body: str, subtype: str = "plain", subject: str = "Boats") -> list[str]:
    """The words of the body's blocks, and "[…]" for each gap."""
    text = read(message(body, subtype, Subject=subject)).text
    return text.split("\n\n")[3:]


def test_subject_sender_and_date_head_the_words() -> None:
    parsed = read(message("The boats stay out.\n\n- Teal\n- Roy\n", Subject="Boats in März"))
    assert seen(parsed) == [
        ("heading1", "Boats in März"),
        ("heading2", "Ida Kern, 04 Mar 2024"),
        ("paragraph", "From: Ida Kern <ida@example.org>\nDate: Mon, 04 Mar 2024 10:00:00 +0100"),
        ("paragraph", "The boats stay out."),
        ("item", "Teal"),
        ("item", "Roy"),
    ]
    assert parsed.title == "Boats in März"
    assert parsed.remarks == ()
    assert parsed.text.endswith("The boats stay out.\n\n- Teal\n\n- Roy")


@pytest.mark.parametrize(
    ("header", "heading"),
    [
        ('"Kern, Ida" <ida@x.example>', "Kern, Ida"),
        ("ida@x.example", "ida@x.example"),
        ("ida at x.example (Ida Kern)", "Ida Kern"),  # archives of mailing lists
        ("=?iso-8859-1?q?Ida_K=F6rn?= <ida@x.example>", "Ida Körn"),
        ("Ida Körn <ida@x.example>", "Ida Körn"),  # not allowed, and usual
        ("=?no-such?q?Ida?= <ida@x.example>", "=?no-such?q?Ida?="),
    ],
)
def test_the_sender_is_named_as_the_mail_names_them(header: str, heading: str) -> None:
    parsed = read(f"From: {header}\n\nThe rain fell.".encode())
    assert seen(parsed)[0] == ("heading1", heading)


def test_a_reply_is_read_without_what_it_answers() -> None:
    body = (
        "In May, I think.\n\nOn Mon, 4 Mar 2024 at 10:00,\nIda Kern wrote:\n\n"
        "> When do they\n>\n> come in?\n\nOr in June.\n-- \nRoy\n"
    )
    assert own(body) == ["In May, I think.", "[…]", "Or in June.", "[…]"]
    assert read(message(body)).remarks == (FOLDED,)
    assert own("He wrote in his book:\n\nThe rain fell.") == [
        "He wrote in his book:",
        "The rain fell.",
    ]
    assert own("As the rule says:\n> No dogs.\n\nSo no.") == ["As the rule says:", "[…]", "So no."]


@pytest.mark.parametrize(
    "original",
    [
        "-----Original Message-----\nFrom: Roy\nHello.",
        "From: Roy\nSent: Monday\nTo: Ida\nSubject: Boats\n\nWhen?",
        "Von: Roy\nGesendet: Montag\nAn: Ida\n\nWann?",
        f"{'_' * 47}\nBoats mailing list\nhttps://lists.example",
    ],
)
def test_what_stands_below_the_head_of_another_mail_is_not_read(original: str) -> None:
    assert own(f"In May.\n\n{original}") == ["In May.", "[…]"]


def test_a_forwarded_mail_is_read() -> None:
    original = "-----Original Message-----\nFrom: Roy\n\nThe key is lost."
    assert own(f"See below.\n\n{original}", subject="Fwd: key")[-1] == "The key is lost."
    page = "<div class=gmail_quote>---------- Forwarded message ---------<p>Lost.</p></div>"
    assert own(page, "html", "WG: key")[-1] == "Lost."


def test_an_html_mail_is_read_as_a_page_is_without_quotations() -> None:
    page = (
        "<h1>News</h1><p>Yes, <b>now</b>.</p><table><tr><th>Boat<th>Owner<tr><td>Teal<td>Roy"
        "</table><div class='gmail_quote'>On Monday:<blockquote type=cite>When?</blockquote></div>"
        "<p>Bye.</p><p><b>From:</b> Ida<br><b>Sent:</b> Monday</p><p>Older.</p>"
    )
    parsed = read(message(page, "html", Subject="Boats"))
    assert seen(parsed)[3:] == [
        ("heading3", "News"),
        ("paragraph", "Yes, now."),
        ("heading6", "Boat | Owner"),
        ("row", "Teal | Roy"),
        ("paragraph", "Bye."),
    ]
    assert parsed.text.split("\n\n")[-3:] == ["[…]", "Bye.", "[…]"]
    assert parsed.remarks == (FOLDED,)


def test_of_two_forms_of_one_text_the_plain_one_is_read_unless_it_is_empty() -> None:
    made = message("The plain one.", Subject="Boats")
    made.add_alternative("<p>The page.</p>", subtype="html")
    assert read(made).text.endswith("\n\nThe plain one.")
    made = message(" \n", Subject="Boats")
    made.add_alternative("<p>The page.</p>", subtype="html")
    assert read(made).text.endswith("\n\nThe page.")


def test_all_texts_of_a_mail_are_read_and_attachments_named() -> None:
    made = message("First.", Subject="Boats")
    made.make_mixed()
    for number in range(7):
        made.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    made.attach(message("Last."))
    made.add_attachment("Not this one.", filename="notes.txt")
    made.add_attachment(message("Nor this."))
    parsed = read(made)
    assert parsed.text.endswith("\n\nFirst.\n\nLast.")
    assert parsed.remarks == (
        "is read without its attachments (0.pdf, 1.pdf, 2.pdf, 3.pdf, 4.pdf and 4 more)",
    )


def test_flowed_lines_are_joined_and_the_marks_of_signing_left_out() -> None:
    head = b"From: ida@x.example\nContent-Type: text/plain; format=flowed\n\n"
    assert read(head + b"The boats \nstay out.\n From May on.\n").text.endswith(
        "\n\nThe boats stay out.\nFrom May on."
    )
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe rain fell.\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQIz\n-----END PGP SIGNATURE-----\n"
    )
    assert own(signed) == ["The rain fell."]


@pytest.mark.parametrize(
    ("charset", "data", "words"),
    [
        ("iso-8859-1", b"\x84Gr\xfc\xdfe\x93", "„Grüße“"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("iso-2022-jp", "雨が降った".encode("iso-2022-jp"), "雨が降った"),
        ("iso-2022-kr", "비가 왔다".encode("iso-2022-kr"), "비가 왔다"),
        ("no-such", b"Gr\xfc\xdfe", "Grüße"),
        ("replacement", b"Gr\xfc\xdfe", "Grüße"),
        ("x-user-defined", b"Gr\xfc\xdfe", "Grüße"),
    ],
)
def test_words_are_decoded_as_the_mail_says(charset: str, data: bytes, words: str) -> None:
    head = f"From: ida@x.example\nContent-Type: text/plain; charset={charset}\n\n"
    parsed = read(head.encode() + data)
    assert parsed.text.endswith(f"\n\n{words}")
    assert bool(parsed.remarks) == (words == "Grüße" and charset != "us-ascii")


def test_what_programs_put_before_a_mail_and_empty_texts_are_no_words() -> None:
    made = message("The rain fell.", Subject="Boats")
    made.make_mixed()
    made.attach(message("\n"))
    parsed = read(b"\r\nFrom ida@example.org Mon Mar 4 10:00:00 2024\n" + made.as_bytes())
    assert parsed.text.endswith("+0100\n\nThe rain fell.")
    assert parsed.remarks == ()


def test_a_mailbox_has_a_section_for_each_mail() -> None:
    first = message("From the shed.\n", Subject="Boats").as_bytes()
    escaped = b"\n>From the lake.\n\nFrom 2019 on, it rained.\n"
    parsed = mailbox(first, b"From: roy@x.example\nDate: 5 Apr 2024 08:00\n" + escaped)
    assert seen(parsed) == [
        ("heading1", "Boats"),
        ("heading2", "Ida Kern, 04 Mar 2024"),
        ("paragraph", "From: Ida Kern <ida@example.org>\nDate: Mon, 04 Mar 2024 10:00:00 +0100"),
        ("paragraph", "From the shed."),
        ("heading1", "roy@x.example, 5 Apr 2024"),
        ("paragraph", "From: roy@x.example\nDate: 5 Apr 2024 08:00"),
        ("paragraph", "From the lake."),
        ("paragraph", "From 2019 on, it rained."),
    ]
    assert parsed.title is None


@pytest.mark.parametrize("data", [b"\n\nThe rain fell.", b"The rain fell.", b"%PDF-1.7"])
def test_what_is_no_mail_is_told_so(data: bytes) -> None:
    with pytest.raises(DocumentError, match="It is no mail"):
        read(data)
    with pytest.raises(DocumentError, match="It is no mailbox"):
        mail.parse(data, is_mailbox=True)


def test_a_broken_mail_leaves_a_gap_among_others() -> None:
    whole = message("The rain fell.", Subject="Boats").as_bytes()
    broken = b"Content-Type: application/pdf; name*0*=a; name*=b; name*1=c\n\nWhy?\n"
    with pytest.raises(DocumentError, match="It is damaged"):
        read(broken)
    parsed = mailbox(broken, whole)
    assert parsed.text.startswith("[…]\n\nBoats\n\n")
    assert parsed.remarks == ("has mails that cannot be read (1)",)


def test_a_mail_of_no_words_is_told_so() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        read(b"Subject: Boats\n\n \n")


PIECES = st.sampled_from(
    [
        *("From: ", "Date: ", "Subject: ", "\n", "\n\n", " ", "<", ">", '"', "(", "=?", "?="),
        *("Content-Type: ", "multipart/mixed", "text/html", "; boundary=x", "--x\n", "--x--\n"),
        *("; charset=", "utf-8", "; filename*=x''%ff", "; format=flowed", "Rain fell. "),
        *("Content-Transfer-Encoding: base64\n", "Content-Disposition: attachment", "-- \n", "> "),
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.characters(), max_size=40), st.booleans())
def test_no_mail_breaks_the_reader(pieces: list[str], is_mailbox: bool) -> None:
    data = b"X: y\n" + "".join(pieces).encode("utf-8", "surrogatepass")
    if is_mailbox:
        data = b"From ida 2024\n" + data
    try:
        parsed = mail.parse(data, is_mailbox=is_mailbox)
    except DocumentError:
        return
    assert parsed.blocks
