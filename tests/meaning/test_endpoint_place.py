import pytest

from bot.meaning.endpoint_place import Place, place_of


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("127.0.0.1:8080", Place.MACHINE),
        ("[::1]:8080", Place.MACHINE),
        ("LOCALHOST", Place.MACHINE),
        ("10.1.2.3", Place.NETWORK),
        ("192.168.0.7:11434", Place.NETWORK),
        ("100.64.0.1", Place.NETWORK),
        ("[fd00::1]", Place.NETWORK),
        ("0.0.0.0", Place.NETWORK),
        ("ollama", Place.NETWORK),
        ("box.lan", Place.NETWORK),
        ("host.docker.internal", Place.NETWORK),
        ("8.8.8.8", Place.SERVICE),
        ("api.example.com", Place.SERVICE),
        ("localhost.example.com", Place.SERVICE),
        ("127.0.0.1.example.com", Place.SERVICE),
    ],
)
def test_an_address_tells_how_far_what_is_sent_goes(host: str, place: Place) -> None:
    assert place_of(f"http://{host}/v1") is place
