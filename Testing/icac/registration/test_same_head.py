"""Two scans of one head lie on each other to a fraction of a millimetre; other heads are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from icac.errors import RegistrationError
from icac.geometry import Frame, Volume
from icac.reference import load_reference
from icac.registration.same_head import LEAST_LIKENESS, align_heads
from icac.simulate.scanner.acquisition import rotation

#: Where the reference head lies in both scans, and by how much its registration is off in each.
FIRST, SECOND = np.eye(4), rotation(np.array([0.10, -0.08, 0.15]))
SECOND[:3, 3] = (7.0, -12.0, 300.0)
OFF = rotation(np.array([0.02, -0.03, 0.02]))
OFF[:3, 3] = (1.5, -2.0, 1.0)


def scanned(spacing: tuple[float, float, float], pose: np.ndarray, stretch: tuple[float, float, float] = (1, 1, 1)
            ) -> Volume:
    """Return the reference head, stretched about the sella, in another pose and on other voxels."""
    head = load_reference().volume
    wide = head.frame.crop((-12, -15, 0), tuple(n + 2 * m for n, m in zip(head.frame.size, (12, 15, 0), strict=True)))
    size = tuple(int(n * s / t) for n, s, t in zip(wide.size, wide.spacing, spacing, strict=True))
    frame = Frame.regular(spacing, size, origin=wide.origin)
    sampled = head.resample(frame, np.diag([*(1.0 / v for v in stretch), 1.0]), outside=-1000)
    return Volume(sampled.array, Frame(pose @ frame.affine, size))


@pytest.fixture(scope="module")
def first() -> Volume:
    return scanned((1.7, 1.9, 2.3), FIRST)


def test_two_scans_of_one_head_lie_on_each_other(first):
    second = scanned((1.6, 1.6, 3.1), SECOND)
    found = align_heads(first, FIRST @ OFF, second, SECOND @ np.linalg.inv(OFF))
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    there = points @ SECOND[:3, :3].T + SECOND[:3, 3]
    back = there @ found.moving_to_fixed[:3, :3].T + found.moving_to_fixed[:3, 3]
    assert np.linalg.norm(back - points, axis=1).max() < 0.25
    assert found.likeness > LEAST_LIKENESS
    assert found.inverse.moving_to_fixed @ found.moving_to_fixed == pytest.approx(np.eye(4), abs=1e-9)


def test_the_head_of_another_size_is_another_head(first):
    other = scanned((1.6, 1.6, 3.1), SECOND, (1.08, 0.93, 1.06))
    assert align_heads(first, FIRST, other, SECOND).likeness < LEAST_LIKENESS


def test_scans_that_share_too_little_are_refused(first):
    upper = first.crop((0, 0, first.frame.size[2] - 12), (*first.frame.size[:2], 12))
    with pytest.raises(RegistrationError, match=r"share only|no skull"):
        align_heads(first, FIRST, upper, FIRST)
