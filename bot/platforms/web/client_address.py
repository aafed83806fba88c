"""The address of who asks, also behind proxies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

CLIENT = web.RequestKey("client", str)
"""The address of who asks, or its network for IP version 6, by which requests are counted."""

_NETWORK_BITS = 64
"""The bits of an address of version 6 that one household or company has."""

_MOST_PROXIES = 10
"""Most proxies behind each other whose entries are read."""

_UNKNOWN = "unknown"

_WITH_PORT = re.compile(r"\[([^]]+)\](?::\d+)?|([\d.]+):\d+", re.ASCII)
"""An address of version 6 in brackets, or one of version 4 with a port, as some proxies write."""


def with_client(proxies: Iterable[str]) -> Middleware:
    """A middleware that notes the `CLIENT` of a request.

    `X-Forwarded-For` counts only from `proxies`, which are addresses or networks, and from a proxy
    on this machine. Each adds an entry behind those that it was sent: the last one that is not of
    a proxy is the client's, and what stands before it may be made up.
    """
    networks = [ip_network(each) for each in proxies]

    def is_proxy(address: IPv4Address | IPv6Address) -> bool:
        return address.is_loopback or any(address in network for network in networks)

    def client(request: web.Request) -> str:
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        entries = [each for each in forwarded.rsplit(",", _MOST_PROXIES) if each.strip()]
        address = None
        for entry in reversed((*entries, request.remote or "")):
            try:
                address = _address(entry.strip())
            except ValueError:
                return _UNKNOWN
            if not is_proxy(address):
                break
        if isinstance(address, IPv6Address):
            return str(ip_network((address, _NETWORK_BITS), strict=False))
        return str(address)

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CLIENT] = client(request)
        return await handler(request)

    return handle


def _address(text: str) -> IPv4Address | IPv6Address:
    """The address without its port, of version 4 where it is written as one of 6.

    Raises `ValueError`.
    """
    match = _WITH_PORT.fullmatch(text)
    address = ip_address(text if match is None else match[1] or match[2])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
