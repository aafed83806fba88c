"""The settings of a program whose corpus and state lie in one folder, as benchmarks run it."""

from pathlib import Path

from bot.config.settings import (
    CorpusSettings,
    LimitSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
)

MOST_OF_PERSON, MOST_IN_ROOM = 10_000, 100_000
"""The highest limits that settings take: they are not what is measured."""


def settings_in(folder: Path, *, waiting: int = 1_000) -> Settings:
    """Settings for the folders `corpus` and `state` in `folder`."""
    return Settings(
        corpus=CorpusSettings(folder=folder / "corpus"),
        retrieval=RetrievalSettings(encoder="none"),
        state=StateSettings(folder=folder / "state"),
        limits=LimitSettings(per_person=MOST_OF_PERSON, per_room=MOST_IN_ROOM, waiting=waiting),
    )
