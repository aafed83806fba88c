"""A session at a homeserver: login, sync loop, back-fill, stored secrets."""
