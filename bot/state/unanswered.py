"""Repository of unanswered questions: those that met silence, and how often.

Curators read it to learn which documents are missing.
"""

import unicodedata
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Repository
from bot.state.models import UnansweredRow
from bot.state.records import Unanswered

_LAST_MARKS = "?!.？！。؟ "


def folded(question: str) -> str:
    """`question` in the form in which equal questions compare equal.

    NFC and case-folded, with single blanks and no marks at the end:
    "Who  led the siege?!" becomes "who led the siege".
    """
    composed = unicodedata.normalize("NFC", question.casefold())
    return " ".join(composed.split()).rstrip(_LAST_MARKS)


class UnansweredStore(Repository):
    """Questions that met silence, by space; who asked is not recorded."""

    async def count(self, platform: str, space: str, question: str, at: datetime) -> None:
        """Count one more time that `question` met silence."""
        digest = sha256(folded(question).encode("utf-8", "surrogatepass")).hexdigest()
        row = insert(UnansweredRow).values(
            platform=platform,
            space=space,
            folded=digest,
            question=question,
            count=1,
            first_at=at,
            last_at=at,
        )
        upsert = row.on_conflict_do_update(
            index_elements=["platform", "space", "folded"],
            set_={
                "times": UnansweredRow.count + 1,
                "first_at": func.min(UnansweredRow.first_at, row.excluded.first_at),
                "last_at": func.max(UnansweredRow.last_at, row.excluded.last_at),
            },
        )
        async with self.database.writing() as session:
            await session.execute(upsert)

    async def most_asked(
        self, limit: int, platform: str | None = None, space: str | None = None
    ) -> tuple[Unanswered, ...]:
        """At most `limit` questions, of all or of one space of a platform.

        The most asked come first, of those asked as often the most recent.
        """
        table = UnansweredRow
        most = (table.count.desc(), table.last_at.desc())
        unique = (table.folded, table.platform, table.space)
        query = select(table).order_by(*most, *unique).limit(max(0, limit))
        if platform is not None and space is not None:
            query = query.filter_by(platform=platform, space=space)
        async with self.database.reading() as session:
            return tuple(map(Unanswered.of, await session.scalars(query)))
