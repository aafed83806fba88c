from collections.abc import Sequence
from enum import Enum
from pathlib import Path

class QuantType(Enum):
    QInt8 = ...
    QUInt8 = ...

def quantize_dynamic(
    model_input: str | Path,
    model_output: str | Path,
    op_types_to_quantize: Sequence[str] | None = ...,
    per_channel: bool = ...,
    *,
    weight_type: QuantType = ...,
) -> None: ...
