from __future__ import annotations

from pathlib import Path

import pytest
import torch
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import FCN, FcnConfig


def make_spec(name: str = "tiny", **changes) -> ModelSpec:
    values = {"name": name, "version": "1.2", "description": "A tiny model for tests.",
              "architecture": FcnConfig(width=2), "intensity": IntensityScaling(-200, 1000, 400, 600),
              "training_data": "nothing", "licence": "Apache-2.0", "simulated": True, "metrics": {"dice": 0.0}}
    return ModelSpec(**{**values, **changes})


@pytest.fixture
def spec():
    return make_spec


@pytest.fixture
def network() -> FCN:
    torch.manual_seed(1)
    network = FCN(FcnConfig(width=2)).train()
    network(torch.randn(1, 1, 37, 85, 85))  # running statistics other than their start values
    return network.eval()


@pytest.fixture
def package(tmp_path: Path, network: FCN) -> ModelPackage:
    return save_package(tmp_path / "made" / "tiny", make_spec(), network.state_dict())


@pytest.fixture
def user_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user models"
    monkeypatch.setenv("ICAC_MODELS", str(folder))
    return folder
