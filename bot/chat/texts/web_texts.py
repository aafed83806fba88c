"""Catalogue of the texts of web pages, in English."""

from __future__ import annotations

from bot.chat.texts.templates import FixedText, Plural


class WebText(FixedText):
    """The texts of pages, besides those that they share with the chat."""

    NOT_FOUND = "There is no such page, or its link has ended."
    FAULT = "The page could not be made. Try again in a moment."
    METHOD = "This page cannot be asked for in that way."
    TOO_LARGE = "That is too long."
    TOO_MANY = "That is a lot of pages at once. Try again in a minute."

    # Places on every page
    SKIP = "Skip to the text"
    SITE = "Pages"
    REPLY = "Reply"
    SOURCES = "Sources"
    ASK = "Ask"
    SHOW = "Show"

    # The source page
    QUOTES = "Quotes of the reply"
    SEARCH_HERE = "Search in this document"
    SEARCH = "Search"
    MATCHES = "Matches"
    MATCH = "Match {at} of {count}"
    NO_MATCH = "These words do not stand in this document."
    PREVIOUS_MATCH = "Previous"
    NEXT_MATCH = "Next"
    SHOW_MATCH = "Show it"
    PARTS = "Parts of the document"
    PART = "Part {number} of {count}"
    PREVIOUS_PART = "Previous part"
    NEXT_PART = "Next part"
    CONTENTS = "Contents"
    LINK_HERE = "Link to this place"
    TABLE = "Table"
    WORDS_MOVED = (
        "The documents have changed since this reply. The words are marked where they stand now."
    )
    WORDS_GONE = "The document has changed since this reply, and the words are gone. They were:"

    # The page as printed
    PRINTED = "The page as printed"
    PRINTED_PAGE = "Page {number} of {count}"
    LABELLED_PAGE = "Page {label}, number {number} of {count}"
    PICTURE = "Page {label} as printed; its words stand in the text."
    PREVIOUS_PAGE = "Previous page"
    NEXT_PAGE = "Next page"
    TEXT_OF_PAGE = "Text of this page"
    LARGER = "Larger"
    SMALLER = "Smaller"
    NO_PICTURE = "The picture of this page cannot be shown, only its text."
    NOT_MARKED = "The place of the quote on this page is not certain, so it is not marked here."
    PAGES_HIDDEN = "Parts of this document are left out, so its pages are not shown as printed."
    ORIGINAL = "Download the original"

    # The sources page
    FILTER = "Words in title, author or subject"
    COLLECTION = "Collection"
    ALL_COLLECTIONS = "All collections"
    NONE_FIT = "No document fits."
    FITTING = Plural("count", "{count} document[|s] fit[s|].")

    # The answer page
    QUESTION = "Question"
    FIGURES_DIFFER = "Figures differ"
    DATES_DIFFER = "Dates differ"
    FURTHER = "Further excerpts"
    NEAREST = "Nearest passages, which are no answer"
    UNCHANGED = "Unchanged in the documents of today."
    MOVED = "The document has changed. The words stand now in “{title}”, {place}."
    GONE = "These words are no longer in the documents. They were as shown here."
    UNSEEN = "Excerpt {number} cannot be seen here."

    # The ask page
    YOUR_QUESTION = "Your question"
    ASK_HINT = "The reply is made of the documents’ own words."
    WHOLE_REPLY = "All excerpts, and whether they still stand"
