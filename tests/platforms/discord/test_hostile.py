"""All that comes in is hostile: nothing in it pings, leads away, breaks out or is too long."""

import json
from pathlib import Path

import pytest

from bot.chat.rendering.escape import visible, without_hostile
from bot.chat.texts.command_texts import SLASH
from bot.core.replies import ELLIPSIS
from tests.chat.rendering.discord_markdown import ShownMarkdown, invitations, read, seen
from tests.harness.discord_harness import VAULT, DiscordHarness
from tests.harness.discord_server.messages import Of, ServerMessage, walk
from tests.harness.discord_server.permissions import USUAL, Can
from tests.harness.discord_server.world import Upload

LIMIT = 4_000
PLAIN = {"quote", "small", "bold", "link"}
"""Marks of our own; any other came from outside."""

ZEBRA = "What does the zebra eat?"
LINES = {
    "everyone": "The zebra eats @everyone and @here with <@{ana}> and <@&{role}> in <#{room}>.",
    "links": "The zebra eats [hay](https://evil.example), https://evil.example/x, discord.gg/abc.",
    "styles": "The zebra eats **bold** __under__ ~~struck~~ ||spoiler|| `code` *slant* _it_ grass.",
    "fence": "The zebra eats ```py\nprint(1)\n``` and more grass.",
    "quote": "The zebra eats this.\n> not a quote\n>>> nor this\n# nor a heading\n-# nor small",
    "bidi": "The zebra eats \u202eevil\u202c \u2066grass\u2069\u200b, with \u200fmarks\u061c.",
    "pictures": "The zebra eats :smile: <:a:1> </ask:1> <t:1:R> <id:browse> grass, \u2122, \u00a9.",
    "ends": "The zebra eats grass \\",
}


def displays(message: ServerMessage) -> list[str]:
    """Each text of a message: marks of one do not reach into the next."""
    return [part["content"] for part in walk(message.components) if part.get("type") == Of.TEXT]


def is_command(one: ShownMarkdown) -> bool:
    """Whether it is one of our commands, set off from the sentence or to be pressed."""
    if one.marks == {"command"}:
        return one.text.removeprefix("</").partition(":")[0] in SLASH
    return one.marks == {"code"} and one.text.removeprefix("/").replace(" ", "").isalpha()


def is_harmless(message: ServerMessage) -> bool:
    """Whether a message pings nobody, leads to its documents only, and shows no marks but ours."""
    texts = displays(message)
    assert message.content == ""
    assert message.pings == []
    assert sum(map(len, texts)) <= LIMIT
    assert all(without_hostile(text) == text for text in texts)
    for text in texts:
        shown = read(text)
        acting = [one for one in shown if not one.marks <= PLAIN and not is_command(one)]
        assert not acting
        targets = {one.target for one in shown if one.target}
        assert all(target.startswith("https://example.org/") for target in targets), targets
        assert not invitations(text)
    links = {button.url for button in message.buttons if button.url}
    assert all(link.startswith("https://example.org/") for link in links)
    return True


def quotes(message: ServerMessage) -> list[str]:
    """What a reader sees inside the quotes."""
    found = []
    for text in displays(message):
        inside = [one for one in read(text) if "quote" in one.marks]
        assert all({"quote"} <= one.marks <= {"quote", "bold"} for one in inside)
        if inside:
            found.append(seen(inside))
    return found


def served(club: DiscordHarness) -> list[str]:
    """The documents as they may be seen: what is hostile is shown as a mark."""
    return [visible(document.text) for document in club.answering.corpus.documents]


def is_faithful(club: DiscordHarness, message: ServerMessage) -> bool:
    """Whether each quote reads exactly as its document does."""
    found = quotes(message)
    texts = served(club)
    assert found
    for quote in found:
        for piece in quote.split(ELLIPSIS):
            assert any(piece in text for text in texts), piece
    return True


def everything_allowed(club: DiscordHarness) -> None:
    """The bot may mention everyone: what keeps it from that is the bot alone."""
    club.guild.change_role(club.guild.everyone, USUAL | Can.MENTION_EVERYONE)


async def hostile_corpus(club: DiscordHarness) -> None:
    everything_allowed(club)
    role = club.guild.add_role("Pinged")
    role.mentionable = True
    for name, line in LINES.items():
        text = line.replace("{ana}", str(club.ana.id)).replace("{role}", str(role.id))
        text = text.replace("{room}", str(club.general.id))
        club.write(f"zoo/{name}.txt", text + "\n")
    await club.reload()


async def test_documents_full_of_marks_and_mentions(club: DiscordHarness) -> None:
    await hostile_corpus(club)
    page = await club.ask(club.ana, club.general, ZEBRA)
    pages = [page]
    while label := next((b.label for b in page.buttons if b.label.startswith("More")), None):
        page = await (await club.ben.press(page, label)).response()
        pages.append(page)
    for each in pages:
        assert is_harmless(each)
        assert is_faithful(club, each)
    told = "\n".join(quote for each in pages for quote in quotes(each))
    assert "@everyone and @here" in told
    assert "[hay](https://evil.example)" in told
    assert "‹U+202E›evil" in told
    first = pages[0]
    for button in first.buttons:
        if button.emoji in {"🔎", "📄"}:
            brought = await (await club.ana.press(first, button.custom_id or "")).response()
            assert is_harmless(brought)
    club.server.check()


async def test_titles_names_and_addresses_that_are_hostile_and_long(club: DiscordHarness) -> None:
    everything_allowed(club)
    long = "@everyone [x](https://evil.example) **b** " * 120
    fields = {
        "title": f"<@{club.ana.id}> {long}"[:5_000],
        "author": f"\u202e{long}",
        "publisher": "](https://evil.example) | `x",
        "date_note": long,
        "url": "https://example.org/" + "a" * 1_900,
        "about": long,
    }
    name = f"zoo/**<@{club.ana.id}> @everyone.md"
    club.write(name, "The zebra eats grass in the morning.\n")
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    manifest = club.corpus / "sources.toml"
    old = manifest.read_text(encoding="utf-8")
    manifest.write_text(f"{old}\n[{json.dumps(name)}]\n" + "\n".join(lines), encoding="utf-8")
    await club.reload()
    shown = await club.ask(club.ana, club.general, ZEBRA)
    assert is_harmless(shown)
    assert is_faithful(club, shown)
    assert [b.url for b in shown.buttons if b.url] == []
    for button in ("Context", "Source", "Still there?"):
        assert is_harmless(await (await club.ana.press(shown, button)).response())
    listed = await (await club.ana.slash(club.general, "sources")).response()
    assert is_harmless(listed)
    found = await club.ana.autocomplete(club.general, "source", "name", "zoo")
    assert len(found) == 1
    used = await club.ana.slash(club.general, "source", {"name": found[0][1]})
    told = await used.response()
    assert is_harmless(told)
    assert "zebra" not in told.text
    pages = list(displays(told))
    while "Next" in [b.label for b in told.buttons] and len(pages) < 20:
        await (await club.ana.press(told, "Next")).acknowledged()
        assert is_harmless(told)
        pages += displays(told)
    assert f"File: {name}" in "\n".join(seen(read(page)) for page in pages)
    club.server.check()


async def test_collections_with_hostile_names(club: DiscordHarness) -> None:
    everything_allowed(club)
    folder = f"@everyone <@{club.ana.id}>"
    club.write(f"{folder}/zebra.md", "The zebra eats grass in the morning.\n")
    await club.reload()
    for used in (
        await club.ana.slash(club.general, "sources"),
        await club.ana.slash(club.general, "sources", collection=folder),
        await club.ana.slash(club.general, "ask", question=ZEBRA, collection=folder),
        await club.boss.slash(club.general, "room show"),
        await club.boss.slash(club.general, "room collections", names=folder),
        await club.boss.slash(club.general, "room collections", names="<@1>, @here"),
        await club.curator.slash(club.general, "corpus status"),
    ):
        assert is_harmless(await used.response())
    club.server.check()


async def test_a_passage_of_nearly_six_thousand_characters(club: DiscordHarness) -> None:
    words = " ".join(f"grass{number}" for number in range(600))
    club.write("zoo/long.md", f"# Long\n\nThe zebra eats {words[:5_900]} and no more.\n")
    club.write("zoo/marks.txt", "The zebra eats " + "*_`" * 1_950 + " grass.\n")
    await club.reload()
    long = await whole(club, "Does the zebra eat grass17 and grass23 and no more?")
    assert len(long) > 5_000
    assert long.endswith(" and no more.")
    assert (await whole(club, "Which grass does the zebra eat with *_`?")).count("*_`") > 1_940
    club.server.check()


async def whole(club: DiscordHarness, question: str) -> str:
    """The first passage of a reply, read by its button for context to the end."""
    shown = await club.ask(club.ana, club.general, question)
    assert is_harmless(shown)
    assert is_faithful(club, shown)
    around = await (await club.ana.press(shown, "Context")).response()
    texts = ["".join(quotes(around))]
    # Turned in their place: reading on leaves no trail of messages.
    while "Next" in [b.label for b in around.buttons] and len(texts) < 40:
        await (await club.ana.press(around, "Next")).acknowledged()
        assert sum(map(len, displays(around))) <= LIMIT
        texts.append("".join(quotes(around)))
    assert len(texts) > 1
    assert is_harmless(around)
    await (await club.ana.press(around, "Back")).acknowledged()
    assert "".join(quotes(around)) == texts[-2]
    assert len([m for m in club.ana.sees(club.general) if m.ephemeral and m is not around]) < 2
    return "".join(texts)


QUESTIONS = [
    "@everyone @here zebra",
    "<@{ana}> <@&1> <#1> xyzzy [x](https://evil.example) plugh",
    "**xyzzy** `plugh` ||frob|| ~~nitfol~~",
    "\u202exyzzy\u202c \u200bplugh\u200b",
    "https://evil.example/xyzzy discord.gg/plugh",
    "> xyzzy\n# plugh\n-# frob",
    "xyzzy" * 300,
    "/@everyone",
    "/source <@{ana}> [x](https://evil.example)",
    "/sources **@everyone**",
    "\u202e",
    "/ " + "x" * 1_500,
    "🦓" * 900,
]


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
async def test_questions_that_are_hostile(club: DiscordHarness, question: str) -> None:
    everything_allowed(club)
    question = question.replace("{ana}", str(club.ben.id))
    assert is_harmless(await club.ask(club.ana, club.general, question))
    used = await club.ana.slash(club.general, "ask", question=question)
    assert is_harmless(await used.response())
    await club.ask(club.ana, club.general, "What did the xyzzy say?")
    used = await club.curator.slash(club.general, "corpus unanswered")
    assert is_harmless(await used.response())
    club.server.check()


async def test_names_of_people_that_are_hostile(club: DiscordHarness) -> None:
    everything_allowed(club)
    name = "@everyone [x](https://evil.example)"
    club.guild.add_member(club.ben, nick=name)
    told = await club.ask(club.ana, club.general, f"What did {club.ben.mention} say of xyzzy?")
    assert is_harmless(told)
    club.server.check()


async def test_an_attachment_is_not_read(club: DiscordHarness) -> None:
    file = Upload("@everyone.md", b"The zebra eats grass.")
    asked = await club.ana.say(club.general, VAULT, mention_bot=True, attachments=[file])
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert is_faithful(club, reply)
    assert [c for c in club.server.calls if "attachments" in c.path] == []
    club.server.check()


async def test_the_real_articles(club: DiscordHarness, shared: Path) -> None:
    for file in (shared / "documents").iterdir():
        club.write(file.name if file.name == "sources.toml" else f"{file.name}", "")
        (club.corpus / file.name).write_bytes(file.read_bytes())
    await club.reload()
    questions = [
        json.loads(line)["question"]
        for line in (shared / "questions" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    await club.restart(per_person=1_000)
    for question in questions[::6]:
        reply = await club.ask(club.ana, club.general, question)
        assert is_harmless_but_for_links(reply)
        if quotes(reply):
            assert is_faithful(club, reply)
    club.server.check()


def is_harmless_but_for_links(message: ServerMessage) -> bool:
    """As `is_harmless`, of documents with addresses of their own."""
    texts = displays(message)
    assert message.pings == []
    assert sum(map(len, texts)) <= LIMIT
    for text in texts:
        assert {mark for one in read(text) for mark in one.marks} <= PLAIN
    return True
