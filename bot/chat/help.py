"""Help, from the table of commands, and the description of the bot."""

from bot.answering.service import DocumentInfo
from bot.chat.command_grammar import Audience, Surface, Syntax
from bot.chat.identity import Rights
from bot.chat.rendering.blocks import Block, NoticeBlock, notice_block
from bot.chat.rendering.replies import REVISION_SHOWN
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text, notice
from bot.chat.texts.command_texts import HELP, SLASH
from bot.chat.texts.parameters import CommandName


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
            what=meanings[spec.name],
        )
        for spec in syntax.specs(syntax.help)
        if allowed[spec.audience]
    ]
    intro, ask = notice(Text.HELP), notice(Text.HELP_ASK)
    if console:
        return (NoticeBlock(((intro, ask),)), notice_block(*commands))
    signs = (notice(Text.HELP_SIGNS),) if syntax.reactions else ()
    return (notice_block(intro, notice(Text.HELP_MENTION), ask, *commands, *signs),)


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
