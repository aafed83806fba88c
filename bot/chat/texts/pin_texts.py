"""Catalogue of the texts on pins for curators and managers, in English."""

from __future__ import annotations

from bot.chat.texts.templates import FixedText, Plural


class PinText(FixedText):
    """The texts on candidates for a question, on pins, and on their changes."""

    HOW_TO_SEE = "What could answer question N: {pin}"
    ALIKE = "Asked as {questions}, too."
    ALIKE_AND_MORE = "Asked as {questions} and in other ways, too."
    NUMBER = "{number}"
    NO_SUCH_NUMBER = "There is no number {number} in what you saw last. See {list} first."
    QUESTION_GONE = "This question is no longer in the list."
    CANDIDATES = "What could answer “{question}”:"
    HOW_TO_CHOOSE = "To pin number M: {pin}"
    NO_CANDIDATES = "Nothing in the documents comes near this question."
    NOWHERE = "These words stand nowhere in the documents."
    HOW_TO_FIND = "To pin other words of the documents: {pin}"
    AROUND = "It stands here:"
    OFFER_GONE = "This offer has ended. Begin again."
    OFFER_CHANGED = "{document} no longer has these words, so nothing is pinned. Begin again."
    SMALL_TALK = (
        "Greetings and the like have fixed answers, so no pin would be met. Pin a question."
    )
    PINNED = "Pinned. “{question}”, and questions like it, are answered with this."
    PINNED_SIDE = "Pinned. “{question}” is answered with {count} quotes."
    UNPINNED = "“{question}” has no pin any more."
    HOW_TO_UNDO = "To undo this: {undo}"
    GONE = "This pin is not there, or it is not yours to change."
    LIST = Plural("count", "{count} pin[|s]:")
    NONE = "Nothing is pinned."
    HOW_TO_UNPIN = "To take out pin N: {unpin}"
    LINE = "{number} · {question}"
    QUOTE = "“{quote}” ({document})"
    QUOTE_CHANGED = "It does not answer: {document} no longer has “{quote}”."
    QUOTE_GONE = "It does not answer: {document} is gone, and with it “{quote}”."
    NOW = "Most like it now:"
    UNDO_NOTHING = "There is nothing to undo."
    UNDONE_PIN = "Undone. “{question}” has no pin any more."
    UNDONE = "Undone. “{question}” is pinned as before."
    UNDO_CHANGED = "The pin of “{question}” was changed since, so it stays as it is."
