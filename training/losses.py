"""What the networks are told to do better."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.networks import DIGITS
from training.reader_data import LineBatch


def heat_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return the penalty-reduced focal loss, per centre. Source: Law and Deng, CornerNet (2018), as in CenterNet."""
    logits = logits.float()
    probability = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    centre = (target >= 1.0).float()
    here = centre * (1 - probability) ** 2 * torch.log(probability)
    away = (1 - centre) * (1 - target) ** 4 * probability**2 * torch.log(1 - probability)
    return -(here + away).sum() / centre.sum().clamp(min=1)


def known(logits: Tensor, target: Tensor) -> Tensor:
    """Return binary cross-entropy over the targets that are known (not NaN)."""
    mask = ~torch.isnan(target)
    if not mask.any():
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits.float()[mask], target[mask])


def reader_loss(maps: Tensor, whole: Tensor, batch: LineBatch) -> Tensor:
    """Return the sum of the reader's losses."""
    at = batch.at
    loss = heat_loss(maps[:, : DIGITS + 1], batch.heat)
    inverted = torch.where(at, batch.inverted, torch.nan)
    loss = loss + 0.5 * known(maps[:, DIGITS + 1], inverted)
    if at.any():
        loss = loss + 0.05 * functional.smooth_l1_loss(maps[:, DIGITS + 2].float()[at], batch.row[at])
        loss = loss + 0.5 * functional.smooth_l1_loss(maps[:, DIGITS + 3].float()[at], batch.height[at])
    return loss + 0.5 * known(whole[:, 0], batch.odometer) + 0.3 * known(whole[:, 1], batch.upright)


def locator_loss(maps: Tensor, target: Tensor) -> Tensor:
    """Return the locator's loss; `target`: as the maps, and a last channel that is 1 at the centres of lines."""
    maps = maps.float()
    loss = heat_loss(maps[:, :1], target[:, :1]) + 0.5 * heat_loss(maps[:, 1:2], target[:, 1:2])
    centre = target[:, -1:] > 0
    if not centre.any():
        return loss
    weights = torch.tensor([2.0, 2.0, 1.0, 1.0, 0.5, 0.5])[None, :, None, None]
    stray = functional.smooth_l1_loss(maps[:, 2:], target[:, 2:-1], reduction="none", beta=0.2) * weights
    return loss + (stray * centre).sum() / centre.sum()
