from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.geometry import Frame
from icac.phantom import Head, HeadParameters, sample_head
from icac.phantom.description import parameters as head_parameters
from icac.phantom.description.side_bones import Groove, PosteriorClinoid, SideBones, Styloid, draw_side

BOX = Frame.regular((1.0, 1.0, 1.0), (90, 70, 80), origin=(-45.0, -20.0, -70.0))
STYLOID = Styloid(30.0, 2.5, 1.2, 0.18, 0.3, 1.0, hollow=True)


def _bone(**right) -> np.ndarray:
    return Head(replace(HeadParameters(), right=SideBones(**right))).render(BOX).bone


@pytest.fixture(scope="module")
def mean_bone() -> np.ndarray:
    return _bone()


def _sum_of_side(change: np.ndarray, side: Side) -> float:
    x = BOX.origin[0] + np.arange(BOX.size[0])
    return float(np.abs(change[..., x > 0 if side is Side.LEFT else x < 0]).sum())


ADDS = {"styloid": STYLOID, "tympanic_mm": 2.5, "sheath_mm": 2.5, "bridge_mm": 2.5, "spine_mm": 8.0,
        "jugular_spine_mm": 1.2, "tubercle_mm": 1.5, "canal_bone_mm": 2.0, "strut_scale": 1.4, "middle_clinoid_mm": 3.0,
        "dorsum_beads": ((1.0, 1.4),), "posterior_clinoid": PosteriorClinoid((0.0, 1.0, 1.0), 2.0, ball_mm=2.4)}
REMOVES = {"ovale_scale": 1.3, "spinosum_scale": 1.6, "lacerum_scale": 1.3, "vesalius": True, "jugular_scale": 1.3,
           "canal_gap_mm": 1.4, "dehiscence_mm": 2.5, "optic_canal_scale": 1.3, "tube_air_mm": 1.6,
           "air_cells": ((35.0, -23.0, -21.0, 1.8),), "grooves": (Groove(0.0, 3.0, 0.6),)}


@pytest.mark.parametrize(("name", "value"), [*ADDS.items(), *REMOVES.items()])
def test_a_structure_changes_its_own_side_in_its_own_way(mean_bone, name, value):
    change = _bone(**{name: value}) - mean_bone
    assert (change.sum() > 1.0) if name in ADDS else (change.sum() < -1.0)
    assert _sum_of_side(change, Side.LEFT) == 0.0


def test_an_island_is_apart_from_the_clinoid():
    clinoid = PosteriorClinoid((2.0, 2.0, 2.0), 1.5, ball_mm=2.0, gap_mm=2.0)
    from icac.phantom.skull.clinoids import posterior
    stem, ball = (p.solid for p in posterior(HeadParameters(), SideBones(posterior_clinoid=clinoid), 1))
    points = np.stack(np.meshgrid(*(np.arange(a, b, 0.25) for a, b in ((2, 20), (-12, 6), (0, 20)))))
    inside = stem.distance(tuple(points.astype(np.float32))) < 0
    assert ball.distance(tuple(points.astype(np.float32)))[inside].min() > 1.4


def test_a_groove_leaves_a_plate_of_its_thickness():
    grid = Frame.regular((0.25, 0.25, 0.25), (100, 80, 100), center=(-20.5, 12.3, -16.2))
    head = Head(replace(HeadParameters(), roughness_mm=0.0, right=SideBones(grooves=(Groove(0.0, 3.0, 0.8),))))
    bone, course = head.render(grid).bone, head.courses[Side.RIGHT]
    level = course.points[(course.segment == int(Segment.C2)) & (np.gradient(course.points[:, 2]) < 0.1)]
    start, along = level[len(level) // 2], level[len(level) // 2 + 2] - level[len(level) // 2 - 2]
    forward = np.cross(along, (0.0, 0.0, 1.0))
    forward *= -np.sign(forward[1]) / np.linalg.norm(forward)  # LPS: forward is towards smaller y
    steps = np.arange(0.0, 8.0, 0.1)
    share = bone[tuple(np.rint(grid.to_index(start + steps[:, None] * forward)).astype(int).T[::-1])]
    assert share.sum() * 0.1 == pytest.approx(0.8, abs=0.2)


def test_no_bone_in_the_arteries_of_drawn_heads():
    for seed in range(3):
        head = sample_head(np.random.default_rng(seed), young=seed == 2)
        bone = head.render(BOX).bone
        for course in head.courses.values():
            at = np.rint(BOX.to_index(course.points)).astype(int)
            at = at[((at >= 0) & (at < BOX.size)).all(axis=1)]
            assert bone[tuple(at.T[::-1])].max() < 0.2


def test_shares_of_structures_are_those_stated():
    sides = [draw_side(np.random.default_rng(seed)) for seed in range(1500)]

    def share(has) -> float:
        return float(np.mean([has(side) for side in sides]))

    long = share(lambda s: s.styloid.pieces[-1][0] != 0.68 and s.styloid.length_mm > 30)
    assert 0.04 < long < 0.30
    assert all(15 <= s.styloid.length_mm <= 70 for s in sides)
    for has, stated in ((lambda s: s.dehiscence_mm > 0, 0.08), (lambda s: s.middle_clinoid_mm > 0, 0.33),
                        (lambda s: s.jugular_spine_mm > 0, 0.15), (lambda s: s.vesalius, 0.33)):
        assert share(has) == pytest.approx(stated, abs=4 * np.sqrt(stated * (1 - stated) / 1500))


def test_sides_are_independent():
    drawn = [head_parameters.draw(np.random.default_rng(seed)) for seed in range(400)]
    both = np.array([(q.right.bridge_mm, q.left.bridge_mm) for q in drawn])
    assert abs(np.corrcoef(both.T)[0, 1]) < 0.2


def test_the_young_are_small_thin_and_open():
    young = [head_parameters.draw(np.random.default_rng(seed), young=True) for seed in range(100)]
    adults = [head_parameters.draw(np.random.default_rng(seed)) for seed in range(100)]
    assert all(q.age_years is None and q.synchondrosis_mm == 0 for q in adults)
    assert all(q.synchondrosis_mm > 0 for q in young if q.age_years < 13)
    for name in ("cortex_mm", "vault_mm", "sphenoid_air"):
        assert np.mean([getattr(q, name) for q in young]) < 0.9 * np.mean([getattr(q, name) for q in adults])


def test_an_open_synchondrosis_parts_the_clivus():
    closed, opened = (Head(replace(HeadParameters(), synchondrosis_mm=width)).render(BOX).bone for width in (0.0, 2.5))
    across = BOX.to_index(np.array([[0.0, 13.5, -17.0]]))
    k, j, i = np.rint(across[0]).astype(int)[::-1]
    assert closed[k, j, i] > 0.9 and opened[k, j, i] < 0.3


def test_a_canal_of_its_own_gap_is_wide_in_the_petrous_bone_only(mean_bone):
    changed = np.argwhere(_bone(canal_gap_mm=1.6) - mean_bone < -0.1)[:, ::-1]
    course = Head(HeadParameters()).courses[Side.RIGHT]
    near = course.nearest(BOX.to_lps(changed))
    assert (course.segment[near.sample] <= int(Segment.C3)).all()
