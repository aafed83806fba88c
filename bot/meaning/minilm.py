"""all-MiniLM-L6-v2 as a quantised ONNX model, made from its published weights.

The model is a BERT of six layers (Devlin and others, 2018; Wang and others, "MiniLM", 2020). Its
published file holds the weights only, so the graph is written here. Texts are encoded one at a
time: the graph has no padding and needs no attention mask.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_EPSILON = 1e-12
_OPSET, _IR_VERSION = 20, 10

_Weights = Mapping[str, npt.NDArray[np.float32]]


def convert(weights: Path, model: Path) -> None:
    """Write the ONNX model of the safetensors file `weights`, with int8 weights, to `model`."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(_Graph(load_file(weights)).model(), whole)
        # It warns through the root logger that the graph could be optimised first.
        logging.disable(logging.WARNING)
        try:
            quantize_dynamic(
                whole,
                model,
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=["MatMul", "Gather"],
            )
        finally:
            logging.disable(logging.NOTSET)


class _Graph:
    """The nodes and constants of the graph; each method adds some and names their output."""

    def __init__(self, weights: _Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        """The whole model: `input_ids` (1, n) to `last_hidden_state` (1, n, width)."""
        hidden = self._embeddings()
        for layer in range(_LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}", hidden)
        self._node("Identity", [hidden], name="last_hidden_state")
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
            [
                helper.make_tensor_value_info(
                    "last_hidden_state", TensorProto.FLOAT, [1, "tokens", _WIDTH]
                )
            ],
            [*self._constants.values()],
        )
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
        onnx.checker.check_model(model)
        return model

    def _node(self, kind: str, inputs: Sequence[str], name: str = "", **attributes: Any) -> str:
        output = name or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _integers(self, *values: int) -> str:
        name = "_".join(map(str, ("integers", *values)))
        return self._constant(name, np.array(values, dtype=np.int64))

    def _number(self, value: float) -> str:
        return self._constant(f"number_{value}", np.array(value, dtype=np.float32))

    def _embeddings(self) -> str:
        words = self._weight("embeddings.word_embeddings.weight")
        types = self._weights["embeddings.token_type_embeddings.weight"]
        places = self._weights["embeddings.position_embeddings.weight"] + types[0]
        tokens = self._node("Gather", [words, "input_ids"])
        shape = self._node("Shape", ["input_ids"])
        count = self._node("Slice", [shape, self._integers(1), self._integers(2)])
        own = self._node("Slice", [self._constant("places", places), self._integers(0), count])
        return self._norm("embeddings.LayerNorm", self._node("Add", [tokens, own]))

    def _layer(self, name: str, hidden: str) -> str:
        attended = self._attention(f"{name}.attention.self", hidden)
        dense = self._dense(f"{name}.attention.output.dense", attended)
        hidden = self._norm(
            f"{name}.attention.output.LayerNorm", self._node("Add", [dense, hidden])
        )
        inner = self._node("Gelu", [self._dense(f"{name}.intermediate.dense", hidden)])
        dense = self._dense(f"{name}.output.dense", inner)
        return self._norm(f"{name}.output.LayerNorm", self._node("Add", [dense, hidden]))

    def _attention(self, name: str, hidden: str) -> str:
        """Softmax(Q Kᵀ / √size) V for each head."""
        size = _WIDTH // _HEADS
        heads = self._integers(0, 0, _HEADS, size)
        parts = {}
        for part, order in (
            ("query", (0, 2, 1, 3)),
            ("key", (0, 2, 3, 1)),
            ("value", (0, 2, 1, 3)),
        ):
            split = self._node("Reshape", [self._dense(f"{name}.{part}", hidden), heads])
            parts[part] = self._node("Transpose", [split], perm=order)
        products = self._node("MatMul", [parts["query"], parts["key"]])
        scaled = self._node("Mul", [products, self._number(float(size**-0.5))])
        shares = self._node("Softmax", [scaled], axis=-1)
        values = self._node("MatMul", [shares, parts["value"]])
        joined = self._node("Transpose", [values], perm=(0, 2, 1, 3))
        return self._node("Reshape", [joined, self._integers(0, 0, _WIDTH)])

    def _dense(self, name: str, hidden: str) -> str:
        matrix = self._constant(f"{name}.weight", self._weights[f"{name}.weight"].T)
        product = self._node("MatMul", [hidden, matrix])
        return self._node("Add", [product, self._weight(f"{name}.bias")])

    def _norm(self, name: str, hidden: str) -> str:
        inputs = [hidden, self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._node("LayerNormalization", inputs, axis=-1, epsilon=_EPSILON)
