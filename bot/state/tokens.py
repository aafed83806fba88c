"""Repository of access tokens: what programs that ask by HTTP show; kept as hashes only."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import AccessTokenRow
from bot.state.records import AccessToken

_MARK = "say_"
"""Begins every secret, so that people and scanners know it as one."""


def new_secret() -> str:
    """A random secret of 256 bits, to be shown once."""
    return _MARK + token_urlsafe(32)


def digest_of(secret: str) -> str:
    """SHA-256 of a secret in hex; as the secret is random, it needs no salt and no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class AccessTokens(Repository):
    """Tokens by name; each change holds from the next request on, also in a running program."""

    @write_transaction
    def add(self, session: Session, token: AccessToken) -> bool:
        """Add a token; False, and nothing is changed, if there is one of that name."""
        if session.get(AccessTokenRow, token.name) is not None:
            return False
        session.add(AccessTokenRow(**token.columns()))
        return True

    @write_transaction
    def remove(self, session: Session, name: str) -> bool:
        """Remove the token of that name; False if there is none."""
        deleted = session.execute(
            delete(AccessTokenRow).where(AccessTokenRow.name == name).returning(AccessTokenRow.name)
        )
        return bool(deleted.all())

    @read_transaction
    def all(self, session: Session) -> Sequence[AccessToken]:
        """All tokens by name, also those that have ended."""
        rows = session.scalars(select(AccessTokenRow).order_by(AccessTokenRow.name))
        return [AccessToken.of(row) for row in rows]

    async def of_secret(self, secret: str, now: datetime) -> AccessToken | None:
        """The token of that secret; None if there is none, or it has ended.

        The secret is compared with every token in constant time: there are few of them.
        """
        digest = digest_of(secret)
        same = [each for each in await self.all() if compare_digest(each.digest, digest)]
        return next((each for each in same if each.ends_at is None or now < each.ends_at), None)
