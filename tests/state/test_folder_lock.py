"""The lock of a state folder on a file system without locks."""

import errno
import fcntl
import logging
from pathlib import Path

import pytest

from bot.state.folder_lock import folder_lock


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_told_of_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(code, "no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    with caplog.at_level(logging.WARNING), folder_lock(tmp_path):
        pass
    assert "cannot be locked" in caplog.text
