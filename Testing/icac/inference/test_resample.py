from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume, covered_block
from icac.inference import to_scan_grid

GRID = Frame.regular((0.5, 0.5, 0.5), (40, 36, 30), center=(1.0, 2.0, -3.0))


def rigid(angles_deg: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


TRANSFORM = rigid((12, -8, 25), (31, -17, 44))

UPRIGHT = Frame.regular((0.45, 0.4, 0.6), (120, 130, 80), center=(31, -17, 42))


def tilted() -> Frame:
    """A gantry-tilted stack: its slice axis is not at right angles to its rows."""
    affine = UPRIGHT.affine.copy()
    affine[1, 2] += 0.2
    affine[:3, 3] -= affine[:3, :3] @ (np.array(UPRIGHT.size) - 1) / 2 + affine[:3, 3] - (31, -17, 42)
    return Frame(affine, UPRIGHT.size)


def positions(frame: Frame) -> np.ndarray:
    """Return the LPS position of every voxel, shape (z, y, x, 3)."""
    return frame.to_lps(np.moveaxis(np.indices(frame.size), 0, -1)).transpose(2, 1, 0, 3)


def in_reference(frame: Frame, transform: np.ndarray) -> np.ndarray:
    back = np.linalg.inv(transform)
    return positions(frame) @ back[:3, :3].T + back[:3, 3]


def inside(frame: Frame, points: np.ndarray, margin: float) -> np.ndarray:
    """Tell which reference points lie at least ``margin`` voxels inside the outermost voxel centres."""
    index = frame.to_index(points)
    return ((index >= margin) & (index <= np.array(frame.size) - 1 - margin)).all(axis=-1)


@pytest.mark.parametrize("scan", [UPRIGHT, tilted()], ids=["upright", "sheared"])
def test_a_slanted_plane_of_values_lands_where_it_belongs(scan):
    """A linear field is kept exactly by linear interpolation, whatever the frames, and has no symmetry."""
    def field(points):
        return 0.5 + points @ (0.02, -0.011, 0.017)

    probability = Volume(field(positions(GRID)), GRID)
    out = to_scan_grid(probability, np.ones(GRID.shape, bool), Volume(np.zeros(scan.shape), scan), TRANSFORM)
    points = in_reference(scan, TRANSFORM)
    core = inside(GRID, points, 0.01)
    assert core.sum() > 10_000
    assert out.dtype == np.float32
    assert np.allclose(out[core], field(points)[core], atol=1e-5)
    assert not out[~inside(GRID, points, -0.51)].any()


@pytest.mark.parametrize("scan", [UPRIGHT, tilted()], ids=["upright", "sheared"])
def test_an_asymmetric_blob_keeps_its_place_and_volume(scan):
    """An L of three blobs of different size: any flip or swap of axes would move its centre of mass."""
    blob = np.zeros(GRID.shape, np.float32)
    blob[8:20, 6:12, 5:30] = 1
    blob[8:12, 12:26, 5:10] = 1
    blob[20:25, 7:10, 24:28] = 1
    out = to_scan_grid(Volume(blob, GRID), np.ones(GRID.shape, bool), Volume(np.zeros(scan.shape), scan), TRANSFORM)
    expected = np.average(positions(GRID), axis=(0, 1, 2), weights=np.repeat(blob[..., None], 3, -1))
    found = np.average(in_reference(scan, TRANSFORM), axis=(0, 1, 2), weights=np.repeat(out[..., None], 3, -1))
    assert np.allclose(found, expected, atol=0.05)
    assert out.sum() * scan.voxel_volume_mm3 == pytest.approx(blob.sum() * GRID.voxel_volume_mm3, rel=0.02)


def test_values_off_calcium_do_not_leak_into_calcium():
    """Left of a border nothing is calcium and p is rubbish; right of it p is 0.8."""
    calcium = np.zeros(GRID.shape, bool)
    calcium[:, :, 20:] = True
    rubbish = np.where(calcium, 0.8, 0.1)
    scan = Frame.regular((0.3, 0.5, 0.5), (66, 36, 30), center=GRID.to_lps((19.5, 17.5, 14.5)))
    out = to_scan_grid(Volume(rubbish, GRID), calcium, Volume(np.zeros(scan.shape), scan), np.eye(4))
    x = GRID.to_index(scan.to_lps(np.array([(i, 17, 14) for i in range(66)])))[:, 0]
    line = out[14, 17]
    assert np.allclose(line[x > 19.001], 0.8, atol=1e-5)
    assert np.allclose(line[(x < 19) & (x >= 0)], 0.1, atol=1e-5)
    plain = to_scan_grid(Volume(rubbish, GRID), np.ones_like(calcium), Volume(np.zeros(scan.shape), scan), np.eye(4))
    assert ((plain[14, 17] > 0.15) & (plain[14, 17] < 0.75)).any()


def test_a_scan_that_the_grid_does_not_touch_stays_empty():
    scan = Frame.regular((1, 1, 1), (20, 20, 20), center=(500, 0, 0))
    ones = np.ones(GRID.shape, np.float32)
    out = to_scan_grid(Volume(ones, GRID), ones > 0, Volume(np.zeros(scan.shape), scan), np.eye(4))
    assert out.shape == scan.shape
    assert not out.any()


def test_only_the_covered_block_is_worked_on():
    start, size = covered_block(GRID, UPRIGHT, TRANSFORM)
    hit = np.argwhere(inside(GRID, in_reference(UPRIGHT, TRANSFORM), -0.5))[:, ::-1]
    assert (hit.min(axis=0) >= start).all()
    assert (hit.max(axis=0) < np.add(start, size)).all()
    assert np.prod(size) < 0.35 * np.prod(UPRIGHT.size)
    assert (hit.min(axis=0) - start <= 2).all()


def test_a_mask_of_another_shape_is_refused():
    volume = Volume(np.zeros(GRID.shape), GRID)
    with pytest.raises(ValueError, match="does not fit"):
        to_scan_grid(volume, np.zeros((2, 2, 2), bool), volume, np.eye(4))
