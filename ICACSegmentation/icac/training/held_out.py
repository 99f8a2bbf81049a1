"""Predicting cases that lie on the network's grid, as inference predicts a registered scan."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from icac.calcium import is_calcium_dense
from icac.geometry import Frame, Volume
from icac.inference import Device, margins, predict
from icac.models import ModelPackage
from icac.reference import load_reference
from icac.reference.position import reference_positions
from icac.reference.region import bounding_frame, course_distance_mm, region_mask
from icac.simulate.training_case import CASE_FRAME
from icac.training.cases import case_frame, read_case
from icac.training.patches import cut


@lru_cache(maxsize=1)
def analysed() -> tuple[Frame, np.ndarray]:
    """Return the block of the case grid that is predicted, and the mask (z, y, x) of the voxels that count."""
    courses = load_reference().courses
    frame = bounding_frame(CASE_FRAME, region_mask(CASE_FRAME, courses), (4, 4, 2))
    return frame, region_mask(frame, courses)


@lru_cache(maxsize=1)
def analysed_positions() -> np.ndarray:
    """Return the position channels (c, z, y, x) of the analysed block and the context the network needs."""
    frame = analysed()[0]
    around = margins(frame.shape)
    start = tuple(-before for before, _ in around)[::-1]
    size = tuple(n + before + after for n, (before, after) in zip(frame.shape, around, strict=True))[::-1]
    return reference_positions(frame.crop(start, size))


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
        start = np.rint(case_frame(case.hu.shape).to_index(frame.origin)).astype(int)[::-1]
        hu = cut(case.hu, start, frame.shape)
        known = cut(np.ones(case.hu.shape, np.uint8), start, frame.shape, outside=0) > 0
        position = analysed_positions() if package.spec.architecture.position else None
        probability = predict(_with_margins(case.hu, start, frame.shape), network, package.spec.intensity, device,
                              position=position,
                              temperature=package.spec.temperature)[tuple(slice(0, n) for n in frame.shape)]
        self.dense = counted & known & is_calcium_dense(hu)
        probability = np.where(self.dense, probability, 0).astype(np.float32)
        if package.spec.course_prior and self.dense.any():
            probability[self.dense] = package.spec.course_prior.apply(probability[self.dense], self.distance_mm)
        self.ct = Volume(hu, frame)
        self.truth = Volume(cut(case.label, start, frame.shape, outside=0), frame)
        self.probability = Volume(probability, frame)

    @property
    def distance_mm(self) -> np.ndarray:
        """Distance from the reference's carotid course of the dense voxels, shape (n,)."""
        return course_distance_mm(analysed()[0], load_reference().courses, self.dense)


def _with_margins(hu: np.ndarray, start: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Cut a block with the context the network needs; the case's border is repeated where it ends."""
    around = margins(shape)
    first = [s - before for s, (before, _) in zip(start, around, strict=True)]
    return cut(hu, first, [before + n + after for n, (before, after) in zip(shape, around, strict=True)])
