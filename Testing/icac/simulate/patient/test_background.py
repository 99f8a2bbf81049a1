from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Side
from icac.geometry import Frame
from icac.simulate.patient.background import voxelise
from icac.simulate.patient.real_background import load_real_background


@pytest.fixture(scope="module")
def lumen_head(courses):
    """Voxels that are 1000 HU inside the left carotid and 0 elsewhere, so that courses can be checked against them."""

    class Lumen:
        def __init__(self) -> None:
            self.courses = courses
            self.landmark = lambda ras: np.array([-ras[0], -ras[1], ras[2]], dtype=float)

        def render(self, frame: Frame):
            from icac.phantom import Rendered
            points = frame.to_lps(np.moveaxis(np.indices(frame.shape), 0, -1)[..., ::-1].reshape(-1, 3))
            inside = courses[Side.LEFT].nearest(points).distance_mm < 2.5
            hu = 1000.0 * inside.reshape(frame.shape).astype(np.float32)
            return Rendered(hu, hu / 1000.0)

    return voxelise(Lumen(), Frame.regular((1.0, 1.0, 1.0), (90, 70, 60), center=(0, 5, -7)))


def value_at(anatomy, points: np.ndarray) -> np.ndarray:
    frame = Frame.regular((1.0, 1.0, 1.0), (90, 70, 60), center=(0, 5, -7))
    index = np.rint(frame.to_index(points)).astype(int)
    return anatomy.render(frame).hu[tuple(index.T[::-1])]


def test_courses_follow_bends_sizes_and_mirroring(lumen_head):
    seen = set()
    for seed in range(6):
        varied = lumen_head.varied(np.random.default_rng(seed), 2.5, 0.04)
        seen.add(varied.mirrored)
        with_lumen, without = (Side.RIGHT, Side.LEFT) if varied.mirrored else (Side.LEFT, Side.RIGHT)
        assert value_at(varied, varied.courses[with_lumen].points).mean() > 700
        assert value_at(varied, varied.courses[without].points).mean() < 100
        for side, course in varied.courses.items():
            assert course.side is side
            assert np.sign(np.median(course.points[:, 0])) == side.sign_x_lps
        landmark = varied.landmark((-12.9, 4.0, 6.0))
        assert landmark[0] > 5, "a landmark on the left stays on the left"
    assert seen == {True, False}


def test_bone_is_sampled_like_the_ct_numbers(lumen_head):
    frame = Frame.regular((1.0, 1.0, 1.0), (60, 50, 40), center=(0, 5, -7))
    varied = lumen_head.varied(np.random.default_rng(1), 1.0, 0.02)
    rendered = varied.render(frame)
    dense = 100 + (1000 - 100) * varied.density
    assert rendered.hu[rendered.bone > 0.999].mean() == pytest.approx(dense, rel=0.01)
    assert np.abs(rendered.hu[rendered.bone < 1e-6]).max() < 1e-3


def test_a_plastic_skull_becomes_a_head(shared_data):
    head = load_real_background(shared_data / "skull_phantom_philips_1mm")
    frame = Frame.regular((1.0, 1.0, 1.0), (120, 100, 60), center=(0, 5, -7))
    rendered = head.render(frame)
    brain = head.render(Frame.regular((1.0, 1.0, 1.0), (30, 20, 10), center=(0, 35, 25))).hu
    assert 25 < np.median(brain) < 42
    assert 0.05 < rendered.bone.mean() < 0.5
    assert np.percentile(rendered.hu[rendered.bone > 0.9], 90) > 1000
    lumen = np.concatenate([course.points for course in head.courses.values()])
    index = np.rint(frame.to_index(lumen)).astype(int)
    assert rendered.bone[tuple(index.T[::-1])].mean() < 0.05
