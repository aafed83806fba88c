"""New people for each test; the server for all of them is the one of the folder above."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import TypeVar

import pytest

from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_encryption import EncryptingPerson, StrictPerson
from tests.harness.synapse import Synapse

P = TypeVar("P", bound=MatrixPerson)
Newcomer = Callable[[str], Awaitable[MatrixPerson]]
EncryptingNewcomer = Callable[[str], Awaitable[EncryptingPerson]]
StrictNewcomer = Callable[[str], Awaitable[StrictPerson]]

_numbers = count(1)


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    """What is entered here ends with the test."""
    async with AsyncExitStack() as stack:
        yield stack


def fresh(name: str) -> str:
    """A name that nobody on the server has."""
    return f"{name}-{next(_numbers)}"


def _newcomers(
    kind: type[P], synapse: Synapse, closing: AsyncExitStack
) -> Callable[[str], Awaitable[P]]:
    async def newcomer(name: str) -> P:
        person = await kind.register(synapse, fresh(name))
        closing.push_async_callback(person.close)
        return person

    return newcomer


@pytest.fixture
def person(synapse: Synapse, closing: AsyncExitStack) -> Newcomer:
    """Makes people who read and write plain rooms: `await person("alice")`."""
    return _newcomers(MatrixPerson, synapse, closing)


@pytest.fixture
def encrypting_person(synapse: Synapse, closing: AsyncExitStack) -> EncryptingNewcomer:
    """Makes people who read and write encrypted rooms as well."""
    return _newcomers(EncryptingPerson, synapse, closing)


@pytest.fixture
def strict_person(synapse: Synapse, closing: AsyncExitStack) -> StrictNewcomer:
    """Makes people who deal with devices only that their owner has signed."""
    return _newcomers(StrictPerson, synapse, closing)
