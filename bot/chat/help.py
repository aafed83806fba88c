"""Help, from the table of commands, the description of the bot, and replies to small talk."""

from bot.answering.service import DocumentInfo
from bot.chat.command_grammar import Audience, Surface, Syntax
from bot.chat.identity import Rights
from bot.chat.rendering.blocks import Block, NoticeBlock, notice_block
from bot.chat.rendering.replies import REVISION_SHOWN
from bot.chat.request import ChatRequest
from bot.chat.small_talk import SmallTalk, SmallTalkKind
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import HELP, SLASH
from bot.chat.texts.languages import current_language, in_language, translated
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName

_TALK = {
    SmallTalkKind.ABILITIES: Text.TALK_ABILITIES,
    SmallTalkKind.IDENTITY: Text.TALK_IDENTITY,
    SmallTalkKind.ARITHMETIC: Text.TALK_ARITHMETIC,
    SmallTalkKind.THANKS: Text.TALK_THANKS,
    SmallTalkKind.GOODBYE: Text.TALK_GOODBYE,
    SmallTalkKind.GREETING: Text.TALK_GREETING,
    SmallTalkKind.REACTION: Text.TALK_REACTION,
}


def help_blocks(syntax: Syntax, rights: Rights, request: ChatRequest) -> tuple[Block, ...]:
    """The help: how to ask, and the commands that this person may use."""
    manages = rights.manages(request.person)
    allowed = {
        Audience.ANYONE: True,
        Audience.CURATORS: rights.curates(request.person),
        Audience.MANAGERS: manages,
        Audience.ROOM_MANAGERS: manages and not request.place.direct,
    }
    console = syntax.help is Surface.CONSOLE
    meanings = HELP if console else SLASH
    commands = [
        notice(
            Text.HELP_LINE,
            command=CommandName(spec.name, spec.argument if console else ""),
            what=translated(meanings[spec.name], current_language()),
        )
        for spec in syntax.specs(syntax.help)
        if allowed[spec.audience]
    ]
    intro, ask = notice(Text.HELP), notice(Text.HELP_ASK)
    if console:
        return (NoticeBlock(((intro, ask),)), notice_block(*commands))
    signs = (notice(Text.HELP_SIGNS, down=CommandName("down")),) if syntax.reactions else ()
    return (notice_block(intro, notice(Text.HELP_MENTION), ask, *commands, *signs),)


def small_talk_notices(talk: SmallTalk) -> tuple[Notice, ...]:
    """The fixed reply to small talk, with how to begin where that is what is missing."""
    language = current_language()
    if talk.languages and language not in talk.languages:
        language = talk.languages[0]
    with in_language(language):
        reply = notice(_TALK[talk.kind])
        if talk.kind in {SmallTalkKind.THANKS, SmallTalkKind.GOODBYE}:
            return (reply,)
        first = {"sources": CommandName("sources"), "help": CommandName("help")}
        return (reply, notice(Text.TALK_STEPS, **first))


def about_blocks(
    infos: tuple[DocumentInfo, ...], revision: str, *, keeps_questions: bool, reader_at: str
) -> tuple[Block, ...]:
    """A description of the bot, of the documents `infos`, and of the data that it keeps.

    `reader_at` says where the reader is that questions may be sent to; empty if there is none.
    """
    questions = Text.PRIVACY_QUESTIONS_KEPT if keeps_questions else Text.PRIVACY_QUESTIONS
    passages = sum(info.passages for info in infos)
    lines = (
        notice(Text.ABOUT, documents=len(infos)),
        notice(Text.ABOUT_CORPUS, revision=revision[:REVISION_SHOWN], passages=passages),
        notice(Text.PRIVACY_KEPT),
        notice(questions),
        *((notice(Text.PRIVACY_READER, place=reader_at),) if reader_at else ()),
        notice(Text.PRIVACY_FORGET, command=CommandName("privacy forget")),
    )
    return (notice_block(*lines),)
