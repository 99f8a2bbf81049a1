"""Every kind of network is trained for some steps on tiny cases, and its package predicts."""

from __future__ import annotations

import numpy as np
import pytest
from icac.inference import Device, predict
from icac.models import ModelPackage
from icac.progress import Silent
from icac.training.settings.read import read_config
from icac.training.train import train

from Testing.icac.network.small import SMALL, name_of, needed_by


@pytest.mark.parametrize("config", SMALL, ids=name_of)
def test_it_is_trained_and_its_package_predicts(config, tiny_data, tiny_settings, tmp_path):
    needed_by(config)
    settings = {**tiny_settings, "epochs": 0.7, "network": config.to_dict(), "loss": {"artery": 0.3 * config.artery},
                "sampling": {"output_size": (20, 20, 8), "padded": True}, "recalibration_patches": 1}
    package = train(read_config("release", settings), tiny_data, tmp_path / "run", Silent(), device="cpu")
    again = ModelPackage.load(package.folder)
    assert again.spec.architecture == config and again.spec.metrics["training"]["step"] > 0
    rng = np.random.default_rng(6)
    shape = config.geometry.input_shape((6, 12, 20))
    position = rng.normal(size=(5, *shape)).astype(np.float32) if config.position else None
    found = predict(rng.integers(-1000, 2000, shape).astype(np.int16), again.load_network(), again.spec.intensity,
                    Device("cpu", "CPU"), position=position)
    assert np.isfinite(found).all() and found.std() > 0
