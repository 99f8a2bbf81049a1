import numpy as np
import pytest
from icac.course import OnCourse
from icac.geometry import Frame, Volume
from icac.inference.tiling import Tile
from icac.network import FcnConfig
from icac.poses import MOVED_MM, TURNED_DEGREES, in_tiles, other_poses, suspects, take_mean, tiles_around
from scipy.spatial.transform import Rotation

FRAME = Frame.regular((0.5, 0.5, 0.5), (60, 48, 40), center=(3.0, -20.0, 7.0))


def found(probability):
    dense = probability > 0
    nothing = np.zeros(int(dense.sum()))
    return OnCourse(probability, dense, nothing, nothing, nothing > 0, {}, nothing)


@pytest.mark.parametrize("count", [2, 4, 7])
def test_other_poses_lie_evenly_around_the_first_and_turn_about_the_centre(count):
    motions, center = other_poses(count, FRAME), np.array([3.0, -20.0, 7.0, 1.0])
    assert len(motions) == count - 1
    moved = np.array([(motion @ center - center)[:3] for motion in motions])
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), MOVED_MM)
    turns = [Rotation.from_matrix(motion[:3, :3]).magnitude() for motion in motions]
    np.testing.assert_allclose(np.rad2deg(turns), TURNED_DEGREES)
    if count > 2:
        np.testing.assert_allclose(moved.mean(axis=0), 0, atol=1e-9)


def test_suspects_are_what_certainty_elsewhere_could_make_a_lesion():
    probability = np.zeros((12, 14, 16), np.float32)
    probability[2:4, 2:4, 2:5] = 0.3
    probability[3, 3, 4] = 0.85  # (0.85 + 1 + 1 + 1) / 4 >= 0.95
    probability[8:10, 8:10, 8:12] = 0.75  # never
    mask = suspects(found(probability), 0.2, 0.95, 4)
    assert mask[1:5, 1:5, 1:6].all() and mask.sum() == 4 * 4 * 5  # with a rim
    assert suspects(found(np.minimum(probability, 0.75)), 0.2, 0.95, 4) is None


def test_without_a_lesion_threshold_all_that_reaches_the_other_is_suspect():
    probability = np.zeros((8, 9, 10), np.float32)
    probability[4, 4, 5] = 0.3
    assert suspects(found(probability), 0.25, 0.0, 4).sum() == 27
    assert suspects(found(probability), 0.35, 0.0, 4) is None


def test_tiles_hold_all_suspects_or_are_the_parts_where_these_are_less_work():
    config = FcnConfig()
    parts = [Tile((0, 0, 0), (100, 116, 176))]
    mask = np.zeros((100, 116, 176), bool)
    mask[70:99, 80:116, 3:9] = mask[5:8, 10:12, 170:176] = True
    tiles = tiles_around(mask.copy(), parts, config)
    assert len(tiles) < 7 and len({tile.shape for tile in tiles}) == 1
    assert in_tiles(tiles, mask.shape)[mask].all()
    assert all(s % g == 0 and s + n <= whole for tile in tiles for s, n, g, whole in
               zip(tile.start, tile.shape, config.geometry.grid, mask.shape, strict=True))
    mask[::10, ::10, ::10] = True
    assert tiles_around(mask, parts, config) == parts


def test_the_mean_is_taken_on_the_voxels_of_the_scan_and_only_where_asked():
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_rotvec([3, -5, 20], degrees=True).as_matrix()
    turn[:3, 3] = 11, -3, 2
    center = (turn @ [3.0, -20.0, 7.0, 1.0])[:3]
    ct = Volume(np.zeros((50, 60, 70), np.int16), Frame.regular((0.4, 0.5, 0.6), (70, 60, 50), center=center))
    lesion = np.zeros(FRAME.shape, np.float32)
    lesion[20:26, 30:38, 10:16] = 0.9
    where = lesion > 0
    poses = []

    def look(motion):
        poses.append(motion)
        # the head as it is seen in the other pose: nothing there, or a lesion of the same place
        moved = Volume(lesion, FRAME).resample(FRAME, motion, interpolation="nearest").array
        return found(np.zeros_like(lesion) if len(poses) == 1 else moved)

    first = np.full(ct.frame.shape, 0.4, np.float32)
    inside = Volume(where.astype(np.uint8), FRAME).resample(ct.frame, np.linalg.inv(turn),
                                                            interpolation="nearest").array > 0
    first[inside] = 0.9
    result = first.copy()
    take_mean(result, where, FRAME, ct, turn, 4, look)
    assert inside.sum() > 100 and np.array_equal(result[~inside], first[~inside])
    core = result[inside]
    assert np.median(core) == pytest.approx(3 * 0.9 / 4, abs=1e-6)  # most voxels are inside in all other poses
    assert core.max() == pytest.approx(3 * 0.9 / 4, abs=1e-6)
