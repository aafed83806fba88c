"""`token`: makes, lists and withdraws the tokens of programs; also while the bot runs."""

from datetime import UTC, datetime, timedelta

from bot.chat.identity import scope_named
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.program_texts import ProgramText
from bot.cli.arguments import TokenArguments
from bot.cli.exit_codes import OK, PROBLEMS
from bot.cli.output import sentence, write_sentence
from bot.config.settings import Settings
from bot.core.errors import UsageError
from bot.ingest.display_names import display_name
from bot.platforms.streams import Output
from bot.state.records import AccessToken, TokenRight
from bot.state.store import Store
from bot.state.tokens import digest_of, new_secret

_NAME_CHARACTERS = 80
_MOST_DAYS = 3_650


async def change_tokens(arguments: TokenArguments, settings: Settings, output: Output) -> int:
    """Carry out one action and return the exit code. Raises `UsageError` and `StateError`."""
    now = datetime.now(UTC)
    secret = new_secret()
    added = _added(arguments, secret, now) if arguments.action == "add" else None
    if arguments.action == "remove" and arguments.name is None:
        raise _refusal(notice(ProgramText.ACCESS_USE))
    async with await Store.open(settings.state_folder()) as store:
        if added is not None:
            if not await store.tokens.add(added):
                raise _refusal(notice(ProgramText.ACCESS_TAKEN, name=added.name))
            write_sentence(notice(ProgramText.ACCESS_ADDED, name=added.name, secret=secret), output)
        elif arguments.name is not None and arguments.action == "remove":
            name = display_name(arguments.name, _NAME_CHARACTERS)
            if not await store.tokens.remove(arguments.name):
                write_sentence(notice(ProgramText.ACCESS_UNKNOWN, name=name), output)
                return PROBLEMS
            write_sentence(notice(ProgramText.ACCESS_REMOVED, name=name), output)
        else:
            tokens = await store.tokens.all()
            for token in tokens:
                write_sentence(_line(token, now), output)
            if not tokens:
                write_sentence(notice(ProgramText.ACCESS_NONE), output)
    return OK


def _added(arguments: TokenArguments, secret: str, now: datetime) -> AccessToken:
    """The token to add. Raises `UsageError`."""
    name, right, days = arguments.name or "", arguments.right, arguments.days
    names = frozenset(filter(None, map(str.strip, (arguments.collections or "").split(","))))
    is_named = name.strip() and name.isprintable() and len(name) <= _NAME_CHARACTERS
    if not is_named or not names or right is None:
        raise _refusal(notice(ProgramText.ACCESS_USE))
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise _refusal(notice(ProgramText.ACCESS_DAYS))
    return AccessToken(
        name,
        digest_of(secret),
        scope_named(names),
        TokenRight(right),
        made_at=now,
        ends_at=None if days is None else now + timedelta(days=days),
    )


def _line(token: AccessToken, now: datetime) -> Notice:
    collections = ", ".join(sorted(map(display_name, token.collections or ())))
    if token.ends_at is None:
        until = notice(ProgramText.ACCESS_ENDLESS)
    else:
        text = ProgramText.ACCESS_ENDS if now < token.ends_at else ProgramText.ACCESS_ENDED
        until = notice(text, day=token.ends_at.date().isoformat())
    return notice(
        ProgramText.ACCESS_LINE,
        name=token.name,
        right=token.right.value,
        collections=collections or sentence(notice(ProgramText.ACCESS_ALL)),
        since=token.made_at.date().isoformat(),
        until=sentence(until),
    )


def _refusal(reason: Notice) -> UsageError:
    return UsageError(sentence(reason))
