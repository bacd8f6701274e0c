"""Trained networks -> ONNX files with 16-bit weights."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

OPSET = 17


def export(network: nn.Module, path: Path, example: torch.Tensor, outputs: list[str], *, any_size: bool) -> None:
    """Write `network` as ONNX. Weights are stored in 16 bits and widened when loaded; computing stays in 32 bits."""
    axes: dict[str, dict[int, str]] = {"pixels": {0: "count"}, **{name: {0: "count"} for name in outputs}}
    if any_size:
        axes["pixels"] |= {2: "height", 3: "width"}
        axes[outputs[0]] |= {2: "rows", 3: "columns"}
    written = io.BytesIO()
    network = network.to("cpu", memory_format=torch.contiguous_format).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own successor
        torch.onnx.export(
            network, (example,), written, input_names=["pixels"], output_names=outputs, dynamic_axes=axes,
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    model = onnx.load_from_string(written.getvalue())
    _halve(model)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def _halve(model: onnx.ModelProto) -> None:
    """Replace each large 32-bit weight by a 16-bit one and a cast, which the runtime folds when it loads."""
    graph = model.graph
    casts = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 64:
            continue
        half = numpy_helper.from_array(values.astype(np.float16), weight.name + "_16")
        graph.initializer.remove(weight)
        graph.initializer.append(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [weight.name], to=onnx.TensorProto.FLOAT))
    for node in reversed(casts):
        graph.node.insert(0, node)
