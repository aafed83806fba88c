"""Memory: facts about sent messages. A restart loses them, and the bot works without them."""

from dataclasses import dataclass, field

from cachetools import LRUCache

from bot.chat.buttons import Action

MOST = 2_000
"""Entries of each kind; the least recently used go first."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bounded maps from messages of the bot, by event id, to facts about them.

    `roots` maps a message to the root of its thread; `next_pages` a page of a list to the action
    that shows the next page; `removals` a question whether to remove a document to the key of
    the document's path; `remarks` a message to the bot's messages about it that are no replies;
    `signs` a message to the reactions that work below it.
    """

    roots: LRUCache[str, str] = field(default_factory=lambda: LRUCache(MOST))
    next_pages: LRUCache[str, Action] = field(default_factory=lambda: LRUCache(MOST))
    removals: LRUCache[str, str] = field(default_factory=lambda: LRUCache(MOST))
    remarks: LRUCache[str, tuple[str, ...]] = field(default_factory=lambda: LRUCache(MOST))
    signs: LRUCache[str, tuple[str, ...]] = field(default_factory=lambda: LRUCache(MOST))
