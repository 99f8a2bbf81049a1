"""A review of a small asymmetric scan.

Lesions (LPS mm): 1 is large, left, near its course and glued to bone; 2 is right, free and certain; 3 is left, free.
One faint group right is only a suggestion.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import referencing
from icac.anatomy import Course, Side
from icac.ct import CTScan
from icac.geometry import Frame, Volume
from icac.lesions import measure_burden
from icac.registration import Registration
from icac.report import Report
from icac.report.record import SCHEMA_PATH as REPORT_SCHEMA
from icac.report.record import build_record
from icac.result import ModelIdentity, SegmentedScan
from icac.review import ReviewSession
from icac.review.corrected import SCHEMA_PATH as CORRECTED_SCHEMA
from icac.review.record import SCHEMA_PATH as REVIEW_SCHEMA

SIZE = (80, 60, 34)

FRAMES = {
    "axial": Frame.regular((1.0, 0.8, 2.0), SIZE, origin=(-40.0, -22.0, -2.0)),
    # The file runs right to left, front to back and from the top down.
    "flipped": Frame(np.array([[-1.0, 0, 0, 39.0], [0, -0.8, 0, 25.2], [0, 0, -2.0, 64.0], [0, 0, 0, 1]]), SIZE),
    # A gantry-tilted stack: slices lean in y-z, the table moves along z.
    "sheared": Frame(np.array([[1.0, 0, 0, -40.0], [0, 0.76, 0, -22.0], [0, -0.25, 2.0, 4.0], [0, 0, 0, 1]]), SIZE),
}

#: Centre in LPS mm, voxels (x, y, z), HU, probability.
LESIONS = {1: ((21.0, 1.0, 24.0), (5, 4, 3), 450, 0.6), 2: ((-20.0, 0.0, 44.0), (3, 4, 2), 300, 0.9),
           3: ((22.0, 2.0, 50.0), (2, 2, 2), 200, 0.7)}
SUGGESTION = ((-21.0, 1.0, 14.0), (2, 2, 1), 150, 0.2)

#: Bone beside lesion 1 in voxels of the scan, (x, y, z).
BONE = (6, 4, 3)


def block(frame: Frame, center: tuple, size: tuple) -> tuple[slice, slice, slice]:
    i, j, k = np.round(frame.to_index(np.asarray(center))).astype(int)
    return tuple(slice(a, a + n) for a, n in zip((k, j, i), size[::-1], strict=True))


class Scan:
    """What a session is made of."""

    def __init__(self, frame: Frame, courses: dict[Side, Course]) -> None:
        rng = np.random.default_rng(4)
        hu = np.round(rng.normal(40, 6, frame.shape)).astype(np.int16)
        self.probability = np.zeros(frame.shape, dtype=np.float32)
        self.boxes = {number: block(frame, center, size) for number, (center, size, *_) in LESIONS.items()}
        self.boxes["suggestion"] = block(frame, *SUGGESTION[:2])
        z, y, x = self.boxes[1]
        self.bone = (z, y, slice(x.stop, x.stop + BONE[0]))
        hu[self.bone] = 900
        for name, (_, _, density, certain) in {**LESIONS, "suggestion": SUGGESTION}.items():
            hu[self.boxes[name]], self.probability[self.boxes[name]] = density, certain
        self.ct, self.courses = Volume(hu, frame), courses

    @property
    def predicted(self) -> np.ndarray:
        return (self.probability >= 0.5) & (self.ct.array >= 130)

    def session(self, **options) -> ReviewSession:
        clock = iter(range(10_000))
        options = {"now": lambda: datetime(2024, 3, 1, 9, tzinfo=timezone.utc) + timedelta(seconds=next(clock)),
                   "reviewer": "Reader One", **options}
        return ReviewSession(self.ct, self.predicted, self.probability, self.courses, threshold=0.5, **options)


@pytest.fixture(params=FRAMES)
def any_scan(request: pytest.FixtureRequest, straight_courses: dict[Side, Course]) -> Scan:
    return Scan(FRAMES[request.param], straight_courses)


@pytest.fixture
def scan(straight_courses: dict[Side, Course]) -> Scan:
    return Scan(FRAMES["axial"], straight_courses)


@pytest.fixture
def session(scan: Scan) -> ReviewSession:
    return scan.session()


@pytest.fixture(scope="session")
def schemas() -> Callable[[str], jsonschema.protocols.Validator]:
    """Return the validator of a schema by its name; the schemas refer to each other."""
    paths = (REPORT_SCHEMA, REVIEW_SCHEMA, CORRECTED_SCHEMA)
    by_name = {path.name.split(".")[0]: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    registry = referencing.Registry().with_resources(
        [(s["$id"], referencing.Resource.from_contents(s)) for s in by_name.values()])

    def validator(name: str) -> jsonschema.protocols.Validator:
        jsonschema.Draft202012Validator.check_schema(by_name[name])
        return jsonschema.Draft202012Validator(by_name[name], registry=registry)

    return validator


@pytest.fixture
def prediction() -> Callable[[Scan], Report]:
    """Return the report of the prediction of a scan, as it was written beside it."""

    def report(scan: Scan) -> Report:
        session = scan.session()
        lesions = tuple(le.measured for le in session.lesions)
        content = SegmentedScan(
            scan=CTScan(scan.ct, Path("head 1"), "dicom", {"sha256": "ab" * 32}), labels=session.labels,
            probability=scan.probability, lesions=lesions,
            burden=measure_burden(lesions, scan.ct, scan.probability, scan.courses), courses=scan.courses,
            registration=Registration(np.eye(4), 0.8, 1.5, None),
            model=ModelIdentity("sim-test", "0.1.0", "cd" * 32, "Weights trained on simulated scans."),
            device="CPU", threshold=0.5)
        return Report.parse(json.dumps(build_record(content, {"mask": "icac.nii.gz"})))

    return report
