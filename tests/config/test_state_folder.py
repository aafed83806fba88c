"""The state folder: made, closed to others, and never someone else's."""

import os
import stat
from pathlib import Path

import pytest

from bot.config.settings import CorpusSettings, Settings, StateSettings
from bot.core.errors import SettingsError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def keeping(folder: str, corpus: str = "corpus") -> Settings:
    return Settings(
        state=StateSettings(folder=Path(folder)), corpus=CorpusSettings(folder=Path(corpus))
    )


def test_the_state_folder_is_made_and_closed_to_others() -> None:
    folder = keeping("kept/state").state_folder()
    assert folder == Path("kept/state")
    assert mode(folder) == 0o700


def test_an_open_state_folder_is_closed() -> None:
    Path("state").mkdir(mode=0o755)
    Path("state").chmod(0o755)
    assert mode(Settings().state_folder()) == 0o700


@pytest.mark.parametrize("folder", [".", "..", "corpus", "corpus/.."])
def test_what_is_not_the_programs_own_is_never_closed(here: Path, folder: str) -> None:
    (here / "corpus").mkdir()
    here.chmod(0o755)
    before = mode(here), mode(here / "corpus")
    with pytest.raises(SettingsError, match="holds other things"):
        keeping(folder).state_folder()
    assert before == (mode(here), mode(here / "corpus"))


def test_a_folder_that_all_users_share_is_never_closed(here: Path) -> None:
    (here / "everyone").mkdir()
    (here / "everyone").chmod(0o1777)
    with pytest.raises(SettingsError, match="holds other things"):
        keeping("everyone").state_folder()
    assert mode(here / "everyone") == 0o1777


def test_a_file_in_place_of_the_state_folder_gets_one_sentence() -> None:
    Path("state").write_text("")
    with pytest.raises(SettingsError) as caught:
        Settings().state_folder()
    assert str(caught.value) == (
        'state.folder: "state" is not a folder; name another, or move that file away'
    )


@pytest.mark.skipif(os.name != "posix", reason="needs a folder in which nothing can be made")
def test_a_state_folder_that_cannot_be_made_gets_one_sentence() -> None:
    with pytest.raises(SettingsError) as caught:
        keeping("/proc/self/nowhere").state_folder()
    assert str(caught.value).startswith('state.folder: "/proc/self/nowhere" cannot be made')
