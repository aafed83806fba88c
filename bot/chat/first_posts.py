"""First posts of threads: nobody put them to the bot, so only a sure answer is shown."""

from dataclasses import dataclass

from bot.chat.command_grammar import question
from bot.chat.commands import Ask
from bot.core.replies import Answer, Confidence, Reply

_QUESTION_MARKS = ("?", "？", "؟")
_GREEK_QUESTION_MARK = ";"
"""Ends a title that asks, but in a text much else."""
_CLOSING_MARKS = "!…)]}»”“’'\"*_~|`"
"""Marks behind a question mark: of exclamation, of quotations, and markup."""


@dataclass(frozen=True, slots=True)
class FirstPost:
    """The words of a first post, and the title of its thread where the author wrote one."""

    text: str
    title: str = ""

    def questions(self) -> tuple[str, ...]:
        """Questions to ask in turn until an answer is sure; none where no words ask.

        The title and the text belong together: "Vault" above "Who made its door?". But many a
        title is the whole question, and the text below it brings words that no document has:
        "How do I open the vault?" above "I tried everything, any hint is welcome".
        """
        text, title = self.text.strip(), self.title.strip()
        if not text:
            return ()
        whole = text if not title or text.startswith(title.rstrip(" .…")) else f"{title}\n{text}"
        alone = (title,) if title.endswith((*_QUESTION_MARKS, _GREEK_QUESTION_MARK)) else ()
        both = dict.fromkeys((whole, *alone))
        return tuple(each for each in both if isinstance(question(each), Ask))

    @property
    def asks(self) -> bool:
        """Whether it says itself that it asks: other posts tell something, or chat."""
        words = f"{self.title} {self.text}".split()
        return any(word.rstrip(_CLOSING_MARKS).endswith(_QUESTION_MARKS) for word in words)


def is_sure(reply: Reply) -> bool:
    """Whether a reply may be shown to somebody who did not ask the bot."""
    return isinstance(reply, Answer) and reply.confidence is Confidence.HIGH
