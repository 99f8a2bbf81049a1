"""Contrast agent is noticed in simulated scans of whole skull bases, and only there."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from icac.ct.enhancement import blood_hu, contrast_warning
from icac.phantom import mean_head
from icac.simulate.patient.calcification import draw_calcification
from icac.simulate.patient.contrast import draw_contrast
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import acquire


@pytest.fixture(scope="module")
def scanned(uniform_head):
    """Scan the siphons of the mean head, calcified, with some blood in them."""
    head = mean_head()
    lesions = draw_calcification(head.courses, np.random.default_rng(3), "stroke", 150.0).lesions
    acquisition = Acquisition("stroke", 0.5, 1.5, 1.0, Kernel(0.9), 12.0)
    region = uniform_head().region(9, 9, 6)
    return head, partial(acquire, head, lesions, acquisition=acquisition, region=region)


@pytest.mark.parametrize("given", [False, True])
def test_contrast_is_noticed(scanned, given):
    head, scan = scanned
    blood = draw_contrast(head, np.random.default_rng(1)) if given else []
    measured = blood_hu(scan(mimics=blood, rng=np.random.default_rng(2)).ct, head.courses)
    assert measured == pytest.approx(130 if given else 50, abs=4)
    assert bool(contrast_warning(measured)) == given


def test_the_artery_runs_through_the_sinus_and_its_blood_is_not_counted_twice(scanned):
    head, scan = scanned
    plain, enhanced = (scan(mimics=blood, rng=np.random.default_rng(2)).ct
                       for blood in ([], draw_contrast(head, np.random.default_rng(1))))
    for side, course in head.courses.items():
        middle = course.of_segment(4)[len(course.of_segment(4)) // 2]
        index = np.rint(plain.frame.to_index(middle)).astype(int)[::-1]
        block = tuple(slice(i - 1, i + 2) for i in index)
        assert 105 < np.median(enhanced.array[block]) < 165, side
        assert 50 < np.median(enhanced.array[block].astype(int) - plain.array[block]) < 115, side
