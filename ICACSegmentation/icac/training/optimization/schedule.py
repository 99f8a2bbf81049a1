"""What learning rate, momentum, positive weight and deep supervision are at a point of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from icac.training.settings.config import Schedule


@dataclass(frozen=True)
class Point:
    """How far a run has come."""

    epoch: float
    """Epochs done, in fractions."""
    share: float
    """Share of the whole run that is done, 0 to 1."""


@dataclass(frozen=True)
class Settings:
    """Values that hold for one training step."""

    learning_rate: float
    momentum: float
    positive_weight: float
    auxiliary_weight: float
    frozen_norm: bool
    """Batch normalisation uses its running statistics instead of those of the patch."""


def settings_at(schedule: Schedule, point: Point) -> Settings:
    """Return the settings of the step that starts at ``point``."""
    changed = schedule.kind == "step" and point.epoch >= schedule.change_epoch
    if schedule.kind == "step":
        rate = schedule.learning_rate_after if changed else schedule.learning_rate
    else:
        rate = _one_cycle(schedule, point.share)
    return Settings(
        learning_rate=rate,
        momentum=schedule.momentum_after if changed else schedule.momentum,
        positive_weight=_positive_weight(schedule, point),
        auxiliary_weight=_auxiliary_weight(schedule, point),
        frozen_norm=point.share > 1 - schedule.frozen_norm_share,
    )


def _one_cycle(schedule: Schedule, share: float) -> float:
    if share < schedule.warmup:
        start = schedule.learning_rate / 25
        return start + (schedule.learning_rate - start) * share / schedule.warmup
    rest = min((share - schedule.warmup) / max(1 - schedule.warmup, 1e-9), 1.0)
    low, high = schedule.learning_rate_after, schedule.learning_rate
    return low + (high - low) * 0.5 * (1 + math.cos(math.pi * rest))


def _positive_weight(schedule: Schedule, point: Point) -> float:
    if schedule.positive_weight_share is None:
        return schedule.positive_weight if point.epoch < schedule.positive_weight_epoch else 1.0
    return schedule.positive_weight ** max(0.0, 1.0 - point.share / schedule.positive_weight_share)


def _auxiliary_weight(schedule: Schedule, point: Point) -> float:
    """Fall linearly from 1 to 0 (Bortsova et al. 2017: over 50 epochs)."""
    if schedule.auxiliary_epochs is not None:
        return max(0.0, 1.0 - point.epoch / schedule.auxiliary_epochs)
    return max(0.0, 1.0 - point.share / schedule.auxiliary_share) if schedule.auxiliary_share > 0 else 0.0
