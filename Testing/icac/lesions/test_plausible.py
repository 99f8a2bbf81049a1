from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions
from icac.lesions.plausible import implausible


@pytest.fixture
def lesion():
    """Measure a lesion of 27 mm3 on a straight course."""
    line = np.stack([np.full(20, 10.0), np.full(20, 10.0), np.arange(20.0)], axis=1)
    course = Course(Side.LEFT, line, np.full(20, 2.0), np.full(20, int(Segment.C4)))
    mask = np.zeros((20, 20, 20), bool)
    mask[8:11, 9:12, 9:12] = True
    ct = Volume(np.where(mask, 400, 40).astype(np.int16), Frame.regular((1, 1, 1), (20, 20, 20)))
    return find_lesions(mask, ct, mask.astype(np.float32), {Side.LEFT: course}).lesions[0]


def test_ordinary_results_are_plausible(lesion):
    assert not implausible([])
    assert not implausible([lesion] * 10)


@pytest.mark.parametrize(("change", "count", "words"), [
    ({}, 60, "60 lesions"), ({"volume_mm3": 0.5}, 30, "30 lesions are specks"),
    ({"course_distance_mm": 11.0}, 2, "100% of its volume lies more than 9 mm"),
    ({"volume_mm3": 1000.0}, 4, "4000 mm3")])
def test_what_no_patient_has_is_said(lesion, change, count, words):
    text = implausible([replace(lesion, **change)] * count)
    assert text.startswith("This result is implausible: ")
    assert words in text
