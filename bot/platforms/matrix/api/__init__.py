"""What the homeserver is asked over HTTP, and its events as values of ours."""
