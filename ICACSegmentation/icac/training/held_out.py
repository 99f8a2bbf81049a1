"""Predicting cases that lie on the network's grid, as inference predicts a registered scan."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from icac.analysis import analysed_frame, with_margins
from icac.calcium import is_calcium_dense
from icac.geometry import Frame, Volume
from icac.inference import Device, predict
from icac.models import ModelPackage
from icac.reference import load_reference
from icac.reference.position import reference_positions
from icac.reference.region import course_distance_mm
from icac.simulate.training_case import CASE_FRAME
from icac.training.cases import case_frame, read_case
from icac.training.patches import cut


@lru_cache(maxsize=1)
def analysed() -> tuple[Frame, np.ndarray]:
    """Return the block of the case grid that is predicted, and the mask (z, y, x) of the voxels that count."""
    return analysed_frame("carotid", load_reference().courses, CASE_FRAME)


@lru_cache(maxsize=1)
def analysed_positions() -> np.ndarray:
    """Return the position channels (c, z, y, x) of the analysed block and the context the network needs."""
    return reference_positions(with_margins(analysed()[0]))


class HeldOut:
    """One predicted case.

    Attributes
    ----------
    ct, truth, probability : Volume
        HU, 0 or 1, and the probability of ICAC (0 where the voxel does not count), on the analysed block.
    dense : numpy.ndarray of bool
        (z, y, x) voxels of at least 130 HU that count.

    """

    def __init__(self, path: Path, package: ModelPackage, network: object, device: Device) -> None:
        frame, counted = analysed()
        case = read_case(path)
        hu = _on(frame, case.hu)
        known = _on(frame, np.ones(case.hu.shape, np.uint8), outside=0) > 0
        position = analysed_positions() if package.spec.architecture.position else None
        probability = predict(_on(with_margins(frame), case.hu), network, package.spec.intensity, device,
                              position=position,
                              temperature=package.spec.temperature)[tuple(slice(0, n) for n in frame.shape)]
        self.dense = counted & known & is_calcium_dense(hu)
        probability = np.where(self.dense, probability, 0).astype(np.float32)
        if package.spec.course_prior and self.dense.any():
            probability[self.dense] = package.spec.course_prior.apply(probability[self.dense], self.distance_mm)
        self.ct = Volume(hu, frame)
        self.truth = Volume(_on(frame, case.label, outside=0), frame)
        self.probability = Volume(probability, frame)

    @property
    def distance_mm(self) -> np.ndarray:
        """Distance from the reference's carotid course of the dense voxels, shape (n,)."""
        return course_distance_mm(analysed()[0], load_reference().courses, self.dense)


def _on(frame: Frame, array: np.ndarray, outside: int | None = None) -> np.ndarray:
    """Cut the block ``frame`` out of an array of a case; outside the case, ``outside`` or its border repeated."""
    start = np.rint(case_frame(array.shape).to_index(frame.origin)).astype(int)[::-1]
    return cut(array, start, frame.shape, outside)
