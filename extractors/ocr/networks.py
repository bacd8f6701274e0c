"""The networks in RapidOCR's package, on one thread: run by OpenVINO where that is installed, else by ONNX Runtime."""

from __future__ import annotations

import sys
from functools import cached_property
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Values = NDArray[np.float32]

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
CLASSIFIER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"

OPENVINO = {
    "INFERENCE_NUM_THREADS": "1",
    "NUM_STREAMS": "1",
    "INFERENCE_PRECISION_HINT": "f32",  # else bfloat16 on processors that have it, and another reading there
    "ENABLE_CPU_PINNING": "NO",  # else all processes of a machine share its first core
}


class Network(Protocol):
    """One network with one input and one output."""

    def __call__(self, pixels: Values) -> Values:
        """Return the output for one batch."""
        ...

    def note(self, key: str) -> str:
        """Return what the model's file says under `key`."""
        ...


class Networks:
    """Detector, recogniser and classifier; each is loaded at its first use."""

    @cached_property
    def detector(self) -> Network:
        """Pixels (1 x 3 x height x width, multiples of 32) -> probability of text (1 x 1 x height x width)."""
        return _load(DETECTOR)

    @cached_property
    def recogniser(self) -> Network:
        """Lines (count x 3 x 48 x width) -> probability of each letter (count x width / 8 x letters)."""
        return _load(RECOGNISER)

    @cached_property
    def classifier(self) -> Network:
        """Lines (count x 3 x 48 x 192) -> probability that they are upright, upside down (count x 2)."""
        return _load(CLASSIFIER)

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """What the recogniser can write, by its number: first nothing, last a space."""
        return ("", *self.recogniser.note("character").splitlines(), " ")


def runner() -> str:
    """Return what runs the networks, with its version."""
    name = "openvino" if find_spec("openvino") else "onnxruntime"
    return f"{name} {metadata.version(name)}"


class OpenVino:
    """A network that OpenVINO runs."""

    def __init__(self, path: str) -> None:
        # Imported with this package at hand, OpenVINO reports its use to its maker and keeps a number in the home.
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        import openvino  # noqa: PLC0415 (not everywhere; and only after the line above)

        core = openvino.Core()
        self._model = core.read_model(path)
        self._request = core.compile_model(self._model, "CPU", OPENVINO).create_infer_request()

    def __call__(self, pixels: Values) -> Values:
        """Return the output for one batch."""
        self._request.infer([pixels])
        return np.array(self._request.get_output_tensor().data, np.float32)

    def note(self, key: str) -> str:
        """Return what the model's file says under `key`."""
        return str(self._model.get_rt_info(["framework", key]).value)


class OnnxRuntime:
    """A network that ONNX Runtime runs."""

    def __init__(self, path: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # each page has its own size, and the arena would keep the largest
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._entry = self._session.get_inputs()[0].name

    def __call__(self, pixels: Values) -> Values:
        """Return the output for one batch."""
        (values,) = self._session.run(None, {self._entry: pixels})
        return np.asarray(values, np.float32)

    def note(self, key: str) -> str:
        """Return what the model's file says under `key`."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])


def _load(name: str) -> Network:
    path = str(files("rapidocr").joinpath("models", name))
    return OpenVino(path) if find_spec("openvino") else OnnxRuntime(path)
