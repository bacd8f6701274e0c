"""The training loop of both networks: resumable, reproducible from its seed, with curves."""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

Rows = NDArray[np.int64]

AVERAGE = 0.996
"""Weights that are kept are a moving average over about 1 / (1 - AVERAGE) steps."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train. `draw`: rows of one epoch; `loss`: of a batch of rows; `score`: of a network."""

    name: str
    cycles: tuple[int, ...]
    """Epochs of each fall of the rate; every cycle starts at half the rate of the one before."""
    batch: int
    draw: Callable[[np.random.Generator], Rows]
    loss: Callable[[nn.Module, Rows, np.random.Generator], Tensor]
    score: Callable[[nn.Module], dict[str, float]]
    peak_rate: float = 2.5e-3
    every: int = 4
    """Epochs between two scores."""

    @property
    def epochs(self) -> int:
        """All epochs."""
        return sum(self.cycles)

    def rate(self, epoch: float) -> float:
        """Return the rate at a point in time: in each cycle a short rise, then a cosine down."""
        peak = self.peak_rate
        for length in self.cycles:
            if epoch < length:
                done = epoch / length
                fall = done / 0.06 if done < 0.06 else 0.5 * (1 + math.cos(math.pi * (done - 0.06) / 0.94))
                return peak * (fall + 0.002)
            epoch -= length
            peak /= 2
        return peak * 0.002


def fit(network: nn.Module, plan: Plan, folder: Path, *, seed: int, resume: bool) -> nn.Module:
    """Train; return the averaged network. Writes `NAME.pt` after every epoch and `NAME.csv`, `NAME.png` of curves."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{plan.name}.pt"
    torch.manual_seed(seed)
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.peak_rate, weight_decay=0.02)
    start, curve, step = 0, list[dict[str, float]](), 0
    if resume and checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        start, curve, step = state["epoch"], state["curve"], state["step"]
    for epoch in range(start, plan.epochs):
        rng = np.random.default_rng([seed, epoch])
        cv2.setRNGSeed(seed * 10_007 + epoch)
        rows = rng.permutation(plan.draw(rng))
        batches = _batches(rows, plan.batch)
        total = 0.0
        network.train()
        bar = tqdm(batches, desc=f"{plan.name} {epoch + 1}/{plan.epochs}", unit="batch", mininterval=5)
        for index, batch in enumerate(bar):
            for group in optimiser.param_groups:
                group["lr"] = plan.rate(epoch + index / len(batches))
            loss = plan.loss(network, batch, rng)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            step += 1
            _follow(average, network, min(AVERAGE, (1 + step) / (20 + step)))
            total += float(loss.detach())
        point = {"epoch": epoch + 1.0, "loss": total / len(batches)}
        if (epoch + 1) % plan.every == 0 or epoch + 1 == plan.epochs:
            average.eval()
            point |= {key: float(value) for key, value in plan.score(average).items()}
        curve.append(point)
        tqdm.write(f"{plan.name} " + ", ".join(f"{key} {value:.4g}" for key, value in point.items()))
        torch.save(
            {
                "network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
                "epoch": epoch + 1, "curve": curve, "step": step,
            },
            checkpoint,
        )  # fmt: skip
        _draw_curve(curve, folder / plan.name)
    average.eval()
    return average


def _batches(rows: Rows, size: int) -> list[Rows]:
    return [rows[i : i + size] for i in range(0, len(rows) - size + 1, size)] or [rows]


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    for mean, value in _pairs(average, network):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


def _pairs(average: nn.Module, network: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    yield from zip(average.state_dict().values(), network.state_dict().values(), strict=True)


def _draw_curve(curve: list[dict[str, float]], stem: Path) -> None:
    names = list(dict.fromkeys(key for point in curve for key in point))
    with stem.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(curve)
    from matplotlib.figure import Figure  # noqa: PLC0415 (half a second that only the drawing needs)

    figure = Figure(figsize=(8, 4))
    axes = figure.subplots()
    for name in names[1:]:
        points = [(point["epoch"], point[name]) for point in curve if name in point]
        axes.plot(*zip(*points, strict=True), label=name)
    axes.set_xlabel("epoch")
    axes.set_yscale("log")
    axes.legend()
    figure.savefig(stem.with_suffix(".png"))
