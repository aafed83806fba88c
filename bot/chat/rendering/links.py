"""Web links: only http and https URLs may be opened."""

from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

LONGEST = 2_000

LONGEST_OF_BUTTON = 512
"""Longest URL of a button, in characters."""


def web_url(url: str) -> str | None:
    """The URL in printable ASCII; None for another scheme, no host, or one that is too long."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    encoded = percent_encoded(url, safe="%/:?#[]@!$&'()*+,;=~", errors="replace")
    return encoded if len(encoded) <= LONGEST else None


def button_url(url: str | None) -> str | None:
    """The URL as by `web_url`, if there is one that a button may open."""
    target = web_url(url or "")
    return target if target is not None and len(target) <= LONGEST_OF_BUTTON else None
