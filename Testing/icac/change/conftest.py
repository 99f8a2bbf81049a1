"""Two measured scans of one head: lesions of known volume beside straight arteries, and a table of limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.change.limits import Limits
from icac.change.scan import MeasuredScan, Method, Protocol
from icac.ct.examination import Examination
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions

#: Oblique voxels of unequal sides; a voxel has 0.45 mm3.
FRAME = Frame(np.array([[0.5, 0.0, 0.1, -45.0], [0.0, 0.6, 0.0, -40.0], [0.0, 0.0, 1.5, 0.0], [0, 0, 0, 1]]),
              (180, 120, 50))

#: A lesion: LPS corner in mm, and voxels along x, y, z.
Box = tuple[tuple[float, float, float], tuple[int, int, int]]

#: Before and after: one stays, one grows, one goes, one comes, two become one.
BEFORE: tuple[Box, ...] = (((-21, 0, 10), (4, 4, 3)), ((20, 0, 20), (6, 4, 3)), ((20, 6, 35), (3, 3, 2)),
                           ((-20, 3, 40), (4, 4, 2)), ((-20, 8, 40), (4, 4, 2)))
AFTER: tuple[Box, ...] = (((-21, 0, 10), (4, 4, 3)), ((20, 0, 20), (10, 8, 3)), ((-20, -8, 53), (4, 4, 2)),
                          ((-20, 3, 40), (4, 14, 2)))


USUAL, METHOD = Protocol(1.5, 10.0), Method("m", "1")


@pytest.fixture
def boxes() -> SimpleNamespace:
    """Return the lesions ``before`` and ``after``, and ``mm3``, which says how much a number of voxels holds."""
    return SimpleNamespace(before=BEFORE, after=AFTER, frame=FRAME,
                           mm3=lambda voxels: float(voxels) * FRAME.voxel_volume_mm3)


@pytest.fixture
def make_scan(straight_courses: dict[Side, Course]) -> Callable[..., MeasuredScan]:
    """Return a function that makes a scan with lesions; all scans have the same voxels, so they lie on each other."""
    hu = np.round(np.random.default_rng(3).normal(40, 6, FRAME.shape)).astype(np.int16)

    def make(name: str, boxes: tuple[Box, ...], day: date | None = None, patient: str = "",
             protocol: Protocol = USUAL, method: Method = METHOD) -> MeasuredScan:
        mask = np.zeros(FRAME.shape, dtype=bool)
        for corner, (x, y, z) in boxes:
            i, j, k = np.round(FRAME.to_index(np.asarray(corner, float))).astype(int)
            mask[k:k + z, j:j + y, i:i + x] = True
        found = find_lesions(mask, Volume(np.where(mask, 300, hu), FRAME), None, straight_courses)
        return MeasuredScan(name, Volume(hu, FRAME), found.labels, tuple(found.lesions), np.eye(4), "ab" * 32, protocol,
                            method, Examination(patient, day), path=f"{name}.nii.gz", notice="For research only.")

    return make


@pytest.fixture
def before(make_scan: Callable[..., MeasuredScan]) -> MeasuredScan:
    return make_scan("A", BEFORE, date(2020, 1, 1))


@pytest.fixture
def after(make_scan: Callable[..., MeasuredScan]) -> MeasuredScan:
    return make_scan("B", AFTER, date(2023, 1, 1))


def _row(thickness_mm: float, noise_sd_hu: float, sd: float, bias: float, own: float) -> dict:
    figures = {"mm3": [1.0, 10.0, 100.0], "sd": [sd, 2 * sd, 2 * sd], "bias": [bias] * 3, "own_sd": [own] * 3}
    return {"thickness_mm": thickness_mm, "noise_sd_hu": noise_sd_hu, "lesion": figures, "total": figures}


@pytest.fixture
def limits() -> Limits:
    return Limits({"protocols": [_row(1.0, 10.0, 0.1, 0.0, 0.0), _row(1.0, 20.0, 0.2, 0.0, 0.0),
                                 _row(5.0, 5.0, 0.4, -0.3, 0.2), _row(5.0, 15.0, 0.5, -0.3, 0.2)]})
