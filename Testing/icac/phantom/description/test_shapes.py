from __future__ import annotations

import numpy as np
import pytest
from icac.phantom.description.shapes import Box, Ellipsoid, Ring, Tube, smooth_min

SOLIDS = [
    Ellipsoid((1, 2, 3), (4, 6, 2), yaw=30),
    Tube(((0, 0, 0), (5, 5, 5), (9, 5, 0)), (2, 1, 3)),
    Box((1, -1, 2), (3, 5, 2), 1.0, pitch=25, yaw=-15),
    Ring((0, 1, 0), 8, 6, 1.5, pitch=20),
]


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda s: type(s).__name__)
def test_inside_lies_within_the_bounds_and_is_not_empty(solid):
    axes = np.arange(-14, 16, 0.5, dtype=np.float32)
    p = np.meshgrid(axes, axes, axes, indexing="ij")
    inside = solid.distance(tuple(p)) < 0
    low, high = solid.bounds()
    points = np.stack([c[inside] for c in p], axis=-1)
    assert inside.sum() > 50
    assert (points >= low - 1e-4).all()
    assert (points <= high + 1e-4).all()


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda s: type(s).__name__)
def test_distance_grows_by_the_distance_near_the_surface(solid):
    rng = np.random.default_rng(1)
    p = [rng.uniform(-12, 14, 200_000).astype(np.float32) for _ in range(3)]
    d = solid.distance(tuple(p))
    near = (np.abs(d) < 0.3) & (np.abs(d) > 0.05)
    step = 1e-2
    gradient = [(solid.distance(tuple(c[near] + (step if a == i else 0) for i, c in enumerate(p))) - d[near]) / step
                for a in range(3)]
    assert np.median(np.sqrt(sum(g**2 for g in gradient))) == pytest.approx(1, abs=0.03)


def test_box_distance_is_exact():
    box = Box((0, 0, 0), (2, 3, 4), 0.0)
    at = tuple(np.array([v], dtype=np.float32) for v in (5, 7, 0))
    assert box.distance(at)[0] == pytest.approx(5.0)


def test_smooth_min_never_exceeds_the_minimum():
    a, b = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    blended = smooth_min(a, b, 1.0)
    assert (blended <= np.minimum(a, b) + 1e-6).all()
    assert (np.minimum(a, b) - blended).max() <= 0.25 + 1e-6
