import pytest

from bot.meaning.endpoint_place import EndpointPlace, place_of


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("127.0.0.1:8080", EndpointPlace.MACHINE),
        ("[::1]:8080", EndpointPlace.MACHINE),
        ("LOCALHOST", EndpointPlace.MACHINE),
        ("10.1.2.3", EndpointPlace.NETWORK),
        ("192.168.0.7:11434", EndpointPlace.NETWORK),
        ("100.64.0.1", EndpointPlace.NETWORK),
        ("[fd00::1]", EndpointPlace.NETWORK),
        ("0.0.0.0", EndpointPlace.NETWORK),
        ("ollama", EndpointPlace.NETWORK),
        ("box.lan", EndpointPlace.NETWORK),
        ("host.docker.internal", EndpointPlace.NETWORK),
        ("8.8.8.8", EndpointPlace.SERVICE),
        ("api.example.com", EndpointPlace.SERVICE),
        ("localhost.example.com", EndpointPlace.SERVICE),
        ("127.0.0.1.example.com", EndpointPlace.SERVICE),
    ],
)
def test_an_address_tells_how_far_what_is_sent_goes(host: str, place: EndpointPlace) -> None:
    assert place_of(f"http://{host}/v1") is place
