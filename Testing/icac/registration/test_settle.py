"""The pose of the skull base alone: the same, to rounding, whatever else of the head was scanned."""

from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.phantom import sample_head
from icac.reference import load_reference
from icac.registration import register
from icac.registration.pose import Pose
from icac.registration.prepare import BLOCK, scan_copy
from icac.registration.settle import around, on_lattice
from scipy.spatial.transform import Rotation


@pytest.fixture(scope="module")
def scan() -> Volume:
    frame = Frame.regular((2.0, 2.0, 2.5), (90, 112, 84), origin=(-88.0, -104.0, -85.0))
    hu = sample_head(np.random.default_rng(3)).render(frame).hu
    return Volume(hu + np.random.default_rng(4).normal(0, 10, hu.shape).astype(np.float32), frame)


def _without_slices(scan: Volume, below: int, above: int) -> Volume:
    stop = scan.array.shape[0] - above
    return Volume(scan.array[below:stop], scan.frame.crop((0, 0, below), (*scan.frame.size[:2], stop - below)))


def test_slices_at_either_end_do_not_move_the_head(scan):
    reference = load_reference()
    whole = register(scan, reference)
    for below, above in ((1, 1), (4, 7)):
        part = register(_without_slices(scan, below, above), reference)
        np.testing.assert_allclose(part.reference_to_scan, whole.reference_to_scan, atol=1e-3)


def test_near_poses_begin_at_one_place_of_the_lattice(scan):
    copy, _ = scan_copy(scan)
    middle = copy.hu.frame.to_lps(np.array([[88.0, 96.0, 72.0]]))[0]
    poses = []
    for turn, shift in ((0.0, 0.0), (1.0, 1.5), (-2.0, -3.0)):
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec((8.0 + turn, -turn, 0.5 * turn), degrees=True).as_matrix()
        matrix[:3, 3] = middle + shift
        poses.append(on_lattice(copy, Pose(matrix, np.full(3, 1.1))))
    for pose in poses:
        np.testing.assert_allclose(pose.matrix[:3, 3], middle, atol=1e-9)
        np.testing.assert_allclose(Rotation.from_matrix(pose.matrix[:3, :3]).as_rotvec(degrees=True), (8, 0, 0),
                                   atol=1e-9)
        np.testing.assert_array_equal(pose.stretch, 1.0)


def test_the_box_holds_the_voxels_of_the_scan_where_they_lie(scan):
    copy, _ = scan_copy(scan)
    matrix = np.eye(4)
    matrix[:3, 3] = copy.hu.frame.to_lps(np.array([[60.0, 80.0, 30.0]]))[0]  # near the lower end
    box = around(copy, Pose(matrix))
    first = np.rint(copy.hu.frame.to_index(np.array([box.hu.frame.origin]))[0]).astype(int)
    assert (first % BLOCK == 0).all()
    assert (first >= 0).all()
    part = tuple(slice(a, a + n) for a, n in zip(first[::-1], box.hu.array.shape, strict=True))
    np.testing.assert_array_equal(box.hu.array, copy.hu.array[part])
    np.testing.assert_array_equal(box.measured, copy.measured[part])
