"""A child process that does what each frame says, to test how its parent copes."""

import os
import signal
import subprocess
import sys
import time

from bot.processes.child import ParentChannel
from bot.processes.frames import decode, encode
from bot.processes.resource_limits import limit_resources, used_address_space

MEGABYTE = 1_000_000


def main() -> None:  # noqa: PLR0912 - one case a test
    """Serve until the parent is gone."""
    parent = ParentChannel(nice=2)
    while True:
        match decode(parent.receive(10 * MEGABYTE)):
            case ["echo", value]:
                parent.send(encode(value))
            case ["print", words]:
                sys.stdout.write(words)
                sys.stdout.flush()
                os.system(f"echo {words}")
                parent.send(encode("printed"))
            case ["count", int(number)]:
                for each in range(number):
                    parent.send(encode(each))
            case ["sleep", seconds]:
                time.sleep(seconds)
            case ["signal"]:
                os.kill(os.getpid(), signal.SIGSEGV)
            case ["hold", int(megabytes)]:
                held = b"x" * (megabytes * MEGABYTE)
                parent.send(encode(len(held)))
            case ["limit", int(megabytes)]:
                limit_resources(60, used_address_space() + megabytes * MEGABYTE)
                try:
                    parent.send(encode(len(b"x" * (4 * megabytes * MEGABYTE))))
                except MemoryError:
                    parent.send(encode("no memory"))
            case ["spin", seconds]:
                limit_resources(seconds, used_address_space() + 1_000 * MEGABYTE)
                while True:
                    pass
            case ["write"]:
                limit_resources(60, used_address_space() + 1_000 * MEGABYTE)
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                try:
                    os.pwrite(os.memfd_create("file"), b"x", 0)
                except OSError as error:
                    parent.send(encode(error.strerror))
            case ["start"]:
                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
                parent.send(encode(child.pid))
            case ["escape"]:
                if pid := os.fork():
                    parent.send(encode(pid))
                else:
                    os.setsid()
                    time.sleep(600)
            case ["nice"]:
                parent.send(encode(os.nice(0)))


if __name__ == "__main__":
    main()
