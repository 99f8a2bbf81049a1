"""Cases seen in several poses, by networks of any stride."""

from __future__ import annotations

import numpy as np
import pytest
from icac.inference import choose_device
from icac.inference.slabs import plan_slabs
from icac.network.from_monai.dynunet import MonaiDynUnet
from icac.training.calibration.held_out import HeldOut, analysed
from icac.training.calibration.moved_case import MovedCase
from icac.trainingset.cases import case_frame

from Testing.icac.network.small import SMALL, name_of, needed_by, network_of, tiny_package


@pytest.fixture
def case(tmp_path):
    """Noise with much that is dense, another on either side."""
    shape = (150, 190, 230)
    hu = np.random.default_rng(2).normal(100, 60, shape).astype(np.int16)
    hu[:, :, :100] += 40
    np.savez_compressed(tmp_path / "case.npz", hu=hu, label=np.zeros(shape, np.uint8))
    assert case_frame(shape).size == shape[::-1]
    return tmp_path / "case.npz"


@pytest.mark.parametrize("config", [SMALL[1], MonaiDynUnet(width=2, levels=4)], ids=name_of)
def test_where_nothing_is_moved_it_is_seen_as_before(case, tmp_path, config):
    """The block that is judged is the same for all networks, and no multiple of the stride of the deeper ones."""
    needed_by(config)
    network = network_of(config)
    package, cpu = tiny_package(tmp_path, network), choose_device("cpu")
    found = HeldOut(case, package, network, cpu).found
    parts = plan_slabs(analysed()[1], package.spec.architecture)
    again = MovedCase(case, package, network, cpu)._moved(np.eye(4), parts, found)
    both = found.dense & again.dense
    assert both.sum() > 0.999 * found.dense.sum() > 1000, "but for rounding at the end of a course's reach"
    assert found.probability[both].std() > 1e-3
    difference = np.abs(again.probability[both] - found.probability[both])
    assert np.quantile(difference, 0.99) < 2e-3, "but for what lies within the margins of padded networks"
