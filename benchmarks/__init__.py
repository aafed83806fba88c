"""What is measured: the quality of answers, and time and memory beside peers."""

import bot as _bot  # noqa: F401 - before NumPy: it says how many threads that may start
