"""The pose follows from the head alone, not from how and where its voxels are stored and what lies around them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from icac.ct.head import find_head
from icac.geometry import Frame, Volume, upright
from icac.reference import load_reference
from icac.registration import register

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from variants import VARIANTS, flipped, other_axes


@pytest.fixture(scope="module")
def scan():
    """Put the reference head into air, on voxels unequal along all axes."""
    head = load_reference().volume
    wide = head.frame.crop((-12, -15, 0), tuple(n + 2 * m for n, m in zip(head.frame.size, (12, 15, 0), strict=True)))
    frame = Frame.regular((1.7, 1.9, 2.3), tuple(int(n * s / t) for n, s, t in zip(
        wide.size, wide.spacing, (1.7, 1.9, 2.3), strict=True)), origin=wide.origin)
    return head.resample(frame, outside=-1000)


@pytest.fixture(scope="module")
def pose(scan):
    return register(scan, load_reference()).reference_to_scan


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "end slices left out"])
def test_the_pose_is_the_same_in_every_form_of_a_scan(scan, pose, name):
    changed, motion = VARIANTS[name](scan)
    found = register(changed, load_reference()).reference_to_scan
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    apart = points @ (found - motion @ pose)[:3, :3].T + (found - motion @ pose)[:3, 3]
    assert np.linalg.norm(apart, axis=1).max() < 0.02


@pytest.mark.parametrize("change", [flipped, other_axes])
def test_upright_volumes_keep_every_voxel_where_it_is(change):
    frame = Frame(np.array([[0.9, 0.1, 0, 5], [-0.1, 1.1, 0.2, -7], [0, 0, 2.5, 3], [0, 0, 0, 1]]), (4, 5, 6))
    volume = Volume(np.arange(120).reshape(6, 5, 4), frame)
    back = upright(change(volume)[0])
    assert (back.array == volume.array).all()
    assert back.frame.affine == pytest.approx(frame.affine)


@pytest.mark.parametrize("behind_mm", [2.0, 8.0, 40.0])
def test_tables_rails_arms_and_phantoms_are_not_the_head(behind_mm):
    z, y, x = np.meshgrid(np.arange(-90, 90, 2.0), np.arange(-120, 180, 2.0), np.arange(-200, 200, 2.0), indexing="ij")
    radius = np.sqrt((x / 75)**2 + (y / 95)**2 + (z / 88)**2)
    head = radius < 1
    hu = np.where(head, np.where((radius > 0.86) & (radius < 0.95), 900.0, 40.0), -1000.0)
    others = {"table": ((np.abs(y - 95 - behind_mm) < 2) & (np.abs(x) < 190), 100.0),
              "rails": ((np.abs(np.abs(x) - 110) < 4) & (np.abs(y - 95 - behind_mm) < 6), 1500.0),
              "arm": ((np.hypot(x - 140, y - 20) < 30), 50.0), "bone": ((np.hypot(x - 140, y - 20) < 10), 900.0),
              "phantom": (((x + 140)**2 + (y + 20)**2 + z**2 < 55**2), 60.0)}
    for mask, value in others.values():
        hu[mask & ~head] = value
    found = find_head(hu.astype(np.float32), 2.0)
    assert found[head].mean() > 0.99
    for name in ("rails", "arm", "bone", "phantom"):
        assert not found[others[name][0] & (np.abs(x) > 95)].any(), name
