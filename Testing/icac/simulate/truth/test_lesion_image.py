from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.simulate.patient.calcification import draw_calcification
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import SimulatedScan, acquire
from icac.simulate.truth.as_measured import as_measured
from scipy.ndimage import gaussian_filter


def scanned(head, kernel: Kernel, noise_sd: float) -> SimulatedScan:
    lesions = draw_calcification(head.courses, np.random.default_rng(2), "stroke", 150.0).lesions
    acquisition = Acquisition("stroke", 0.4, 0.8, 0.6, kernel, noise_sd)
    return acquire(head, lesions, (), acquisition, np.random.default_rng(1), head.region(6, 6, 6))


@pytest.fixture(scope="module")
def scan(uniform_head) -> SimulatedScan:
    return scanned(uniform_head(), Kernel(0.8, 1.2, 1.5, 0.45), 45.0)


def test_the_unchanged_scan_has_the_same_truth(scan):
    again = scan.lesion_image.icac_in(scan.ct, scan.lesion_image.excess()).array
    differ = np.count_nonzero(again != scan.icac.array)
    assert scan.icac.array.sum() > 500
    assert differ < 0.01 * scan.icac.array.sum(), "only where calcifications of both sides or two of one meet"


def test_the_truth_of_a_smoothed_scan_is_dense_and_lies_in_the_lesions(scan):
    sd = [0.4 / s for s in scan.ct.frame.spacing[::-1]]
    ct, excess = (Volume(gaussian_filter(v.array.astype(np.float32), sd), v.frame)
                  for v in (scan.ct, scan.lesion_image.excess()))
    icac = scan.lesion_image.icac_in(ct, excess).array > 0
    assert icac.any()
    assert (ct.array[icac] >= 130).all()
    assert (excess.array[icac] > 40).all()
    noise = np.count_nonzero((ct.array >= 130) & (excess.array < 1))
    assert noise < 0.01 * np.count_nonzero((scan.ct.array >= 130) & (scan.lesion_image.excess().array < 1))


def test_a_sharp_noisy_scan_is_measured_as_a_soft_one_is(uniform_head, scan, monkeypatch):
    """The blur is given here: there is no edge to measure in a uniform head."""
    from icac.ct.harmonise import Harmonisation
    from icac.simulate.truth import as_measured as module

    monkeypatch.setattr(module, "plan_harmonisation", lambda ct, pose: Harmonisation(blur_sd_mm=(0.35, 0.35, 0.2)))
    ct, icac = as_measured(scan.ct, scan.icac, scan.lesion_image, np.eye(4))
    soft = scanned(uniform_head(), Kernel(0.95), 8.0)
    assert ct.array.dtype == np.int16
    assert icac.array.dtype == np.uint8
    assert (ct.array[icac.array > 0] >= 130).all()
    assert np.count_nonzero(icac.array) == pytest.approx(np.count_nonzero(soft.icac.array), rel=0.15)


def test_the_blur_reaches_the_truth_on_other_voxels(scan, monkeypatch):
    """A straightened scan has voxels of its own, onto which the lesions' share is brought."""
    from icac.ct.harmonise import Harmonisation
    from icac.simulate.truth import as_measured as module

    monkeypatch.setattr(module, "plan_harmonisation", lambda ct, pose: Harmonisation(blur_sd_mm=(0.3, 0.3, 0.3)))
    frame = Frame.regular((0.5, 0.45, 0.7), [int(n * s / t) for n, s, t in zip(scan.ct.frame.size,
                          scan.ct.frame.spacing, (0.5, 0.45, 0.7), strict=True)], origin=scan.ct.frame.origin)
    ct = Volume(np.rint(scan.ct.like(scan.ct.array.astype(np.float32)).resample(frame).array).astype(np.int16), frame)
    _, icac = as_measured(ct, ct.like(np.zeros(ct.array.shape, np.uint8)), scan.lesion_image, np.eye(4))
    same_voxels = as_measured(scan.ct, scan.icac, scan.lesion_image, np.eye(4))[1]
    assert np.count_nonzero(icac.array) * frame.voxel_volume_mm3 == pytest.approx(
        np.count_nonzero(same_voxels.array) * scan.ct.frame.voxel_volume_mm3, rel=0.1)
    places = [v.frame.to_lps(np.argwhere(v.array)[:, ::-1]).mean(axis=0) for v in (icac, same_voxels)]
    np.testing.assert_allclose(*places, atol=0.5)
