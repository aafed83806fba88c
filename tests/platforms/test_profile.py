"""The profile of the bot: a file that is no avatar ends the start with a sentence."""

from pathlib import Path

import pytest

from bot.config.settings import load_settings
from bot.core.errors import SettingsError
from bot.platforms.profile import LARGEST, read_profile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(
    tmp_path: Path, content: bytes, media_type: str
) -> None:
    (file := tmp_path / "bot").write_bytes(content)
    avatar = read_profile("", str(file)).avatar
    assert avatar is not None
    assert (avatar.content, avatar.media_type) == (content, media_type)


def test_without_settings_nothing_is_set() -> None:
    profile = read_profile("", "")
    assert (profile.name, profile.avatar) == ("", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read (no such file or directory)"),
        (b"<svg/>", "is no picture"),
        (b"", "is no picture"),
        (PNG + bytes(LARGEST), "has more than 4 MB"),
    ],
)
def test_a_bad_file_is_told_in_a_sentence(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "bot.png"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_profile("", str(file))
    assert str(caught.value).startswith(f'chat.avatar: "{file}" {reason}')
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no picture"):
        read_profile("", str(tmp_path))


@pytest.mark.parametrize("name", ["x", "n" * 33, "two\nlines"])
def test_a_name_that_none_may_have_is_told_in_a_sentence(name: str) -> None:
    with pytest.raises(SettingsError, match="a name of 2 to 32 characters in one line"):
        load_settings(overrides={"chat.name": name})
