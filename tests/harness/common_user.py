"""The rights of a user whom permissions bind, also where the tests run as root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_common_user() -> Iterator[None]:
    """Give up root's rights while the body runs."""
    user = os.geteuid()
    os.seteuid(user or 65_534)
    try:
        yield
    finally:
        os.seteuid(user)
