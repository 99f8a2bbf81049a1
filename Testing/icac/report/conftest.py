"""A finished run on a small asymmetric scan: one lesion right in C3, two left in C4 and C6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.ct.scan import CTScan
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions, measure_burden
from icac.registration.result import Registration
from icac.result import ModelIdentity, SegmentedScan

SIZE = (80, 60, 34)

FRAMES = {
    "axial": Frame.regular((1.0, 0.8, 2.0), SIZE, origin=(-40.0, -22.0, -2.0)),
    # The file runs right to left, front to back and from the top down.
    "flipped": Frame(np.array([[-1.0, 0, 0, 39.0], [0, -0.8, 0, 25.2], [0, 0, -2.0, 64.0], [0, 0, 0, 1]]), SIZE),
    # A gantry-tilted stack: slices lean in y-z, the table moves along z.
    "sheared": Frame(np.array([[1.0, 0, 0, -40.0], [0, 0.76, 0, -22.0], [0, -0.25, 2.0, 4.0], [0, 0, 0, 1]]), SIZE),
}

#: Lesions: LPS corner in mm, voxels along x, y, z of the patient's space, HU.
LESIONS = (((-21.0, 1.0, 14.0), 3, 300.0), ((20.0, -2.0, 24.0), 5, 450.0), ((21.0, 2.0, 44.0), 2, 180.0))


def make_content(frame: Frame, courses: dict[Side, Course], lesions: tuple = LESIONS) -> SegmentedScan:
    rng = np.random.default_rng(4)
    hu = np.round(rng.normal(40, 6, frame.shape)).astype(np.float32)
    probability = np.zeros(frame.shape, dtype=np.float32)
    for corner, voxels, density in lesions:
        i, j, k = np.round(frame.to_index(np.asarray(corner))).astype(int)
        hu[k, j, i:i + voxels] = density
        probability[k, j, i:i + voxels] = 0.75
    ct = Volume(hu, frame)
    found = find_lesions((probability > 0.5) & (hu >= 130), ct, probability, courses)
    return SegmentedScan(
        scan=CTScan(ct, Path("scans/head 1"), "dicom", {"sha256": "ab" * 32, "series_description": "Head thin"},
                    ("Uneven slices were made even.",)),
        labels=found.labels, probability=probability, lesions=tuple(found.lesions),
        burden=measure_burden(found.lesions, ct, probability, courses), courses=courses,
        registration=Registration(np.eye(4), 0.8, 1.5, None),
        model=ModelIdentity("sim-test", "0.1.0", "cd" * 32, "Weights trained on simulated scans."),
        device="CPU (2 threads)", threshold=0.5, seconds={"read": 0.5, "segment": 2.25},
        warnings=("The slices are thick.",))


@pytest.fixture
def content(straight_courses: dict[Side, Course]) -> SegmentedScan:
    return make_content(FRAMES["axial"], straight_courses)


@pytest.fixture
def empty_content(straight_courses: dict[Side, Course]) -> SegmentedScan:
    return make_content(FRAMES["axial"], straight_courses, lesions=())


@pytest.fixture(params=FRAMES)
def any_frame_content(request: pytest.FixtureRequest, straight_courses: dict[Side, Course]) -> SegmentedScan:
    return make_content(FRAMES[request.param], straight_courses)


@pytest.fixture
def sheared_content(straight_courses: dict[Side, Course]) -> SegmentedScan:
    return make_content(FRAMES["sheared"], straight_courses)


@pytest.fixture
def with_warnings(content: SegmentedScan) -> Callable[[int], SegmentedScan]:
    return lambda count: replace(content, warnings=tuple(f"Warning number {n}." for n in range(count)))
