"""Addresses that may be followed: the web's, and no other."""

from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

LONGEST = 2_000


def live(url: str) -> str | None:
    """The address in printable ASCII as it may be opened; None for what is not the web's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    encoded = percent_encoded(url, safe="%/:?#[]@!$&'()*+,;=~", errors="replace")
    return encoded if len(encoded) <= LONGEST else None
