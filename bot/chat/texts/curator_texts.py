"""Catalogue of the texts for curators, and for managers of rooms and servers, in English."""

from __future__ import annotations

from bot.chat.texts.templates import FixedText, Plural


class CuratorText(FixedText):
    """The texts on documents, rooms, feedback and alerts, for those who look after them."""

    # Of rooms and servers, for who manages them
    MANAGERS_ONLY = "Only someone who manages this place may do this."
    ROOM_SEES = "Collections seen here: {names}."
    ROOM_SEES_ALL = "All collections are seen here."
    ROOM_SEES_NONE = "No collection is seen here."
    ROOM_WITHOUT = "Without a document now: {names}."
    ROOM_MENTIONS = "Messages that mention the bot are questions."
    ROOM_EVERYTHING = "Every message is a question."
    ROOM_FORUM = (
        "Messages that mention the bot are questions. So are first posts, which get a reply only "
        "where the bot is sure."
    )
    ROOM_OFF = "No message is a question."
    ROOM_THREADS = "The reply to a question opens a thread."
    ROOM_NO_THREADS = "The reply to a question opens no thread."
    ROOM_LANGUAGE = "The bot writes {language} here."
    SETUP_COLLECTIONS = "To choose what is seen here: {command}. There is: {names}."
    SETUP_MODE = "To choose which messages are questions:"
    SETUP_MODE_LINE = "{command}:"
    ROOM_DIRECT = (
        "In a conversation with one person every message is a question to "
        "all documents. Nothing can be set for it."
    )
    ROOM_DEAF = (
        "The bot receives only messages that mention it, so nothing was set. "
        "Ask the operator to let it receive all. On Discord this takes the message content "
        "intent and the setting discord.message_content."
    )
    BOUND_BY_CURATOR = "A curator set what is seen here. Only a curator may change that."
    SET_FOR_THREAD = "Set for this thread."
    SET_FOR_ROOM = "Set for this room."
    SET_FOR_SPACE = "Set for all rooms that have no setting of their own."
    SET_NOWHERE = "Nothing is set, so this is the default."
    SPACE_CHANGED = "Changed for all rooms that have no setting of their own."
    SPACE_CLEARED = "The setting for all rooms is taken back."
    ROOM_CHANGED = "Changed here."
    ROOM_CLEARED = "The setting made here is taken back."
    NOTHING_SET = "There was nothing to take back."
    LACKING = "The bot lacks permissions in the server {server}, such as in #{room}: {rights}."
    LACKING_IN_ROOM = "The bot lacks permissions in {room}: {rights}."
    NOTHING_LACKING = "The bot has all permissions that it needs in the channels that it sees."

    # Of the documents, for curators
    CURATORS_ONLY = "Only a curator may do this."
    RELOADING = "The documents are being read. This takes a moment."
    RELOAD_JOINED = "A reload is under way already. Its result is this one's, too."
    ADDED = Plural("count", "Added {path} to the collection {collection}: {count} passage[|s].")
    REPLACED = Plural(
        "count",
        "Replaced {path} in the collection {collection}: {count} passage[|s]. The file that was "
        "there is kept in the state folder.",
    )
    NOT_ADDED = "{path} could not be served and was taken out again."
    DOCUMENT_REMOVED = "Removed {path}. The file is kept in the state folder."
    NOT_REMOVED = "Without {path} the documents could not be served, so it was put back."
    REMOVE_WHICH = "Remove “{title}” ({path})? The file will be kept in the state folder."
    UNCHANGED_FILES = "Nothing was taken away."

    # Of the status, and of questions without an answer
    STATUS_SERVED = "Documents: {documents}. Passages: {passages}."
    STATUS_COLLECTIONS = "Collections: {names}."
    STATUS_REVISION = "Corpus: {revision}."
    STATUS_LOADED = "Loaded: {when}."
    STATUS_FAILED = "Files that failed: {count}."
    STATUS_REPLIES = "Replies kept: {count}."
    STATUS_VERDICTS = "Replies found good: {up}. Not good: {down}."
    STATUS_UNANSWERED = "Questions without an answer: {count}."
    STATUS_UNANSWERED_MANY = "Questions without an answer: more than {count}."
    STATUS_FEEDBACK = "{command} shows which replies did not help, and why."
    UNANSWERED = "Questions without an answer, and how often they were asked:"
    UNANSWERED_NONE = "No question is without an answer."
    UNANSWERED_LINE = "{number} · {count} × {question}"
    CHOSEN = "→ {title}, {place}. Chosen: {count}."
    CHOSEN_BEFORE = "→ {title}, which has changed since. Chosen: {count}."
    CHOSEN_VOTES = "(👍 {up}, 👎 {down})"

    # Of replies that did not help
    FEEDBACK_NONE = "No reply was found not good."
    FEEDBACK_NUMBER = "{number} ·"
    FEEDBACK_UNASKED = "A question that is not kept."
    FEEDBACK_VOTES = "Did not help: {down}. Helped: {up}. Last: {when}."
    FEEDBACK_REASON = "{reason}: {count}."
    FEEDBACK_REMARK = "{when}: “{remark}”"
    FEEDBACK_SHOW = "{command} and a number shows the reply as it was given."
    FEEDBACK_GONE = "There is no such reply in this list any more."
    FEEDBACK_NOT_KEPT = "The reply itself is no longer kept."
    FEEDBACK_CHANGED = (
        "Excerpt {number} as it was given. “{title}” has changed since, so this may be no quote:"
    )
    FEEDBACK_REMOVED = "Excerpt {number} as it was given. “{title}” is gone, so this is no quote:"
    FEEDBACK_LINK = "Its message: {url}"
    FEEDBACK_REPLY = "Reply {number}"

    # Of the log of what was done
    LOG = "What was done, the newest first:"
    LOG_NONE = "Nothing was done yet."
    LOG_LINE = "{when} – {actor} – {action} {detail} – {outcome}"
    LOG_ROOM_LINE = "{when} – {actor} – {action} {room}: {detail} – {outcome}"
    LOG_LINE_FORGOTTEN = "{when} – {action} {detail} – {outcome}"
    LOG_ROOM_LINE_FORGOTTEN = "{when} – {action} {room}: {detail} – {outcome}"

    # Of alerts
    ALERT_FAILED = Plural("count", "{count} file[|s] could not be read:")
    ALERT_PINS = Plural("count", "{count} pinned quote[ is|s are] no longer in the documents:")
    ALERT_LOST = Plural(
        "minutes", "{platform} has not been connected for {minutes} minute[|s]. The log says more."
    )
    ALERT_BACK = "{platform} is connected again."
    ALERT_SILENCE = Plural("count", "{count} question[|s] of this week met silence:")
