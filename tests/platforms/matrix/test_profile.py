"""The name and the avatar of the settings are set on Matrix; the avatar is uploaded once."""

import logging
from pathlib import Path

import pytest

from bot.platforms.matrix.api.http import HttpApi, RefusedError
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import LIT, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh
from tests.platforms.test_profile import PNG


async def profile(who: MatrixPerson, user: str) -> dict[str, str]:
    return dict(await who.call("GET", f"/profile/{user}"))


async def test_name_and_avatar_are_set_and_the_avatar_uploaded_once(
    synapse: Synapse, tmp_path: Path, person: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads: list[bytes] = []
    upload = HttpApi.upload

    async def counted(self: HttpApi, path: str, content: bytes, media_type: str) -> object:
        uploads.append(content)
        return await upload(self, path, content, media_type)

    monkeypatch.setattr(HttpApi, "upload", counted)
    ana = await person("ana")
    (picture := tmp_path / "bot.png").write_bytes(PNG)
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as bot:
        before = await profile(ana, bot.user_id)
        assert "avatar_url" not in before
        await bot.restart(name="Keeper of the Light", avatar=str(picture))
        await bot.stop()
        shown = await profile(ana, bot.user_id)
        assert shown["displayname"] == "Keeper of the Light"
        assert shown["avatar_url"].startswith("mxc://localhost/")
        await bot.start()
        # The new name is one to ask by, also in clients that list no mentions.
        asked = f"Keeper of the Light: {LIT}"
        room = await bot.welcomed(ana, await person("ben"))
        assert "Ivar Holm" in (await ana.ask(room, asked, mentions=None)).body
        assert await profile(ana, bot.user_id) == shown
    assert uploads == [PNG]


async def test_a_refusal_is_one_line_of_log(
    synapse: Synapse,
    tmp_path: Path,
    person: Newcomer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def refused(*_: object) -> object:
        raise RefusedError(413, "M_TOO_LARGE")

    monkeypatch.setattr(HttpApi, "upload", refused)
    ana = await person("ana")
    (picture := tmp_path / "bot.png").write_bytes(PNG)
    with caplog.at_level(logging.WARNING):
        async with at_home(synapse, fresh("bot"), tmp_path, avatar=str(picture)) as bot:
            room = await bot.welcomed(ana, direct=True)
            await ana.ask(room, LIT)
    told = [r.getMessage() for r in caplog.records if "profile" in r.getMessage()]
    assert told == ["the profile of the bot could not be set on Matrix: 413 M_TOO_LARGE"]
