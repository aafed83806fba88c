"""Catalogue of the texts of web pages, in English."""

from __future__ import annotations

from bot.chat.texts.templates import FixedText


class WebText(FixedText):
    """The texts of pages, besides those that they share with the chat."""

    NOT_FOUND = "There is no such page, or its link has ended."
    FAULT = "The page could not be made. Try again in a moment."
