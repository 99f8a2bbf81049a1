"""Example detections for the figure: one slice of a few cases, kept while the cases stream by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.evaluation.cases.read_case import CaseArrays
from icac.evaluation.measures.case_measures import CaseMeasures
from icac.lesions.slices import array_axis
from icac.report.picture.slice_view import Plane, SliceView

#: Upper ends of the classes of true volume, in mm3, that get one example each.
CLASS_ENDS_MM3 = (10.0, 50.0, 200.0, float("inf"))

#: Size of an example in pixels (width, height), smallest field of view and margin around ICAC in mm.
SIZE, FIELD_MM, MARGIN_MM = (480, 360), 60.0, 10.0

#: Bone window: level and width in HU.
WINDOW_HU = (350, 1200)


@dataclass(frozen=True, eq=False)
class Example:
    """One slice of one case; arrays of shape (height, width), patient's right on the left, anterior up.

    Attributes
    ----------
    case : str
    slice_number : int
        From 1, along the slice axis.
    truth_mm3, predicted_mm3, dice : float
        Of the whole case.
    grey : numpy.ndarray of uint8
        The scan in a bone window.
    found, missed, false : numpy.ndarray of bool
    pixels_per_mm : float

    """

    case: str
    slice_number: int
    truth_mm3: float
    predicted_mm3: float
    dice: float
    grey: np.ndarray
    found: np.ndarray
    missed: np.ndarray
    false: np.ndarray
    pixels_per_mm: float


class ExampleChooser:
    """Keeps the first case with a CT in each class of true volume: a choice that is blind to the result."""

    def __init__(self) -> None:
        self._kept: dict[int, Example] = {}

    def offer(self, measures: CaseMeasures, arrays: CaseArrays) -> None:
        """Look at a case, and keep its slice with most true ICAC if its class has no example yet."""
        volume = measures.overlap.truth_mm3
        volume_class = int(np.searchsorted(CLASS_ENDS_MM3, volume))
        if arrays.hu is not None and volume > 0 and volume_class not in self._kept:
            self._kept[volume_class] = _draw(measures, arrays)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples by rising true volume."""
        return tuple(self._kept[key] for key in sorted(self._kept))


def _draw(measures: CaseMeasures, arrays: CaseArrays) -> Example:
    axis = array_axis(arrays.frame)
    index = int(arrays.truth.sum(axis=tuple(a for a in range(3) if a != axis)).argmax())
    plane = Plane(arrays.frame)
    marked = np.argwhere(arrays.truth | arrays.predicted)
    uv = plane.project(arrays.frame.to_lps(marked[marked[:, axis] == index][:, ::-1]))[0]
    center, half = (uv.min(axis=0) + uv.max(axis=0)) / 2, np.array([1, SIZE[1] / SIZE[0]]) * FIELD_MM / 2
    field = np.concatenate([uv - MARGIN_MM, uv + MARGIN_MM, [center - half, center + half]])
    view = SliceView.around(plane, field, 0.0, SIZE)
    low = WINDOW_HU[0] - WINDOW_HU[1] / 2
    hu = view.sample(arrays.hu, index, order=1)
    truth, predicted = (view.sample(mask.astype(np.uint8), index, order=0) > 0
                        for mask in (arrays.truth, arrays.predicted))
    return Example(measures.case, index + 1, measures.overlap.truth_mm3, measures.overlap.predicted_mm3,
                   measures.overlap.dice, np.clip((hu - low) * 255 / WINDOW_HU[1], 0, 255).astype(np.uint8),
                   truth & predicted, truth & ~predicted, predicted & ~truth, view.zoom)
