"""The default encoder, which `make test` sets up where its weights can be fetched."""

from pathlib import Path

import pytest

from bot.meaning.about import ABOUT
from bot.meaning.default_encoder import DEFAULT_FOLDER


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    if not (DEFAULT_FOLDER / ABOUT).is_file():
        pytest.skip("the default encoder is not set up (its weights could not be fetched)")
    return DEFAULT_FOLDER
