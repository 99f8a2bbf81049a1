"""Contributions on the voxels of a scan: where they belong, and no more or less of them, however the scan lies."""

from __future__ import annotations

import numpy as np
import pytest
from icac.attribution.on_scan import to_scan_voxels
from icac.geometry import Frame, Volume

#: A turned head: reference LPS mm to scan LPS mm.
TURN = np.array([[0.96, -0.28, 0.0, 4.0], [0.28, 0.96, 0.0, -7.0], [0.0, 0.0, 1.0, 11.0], [0, 0, 0, 1]])

GRID = Frame.regular((0.5, 0.5, 0.5), (30, 34, 26), center=(-20.0, 5.0, 30.0))

#: Thick tilted slices, and voxels finer than the network's.
SCANS = {"sheared": Frame(np.array([[0.45, 0, 0, -50.0], [0, 0.6, 1.1, -45.0], [0, 0.02, 3.0, 20.0], [0, 0, 0, 1]]),
                          (110, 100, 16)),
         "fine, backwards": Frame(np.array([[-0.3, 0, 0, 5.0], [0, 0.25, 0, -30.0], [0, 0, -0.4, 65.0], [0, 0, 0, 1]]),
                                  (150, 180, 120))}


@pytest.mark.parametrize("scan", SCANS.values(), ids=SCANS)
def test_what_is_contributed_stays_where_it_was_and_as_much(scan):
    rng = np.random.default_rng(0)
    array = np.zeros(GRID.shape, np.float32)
    array[6:18, 9:17, 20:26] = rng.uniform(0.5, 1.5, (12, 8, 6))
    values = to_scan_voxels(Volume(array, GRID), scan, TURN)
    assert values.shape == scan.shape and values.dtype == np.float32
    assert values.sum() == pytest.approx(array.sum(), rel=0.02)
    there = scan.to_lps(np.argwhere(values)[:, ::-1])
    center = np.average(there, axis=0, weights=values[values != 0])
    expected = np.average(GRID.to_lps(np.argwhere(array)[:, ::-1]), axis=0, weights=array[array != 0])
    assert center == pytest.approx(TURN[:3, :3] @ expected + TURN[:3, 3], abs=0.1)


def test_a_scan_elsewhere_gets_nothing():
    scan = Frame.regular((1, 1, 1), (20, 20, 20), center=(200.0, 0.0, 0.0))
    assert not to_scan_voxels(Volume(np.ones(GRID.shape, np.float32), GRID), scan, np.eye(4)).any()
