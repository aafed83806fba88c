"""The encoders, for tests that are skipped where one is not set up."""

from pathlib import Path

import pytest

from bot.meaning.about import EncoderPackage, holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.multilingual import installed_package


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    if not holds_encoder(DEFAULT_FOLDER):
        pytest.skip("the default encoder is not set up (its weights could not be fetched)")
    return DEFAULT_FOLDER


@pytest.fixture(scope="session")
def multilingual() -> EncoderPackage:
    package = installed_package()
    if package is None:
        pytest.skip("the extra `multilingual` is not installed")
    return package
