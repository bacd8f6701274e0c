"""The two networks as ONNX Runtime runs them, on one thread."""

from __future__ import annotations

from functools import cached_property
from importlib.resources.abc import Traversable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Maps = NDArray[np.float32]


class Networks:
    """Locator and reader; their weights, which lie in `folder`, are loaded at the first use."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder

    def locate(self, pixels: Maps) -> Maps:
        """Return the locator's maps of one photo (3 x height x width)."""
        (maps,) = self._locator.run(None, {"pixels": pixels[None]})
        return np.asarray(maps[0], np.float32)

    def read(self, pixels: Maps) -> tuple[Maps, Maps]:
        """Return the reader's maps (count x maps x columns) and logits (count x 2) of lines (count x 3 x 64 x 256)."""
        maps, whole = self._reader.run(None, {"pixels": pixels})
        return np.asarray(maps, np.float32), np.asarray(whole, np.float32)

    @cached_property
    def _locator(self) -> onnxruntime.InferenceSession:
        return session(self._folder.joinpath("odometer_locator.onnx").read_bytes())

    @cached_property
    def _reader(self) -> onnxruntime.InferenceSession:
        return session(self._folder.joinpath("odometer_digits.onnx").read_bytes())


def session(weights: bytes) -> onnxruntime.InferenceSession:
    """Return a session on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def sigmoid(values: Maps) -> Maps:
    """Return probabilities of logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), np.float32)
