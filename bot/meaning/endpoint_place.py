"""Place of an endpoint: whether what is sent stays on this machine or in this network."""

from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

_OF_NETWORKS = (".local", ".lan", ".home", ".home.arpa", ".internal")
"""Ends of names that no public server has."""


class EndpointPlace(Enum):
    """The place of an endpoint, as far as its address tells; in doubt the one farther away."""

    MACHINE = "this machine"
    NETWORK = "this network"
    SERVICE = "a service elsewhere"


def place_of(url: str) -> EndpointPlace:
    """The place of the server with that address. Nothing is looked up."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return EndpointPlace.MACHINE
        is_local = "." not in host or host.endswith(_OF_NETWORKS)
        return EndpointPlace.NETWORK if is_local else EndpointPlace.SERVICE
    if address.is_loopback:
        return EndpointPlace.MACHINE
    return EndpointPlace.SERVICE if address.is_global else EndpointPlace.NETWORK
