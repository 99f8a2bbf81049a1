from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.simulate.patient.metal import METAL_FROM_HU, draw_aneurysm_metal, metal_of
from icac.simulate.scanner.acquisition import rotation
from icac.simulate.scanner.artefacts import bone_artefacts
from icac.simulate.scanner.surroundings import Part, draw_surroundings, field_of_view, place

AIR = -1000.0


def head_in_air(frame: Frame) -> np.ndarray:
    points = frame.to_lps(np.argwhere(np.ones(frame.shape))[:, ::-1])
    inside = np.linalg.norm(points / (75.0, 100.0, 90.0), axis=1) < 1.0
    return np.where(inside, 40.0, AIR).reshape(frame.shape).astype(np.float32)


@pytest.fixture
def frame() -> Frame:
    return Frame.regular((2.0, 2.0, 4.0), (121, 135, 20), origin=(-120.0, -122.0, -30.0))


def test_parts_fill_air_only_and_lie_where_they_are_in_the_scanner(frame):
    hu = head_in_air(frame)
    before = hu.copy()
    rail = Part("rail", 900.0, (50.0, 90.0), (6.0, 4.0), box=True, along_mm=(-10.0, 100.0))
    pose = rotation(np.array([0.0, 0.0, 0.2]))
    place((rail,), hu, frame, pose)
    np.testing.assert_array_equal(hu[before > 0], before[before > 0])
    filled = frame.to_lps(np.argwhere(hu > 400)[:, ::-1]) @ pose[:3, :3].T
    np.testing.assert_allclose(filled[:, :2].mean(axis=0), (50.0, 90.0), atol=0.3)
    assert filled[:, 2].min() >= -12.0
    assert hu.max() <= 900.0



def test_a_rim_is_hollow(frame):
    hu = np.full(frame.shape, AIR, np.float32)
    place((Part("holder", 100.0, (0.0, 10.0), (90.0, 100.0), rim_mm=5.0, from_y_mm=30.0),), hu, frame, np.eye(4))
    points = frame.to_lps(np.argwhere(hu > -400)[:, ::-1])
    assert points[:, 1].min() >= 28.0
    assert np.abs(np.hypot(points[:, 0] / 90.0, (points[:, 1] - 10.0) / 100.0) - 1.0).max() < 0.08


def test_heads_lie_in_holders_or_on_pillows_and_some_on_tables_with_rails():
    drawn = [{part.name for part in draw_surroundings(np.random.default_rng(seed))} for seed in range(300)]
    assert all(names & {"holder", "pillow"} for names in drawn)
    shares = {name: np.mean([name in names for names in drawn])
              for name in ("table", "table rail", "holder rail", "strap", "tube", "arm")}
    assert 0.4 < shares["table"] < 0.6
    assert shares["table"] == shares["table rail"]
    assert all(share > 0.02 for share in shares.values()), shares


def test_the_field_of_view_shows_the_table_and_the_slices_of_the_head():
    head = Frame.regular((1.0,) * 3, (191, 226, 161), origin=(-95.0, -110.0, -55.0))
    view = field_of_view(head)
    assert view.origin[2] == head.origin[2]
    assert view.size[2] == head.size[2]
    assert view.to_lps(np.array(view.size) - 1)[1] > 140


def test_aneurysm_metal_lies_beside_the_end_of_a_carotid(courses):
    for seed in range(40):
        metal = draw_aneurysm_metal(courses, np.random.default_rng(seed))
        assert 1 <= len(metal) <= 2
        assert metal_of(metal) == metal
        assert all(part.hu > METAL_FROM_HU and not part.calcified for part in metal)
        nearest = min(course.nearest(part.points).distance_mm.min() for part in metal for course in courses.values())
        assert nearest < 8.0


def test_metal_casts_streaks_and_bone_alone_is_as_before():
    hu = np.full((8, 160, 160), 40.0, np.float32)
    metal = np.zeros_like(hu)
    metal[:, 76:84, 76:84] = 12000.0
    streaks = bone_artefacts(hu, 0.5, 0.0, 1.0, np.random.default_rng(1), metal)
    away = np.hypot(*np.meshgrid(np.arange(160) - 79.5, np.arange(160) - 79.5)) * 0.5
    assert 10 < streaks[4][(away > 12) & (away < 20)].std() < 150
    assert streaks[4][(away > 5) & (away < 10)].std() > streaks[4][(away > 25) & (away < 35)].std()
    none = [bone_artefacts(hu + 400, 0.5, 1.0, 1.0, np.random.default_rng(1), image)
            for image in (None, np.zeros_like(hu))]
    np.testing.assert_allclose(*none, atol=1e-3)
