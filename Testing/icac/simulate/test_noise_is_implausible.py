"""A simulated noisy scan without ICAC: what noise alone makes of it is called implausible, and then rejected."""

from __future__ import annotations

import numpy as np
import pytest
from icac.lesions import find_lesions
from icac.lesions.noise import NoiseField, without_noise
from icac.lesions.plausible import implausible
from icac.reference.region import region_mask
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import acquire


@pytest.fixture
def noisy(uniform_head):
    """Scan dense blood around the carotids with so much noise that specks of it reach 130 HU."""
    head = uniform_head(hu=70.0)
    acquisition = Acquisition("stroke", 0.5, 1.0, 1.0, Kernel(0.95), 24.0)
    scan = acquire(head, [], [], acquisition, np.random.default_rng(4), head.region(8, 8, 8))
    return head, scan.ct


def test_noise_taken_for_icac_is_implausible_and_the_rule_of_noise_takes_it_out(noisy):
    head, ct = noisy
    near = region_mask(ct.frame, head.courses, 5.0)
    mask = (ct.array >= 130) & near
    lesions = find_lesions(mask, ct, mask.astype(np.float32), head.courses).lesions
    assert "specks" in implausible(lesions)
    noise = NoiseField(24.0, (0.95, 0.95, 1.0), float(near.sum()) * ct.frame.voxel_volume_mm3)
    left = without_noise(mask, ct, noise)
    assert left.rejected == len(lesions)
    assert not left.mask.any()
