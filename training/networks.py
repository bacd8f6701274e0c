"""The two networks. Both are small and fully convolutional; PyTorch is needed for training alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

DIGITS = 10
LOCATOR_MAPS = 8
"""Of the locator, at an eighth of its input: heat of odometer lines, heat of other lines of digits, cos and sin of
the reading direction, logarithms of width and height in pixels, and the centre's offset right and down in cells."""

READER_MAPS = 14
"""Of the reader, a column each four pixels: heat of the digits 0 to 9, heat of a separator, inverted colours,
the digit's row in pixels from the middle, logarithm of its height over the nominal one."""


def _conv(inputs: int, outputs: int, stride: int | tuple[int, int] = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class Residual(nn.Module):
    """Two convolutions beside a short cut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(channels, channels), nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same shape."""
        return torch.relu(x + self.body(x))


class Locator(nn.Module):
    """Photo (count x 3 x height x width, multiples of 32) -> maps (count x LOCATOR_MAPS x height/8 x width/8)."""

    def __init__(self) -> None:
        super().__init__()
        self.to_8 = nn.Sequential(_conv(3, 12, 2, 5), _conv(12, 24, 2), _conv(24, 48, 2), Residual(48))
        self.to_16 = nn.Sequential(_conv(48, 80, 2), Residual(80), Residual(80))
        self.to_32 = nn.Sequential(_conv(80, 128, 2), Residual(128), Residual(128))
        self.from_32 = _conv(128, 80, 1, 1)
        self.at_16 = _conv(80, 80)
        self.from_16 = _conv(80, 48, 1, 1)
        self.at_8 = nn.Sequential(_conv(48, 64), nn.Conv2d(64, LOCATOR_MAPS, 1))
        last = self.at_8[1]
        nn.init.constant_(last.bias, 0.0)
        with torch.no_grad():
            last.bias[:2] = -4.0

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps; heats are logits."""
        eighth = self.to_8(x)
        sixteenth = self.to_16(eighth)
        deep = self.from_32(self.to_32(sixteenth))
        deep = self.at_16(sixteenth + nn.functional.interpolate(deep, scale_factor=2.0, mode="nearest"))
        deep = self.from_16(deep)
        maps: Tensor = self.at_8(eighth + nn.functional.interpolate(deep, scale_factor=2.0, mode="nearest"))
        return maps


class Reader(nn.Module):
    """Line (count x 3 x 64 x 256) -> maps (count x READER_MAPS x 64) and two logits: odometer, upright."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(3, 24, 2), _conv(24, 40, 2), Residual(40), Residual(40),
            _conv(40, 64, (2, 1)), Residual(64), Residual(64), Residual(64),
            _conv(64, 112, (2, 1)), Residual(112), Residual(112),
        )  # fmt: skip
        self.collapse = nn.Sequential(nn.Conv2d(112, 128, (4, 1), bias=False), nn.BatchNorm2d(128), nn.ReLU())
        self.along = nn.Sequential(
            nn.Conv1d(128, 128, 5, 1, 2, bias=False), nn.BatchNorm1d(128), nn.ReLU(),
            nn.Conv1d(128, 128, 5, 1, 4, dilation=2, bias=False), nn.BatchNorm1d(128), nn.ReLU(),
        )  # fmt: skip
        self.maps = nn.Conv1d(128, READER_MAPS, 1)
        self.whole = nn.Linear(256, 2)
        with torch.no_grad():
            self.maps.bias.zero_()
            self.maps.bias[: DIGITS + 1] = -4.0

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps and the logits of the whole line; heats are logits."""
        columns = self.collapse(self.body(x)).squeeze(2)
        columns = columns + self.along(columns)
        pooled = torch.cat([columns.mean(2), columns.amax(2)], 1)
        return self.maps(columns), self.whole(pooled)
