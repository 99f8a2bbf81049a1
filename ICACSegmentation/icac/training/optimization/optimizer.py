"""Making the optimizer of a run, and setting it for a step."""

from __future__ import annotations

import torch
from torch import nn

from icac.training.optimization.schedule import Settings
from icac.training.settings.config import TrainingConfig


def make_optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return the optimizer; biases and batch-norm parameters are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    free = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.optimizer.weight_decay},
              {"params": free, "weight_decay": 0.0}]
    rate, momentum = config.schedule.learning_rate, config.schedule.momentum
    if config.optimizer.kind == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=config.optimizer.nesterov)
    return torch.optim.AdamW(groups, lr=rate, betas=(momentum, 0.999))


def apply_settings(optimizer: torch.optim.Optimizer, settings: Settings) -> None:
    """Set learning rate and momentum of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate
        if "betas" in group:
            group["betas"] = (settings.momentum, group["betas"][1])
        else:
            group["momentum"] = settings.momentum
