"""Training of the symbol reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from training.cache import Patches, joined
from training.loop import Plan, Rows
from training.losses import reader_loss
from training.networks import DIGITS
from training.reader_data import make_batch

OTHER_SHARE = 0.35
"""Part of the lines that are no odometers' (clock, trip, date) which each epoch shows."""


def plan(
    patches: Patches, drawn: Patches | None, train: Sequence[int], held_out: Sequence[int], *, cycles: tuple[int, ...]
) -> Plan:
    """Return the plan for lines at rows `train`, and as many `drawn` ones an epoch as there are odometers."""
    main = np.array([row for row in train if patches.patches[row].odometer])
    other = np.array([row for row in train if not patches.patches[row].odometer])
    test = np.array([row for row in held_out if patches.patches[row].odometer])
    others = np.array([row for row in held_out if not patches.patches[row].odometer])
    both = joined(patches, drawn)
    first_drawn = len(patches.patches)

    def draw(rng: np.random.Generator) -> Rows:
        rows = [main, rng.permutation(other)[: round(OTHER_SHARE * len(other))]]
        if drawn is not None:
            rows.append(first_drawn + rng.permutation(len(drawn.patches))[: len(main)])
        return np.concatenate(rows)

    def loss(network: nn.Module, rows: Rows, rng: np.random.Generator) -> Tensor:
        batch = make_batch(both, rows, rng)
        with torch.autocast("cpu", torch.bfloat16):
            maps, whole = network(batch.pixels.to(memory_format=torch.channels_last))
        return reader_loss(maps, whole, batch)

    @torch.no_grad()
    def score(network: nn.Module) -> dict[str, float]:
        right, said, turned = 0, [], 0
        for rows in np.array_split(test, max(1, len(test) // 64)):
            maps, whole = network(make_batch(patches, rows, None).pixels)
            said += whole[:, 0].tolist()
            for heat, row in zip(torch.sigmoid(maps[:, : DIGITS + 1]), rows, strict=True):
                truth = "".join(g.char for g in patches.patches[row].glyphs if g.char.isdigit())
                right += naive_text(heat).lstrip("0") == truth.lstrip("0")
        for rows in np.array_split(others, max(1, len(others) // 64)):
            _, whole = network(make_batch(patches, rows, None).pixels)
            turned += int((whole[:, 0] > np.percentile(said, 3)).sum())
        return {"lines_wrong": 1 - right / max(1, len(test)), "others_taken": turned / max(1, len(others))}

    return Plan("reader", cycles, 32, draw, loss, score)


def naive_text(heat: Tensor, least: float = 0.3) -> str:
    """Return the digits at the peaks of a heat map (11 x columns)."""
    best, which = heat[:DIGITS].max(0)
    padded = torch.nn.functional.pad(best, (1, 1))
    peak = (best >= padded[:-2]) & (best > padded[2:]) & (best > least)
    return "".join(str(int(which[column])) for column in torch.nonzero(peak).flatten())
