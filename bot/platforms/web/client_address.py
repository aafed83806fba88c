"""The address of who asks, also behind a proxy on this machine."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

_NETWORK_BITS = 64
"""The bits of an address of version 6 that one household or company has."""


def client_address(request: web.Request) -> str:
    """The address of the client, or its network for IP version 6.

    `X-Forwarded-For` counts only from a proxy on this machine, and only its last entry, which that
    proxy has added; whoever asks may have written the others.
    """
    address = request.remote or ""
    if _is_here(address):
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        address = forwarded.rsplit(",", 1)[-1].strip() or address
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, _NETWORK_BITS), strict=False))


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
