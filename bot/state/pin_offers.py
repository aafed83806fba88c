"""Repository of the words that curators are offered to pin, so that a button outlives a restart."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import PinOfferRow
from bot.state.records import PinOffer


class PinOffers(Repository):
    """The offers by their keys; kept as long as answers, since their buttons are."""

    @write_transaction
    def keep(self, session: Session, offers: Iterable[PinOffer]) -> None:
        """Keep offers, each in place of that with its key."""
        for offer in offers:
            session.merge(PinOfferRow(**offer.columns()))

    @read_transaction
    def find(self, session: Session, key: str) -> PinOffer | None:
        """The offer with that key; None if there is none, or none any more."""
        row = session.get(PinOfferRow, key)
        return None if row is None else PinOffer.of(row)
