"""A real cross-encoder of some kilobytes, which counts the concepts that two texts share.

No weights of a trained one can be had while this is built. This one is an ONNX graph like theirs:
it takes the tokens of a pair of texts with their types, and gives one score. It knows some words
with their concepts, so that it "understands" that *chop* and *felling* are alike.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

_UNKNOWN, _CLS, _SEP = 0, 1, 2
_OPSET, _IR_VERSION = 20, 10


def write_small_judge(
    folder: Path, concepts: Iterable[tuple[str, ...]], about: str = "", longest: int = 512
) -> Path:
    """Write a judge to `folder`: each of `concepts` are lower-case words of one meaning.

    Its score is the number of pairs of words, one of the question and one of the passage, that
    have a meaning in common, less one half.
    """
    folder.mkdir()
    groups = list(concepts)
    vocabulary = {"[UNK]": _UNKNOWN, "[CLS]": _CLS, "[SEP]": _SEP}
    table = [0, 0, 0]
    for number, words in enumerate(groups, start=1):
        for word in words:
            vocabulary[word] = len(table)
            table.append(number)
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(vocabulary)), encoding="utf-8")
    onnx.save(_model(table), folder / "model.onnx")
    (folder / "judge.toml").write_text(
        f'name = "small"\nlanguages = ["en"]\nlongest = {longest}\n{about}', encoding="utf-8"
    )
    return folder


def _model(table: list[int]) -> onnx.ModelProto:
    """The graph: concepts of both texts, compared all with all, and counted."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["concepts"]),
        helper.make_node("Unsqueeze", ["concepts", "two"], ["rows"]),
        helper.make_node("Unsqueeze", ["concepts", "one"], ["columns"]),
        helper.make_node("Equal", ["rows", "columns"], ["equal"]),
        helper.make_node("Greater", ["rows", "zero"], ["known"]),
        helper.make_node("Unsqueeze", ["token_type_ids", "two"], ["row_types"]),
        helper.make_node("Unsqueeze", ["token_type_ids", "one"], ["column_types"]),
        helper.make_node("Less", ["row_types", "column_types"], ["apart"]),
        helper.make_node("And", ["equal", "known"], ["alike"]),
        helper.make_node("And", ["alike", "apart"], ["shared"]),
        helper.make_node("Cast", ["shared"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["numbers", "both"], ["count"], keepdims=0),
        helper.make_node("Sub", ["count", "half"], ["less"]),
        helper.make_node("Unsqueeze", ["less", "one"], ["logits"]),
    ]
    constants: dict[str, npt.NDArray[Any]] = {
        "table": np.array(table, dtype=np.int64),
        "zero": np.array(0, dtype=np.int64),
        "one": np.array([1], dtype=np.int64),
        "two": np.array([2], dtype=np.int64),
        "both": np.array([1, 2], dtype=np.int64),
        "half": np.array(0.5, dtype=np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "small judge",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, [1, "n"])
            for name in ("input_ids", "token_type_ids")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    return model


def _tokenizer(vocabulary: dict[str, int]) -> dict[str, object]:
    """A tokenizer of whole words, which marks pairs as BERT's does."""
    special = {name: {"id": name, "ids": [n], "tokens": [name]} for name, n in vocabulary.items()}

    def piece(kind: str, name: str, type_id: int) -> dict[str, object]:
        return {kind: {"id": name, "type_id": type_id}}

    first = [
        piece("SpecialToken", "[CLS]", 0),
        piece("Sequence", "A", 0),
        piece("SpecialToken", "[SEP]", 0),
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": first,
            "pair": [*first, piece("Sequence", "B", 1), piece("SpecialToken", "[SEP]", 1)],
            "special_tokens": {name: special[name] for name in ("[CLS]", "[SEP]")},
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
