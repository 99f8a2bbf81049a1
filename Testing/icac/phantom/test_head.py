from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.geometry import Frame
from icac.phantom import Head, HeadParameters, mean_head, sample_head

BOX = Frame.regular((1.0, 1.0, 1.0), (100, 90, 60), center=(0, 3, -7))


@pytest.fixture(scope="module")
def drawn() -> Head:
    return sample_head(np.random.default_rng(5))


@pytest.fixture(scope="module")
def rendered(drawn):
    return drawn.render(BOX)


def _hu_at(hu: np.ndarray, frame: Frame, points: np.ndarray) -> np.ndarray:
    i, j, k = np.rint(frame.to_index(points)).astype(int).T
    return hu[k, j, i]


def test_rendering_is_repeatable(drawn, rendered):
    again = Head(drawn.parameters).render(BOX)
    assert np.array_equal(again.hu, rendered.hu)


def test_a_part_rendered_alone_equals_the_whole(drawn, rendered):
    part = BOX.crop((20, 30, 10), (30, 25, 20))
    hu = drawn.render(part).hu
    whole = rendered.hu[10:30, 30:55, 20:50]
    # Only the coarse lattice on which the warp is interpolated depends on the frame.
    assert np.mean(np.abs(hu - whole) > 60) < 0.02


def test_arteries_lie_in_soft_tissue_and_bone_is_not_claimed_there(drawn, rendered):
    for course in drawn.courses.values():
        inside = BOX.to_index(course.points)
        points = course.points[((inside > 0) & (inside < np.array(BOX.size) - 1)).all(axis=1)]
        hu = _hu_at(rendered.hu, BOX, points)
        assert np.mean(np.abs(hu - drawn.parameters.blood_hu) < 12) > 0.95
        assert _hu_at(rendered.bone, BOX, points).max() < 0.2


def test_bone_is_dense_and_everything_else_is_not(rendered):
    assert rendered.hu[rendered.bone > 0.99].mean() > 250
    assert rendered.hu[rendered.bone == 0].max() < 130
    assert 0.08 < (rendered.bone > 0.5).mean() < 0.4


def test_warping_moves_the_course_with_its_canal():
    base = replace(HeadParameters(), seed=3, warp_mm=3.0, scale=(1.05, 0.95, 1.0))
    head = Head(base)
    model = head.to_model(np.array([[-1, -1, 1]]) * head.courses[Side.RIGHT].points)
    assert np.abs(model - head.model_courses[Side.RIGHT].points).max() < 0.001


def test_more_sphenoid_air_means_more_air_below_the_sella():
    box = Frame.regular((1, 1, 1), (24, 30, 18), center=(0, -8, -13))
    share = [np.mean(Head(replace(HeadParameters(), sphenoid_air=a)).render(box).hu < -700) for a in (0.0, 0.5, 1.0)]
    assert share[0] + 0.1 < share[1] < share[2] - 0.05


def test_dura_keeps_bone_away_from_the_cavernous_carotid_only():
    tight, wide = (Head(replace(HeadParameters(), sphenoid_air=0.0, cavernous_gap_mm=gap)) for gap in (0.0, 1.5))
    bone = {}
    for name, head in (("tight", tight), ("wide", wide)):
        course = head.courses[Side.LEFT]
        box = Frame.regular((0.5, 0.5, 0.5), (80, 120, 100), center=tuple(course.points.mean(axis=0)))
        share = head.render(box).bone
        near = course.nearest(box.to_lps(np.argwhere(share > 0.5)[:, ::-1]))
        gap = near.distance_mm - course.radius_mm[near.sample]
        bone[name] = {segment: gap[course.segment[near.sample] == int(segment)].min()
                      for segment in (Segment.C2, Segment.C4)}
    assert bone["wide"][Segment.C2] == pytest.approx(bone["tight"][Segment.C2], abs=0.02)
    assert bone["wide"][Segment.C4] > bone["tight"][Segment.C4] + 0.8


def test_mean_head_has_the_tissues_where_they_belong():
    head = mean_head()
    frame = Frame.regular((1, 1, 1), (140, 180, 60), center=(0, 10, -4))
    hu = head.render(frame).hu
    at = {name: float(_hu_at(hu, frame, head.landmark(p)[None])[0]) for name, p in {
        "otic capsule, right": (34, -33.5, -9), "otic capsule, left": (-34, -33.5, -9), "pons": (0, -32, -6),
        "clivus": (0, -20, -20), "sphenoid sinus": (4, 10, -13), "eye": (31, 57, -5), "temporal lobe": (35, 5, -5),
    }.items()}
    assert at["otic capsule, right"] > 1200 and at["otic capsule, left"] > 1200
    assert 20 < at["pons"] < 45 and 20 < at["temporal lobe"] < 45
    assert at["clivus"] > 130
    assert at["sphenoid sinus"] < -800
    assert 5 < at["eye"] < 30


def test_no_floor_of_the_skull_crosses_the_pharynx():
    frame = Frame.regular((1.0, 1.0, 1.0), (15, 8, 14), center=(0.0, 7.5, -33.5))
    bone = mean_head().render(frame).bone
    assert bone.max() == 0.0, "between the nasopharynx and the clivus, 10 to 13 mm below its foremost part"
