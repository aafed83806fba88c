"""The client-server API: HTTP calls to a homeserver, and its events as typed values."""
