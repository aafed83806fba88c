# The C functions and constants, generated from PDFium's headers.
from typing import Any

def __getattr__(name: str) -> Any: ...
