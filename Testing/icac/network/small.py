"""A small network of every kind, for tests that ask the same of all."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import FcnConfig, build_network
from icac.network.deepmedic.config import DeepMedic
from icac.network.from_monai.dynunet import MonaiDynUnet
from icac.network.from_monai.unet import MonaiUnet
from icac.network.from_monai.vnet import MonaiVnet
from icac.network.pspnet.config import PspNet
from torch import nn

#: One small network of every kind, V-Net apart, which has one size only.
SMALL = (FcnConfig(width=2, pyramid=True, position=True), MonaiUnet(width=2, position=True, artery=True),
         MonaiDynUnet(width=2, levels=3, position=True), DeepMedic(width=3, artery=True),
         PspNet(width=4, slices=3, position=True))
VNET = MonaiVnet(position=True)


def name_of(config) -> str:
    return config.kind


def needed_by(config) -> None:
    """Skip where the library of a network is not installed."""
    if config is not None and config.kind.startswith("monai"):
        pytest.importorskip("monai")


def needs_openvino() -> None:
    """Skip where OpenVINO is not installed, without importing it: only the library does, so that it sends nothing."""
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("OpenVINO is not installed")


def network_of(config, seed: int = 4):
    """A network of which every normalisation does something."""
    torch.manual_seed(seed)
    network = build_network(config).eval().requires_grad_(False)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm3d):
            part.running_mean.normal_(0, 0.3)
            part.running_var.uniform_(0.5, 2.0)
            nn.init.normal_(part.bias, 0, 0.3)
            nn.init.uniform_(part.weight, 0.5, 1.5)
    return network


def tiny_package(folder, network) -> ModelPackage:
    """Save a network as a model."""
    scaling = IntensityScaling(-200, 1000, 400, 600)
    spec = ModelSpec("tiny", "1", "drawn at random", network.config, scaling, "none", "none", True)
    return save_package(folder / "tiny", spec, network.state_dict())
