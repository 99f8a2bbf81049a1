from __future__ import annotations

import pytest
import torch
from icac.models import IntensityScaling
from icac.network import FCN, FcnConfig
from torch import nn


@pytest.fixture
def network() -> FCN:
    """A small network whose output varies with its input."""
    torch.manual_seed(2)
    network = FCN(FcnConfig(width=2)).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.3)
            module.bias.normal_(0, 0.3)
    return network


@pytest.fixture
def scaling() -> IntensityScaling:
    return IntensityScaling(-200, 1000, 400, 600)
