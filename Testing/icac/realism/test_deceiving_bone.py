import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.realism.deceiving_bone import deceiving_bone
from icac.realism.skull_base import SkullBase
from icac.reference import load_reference
from icac.simulate.scanner.slices import Slices


def base_with(painted):
    """Soft tissue of 0.5 mm voxels with bone where ``painted`` says, from LPS points (n, 3) of the whole block."""
    frame = Frame.regular((0.5, 0.5, 0.5), (240, 240, 140), center=(0.0, 5.0, -10.0))
    points = frame.to_lps(np.argwhere(np.ones(frame.shape, bool))[:, ::-1])
    volume = Volume(np.where(painted(points), 900, 40).reshape(frame.shape).astype(np.int16), frame)
    return SkullBase.of_slices("painted", Slices.of_volume(volume, 0.5), volume, np.eye(4))


def middle_of(first, last):
    course = next(iter(load_reference().courses.values()))
    chosen = course.points[(course.segment >= first) & (course.segment <= last)]
    return chosen[len(chosen) // 2]


@pytest.mark.parametrize(("segments", "where"), [((2, 3), "petrous artery"), ((4, 7), "siphon")])
def test_a_ball_that_stands_alone_is_an_island_where_it_lies(segments, where):
    center = middle_of(*segments)
    found = deceiving_bone(base_with(lambda points: np.linalg.norm(points - center, axis=1) < 2.5))
    assert found[f"bone islands, {where}"] == pytest.approx(4 / 3 * np.pi * 2.5**3 / 2, rel=0.05)
    assert found[f"thin bone, {where}"] < 0.25 * found[f"bone islands, {where}"]
    assert sum(found.values()) == pytest.approx(found[f"bone islands, {where}"] + found[f"thin bone, {where}"])


def test_a_long_rod_below_the_canal_is_thin_bone_there():
    course = next(iter(load_reference().courses.values()))
    start = course.points[0] - (0.0, 0.0, 4.0)

    def rod(points):
        across = np.linalg.norm((points - start)[:, :2], axis=1)
        return (across < 1.2) & (points[:, 2] < start[2])

    found = deceiving_bone(base_with(rod))
    assert found["thin bone, carotid below its canal"] > 10
    assert found["thin bone, siphon"] == 0


def test_without_bone_there_is_none():
    assert set(deceiving_bone(base_with(lambda points: np.zeros(len(points), bool))).values()) == {0.0}
