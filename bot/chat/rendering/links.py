"""Web links: only http and https URLs may be opened."""

from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

LONGEST = 2_000


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
