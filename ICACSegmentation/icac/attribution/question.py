"""What the network is asked about a lesion: the part of the head that it sees from there, and how it scores."""

from __future__ import annotations

import numpy as np

from icac.attribution.integrated_gradients import BASELINE_HU
from icac.attribution.lesion_score import LesionScore
from icac.calcium import is_calcium_dense
from icac.geometry import three
from icac.geometry.box import Box, bounding_box, box_shape
from icac.inference.predict import cut_position
from icac.inference.tiling import Tile
from icac.models import ModelPackage
from icac.network_region import NetworkRegion
from icac.reference.position import refined


class Question:
    """What the network is asked about a lesion: the part of the head that it sees from there.

    Attributes
    ----------
    frame : Frame
        Of that part, in reference space.
    x, baseline : numpy.ndarray
        What the network is shown, and what it is compared with, scaled float32 (z, y, x).
    dense : numpy.ndarray of bool
        (z, y, x) voxels of at least 130 HU.
    score : LesionScore

    Parameters
    ----------
    package : ModelPackage
    plan : NetworkRegion
        What the network computes of a head.
    shown : numpy.ndarray
        What it is shown of this head, HU (z, y, x) on the wide frame of the plan.
    lesion : numpy.ndarray of bool
        (z, y, x) voxels of the lesion, at least one, on the frame of the plan.
    device : str
        Where the network runs, as PyTorch names it.

    """

    def __init__(self, package: ModelPackage, plan: NetworkRegion, shown: np.ndarray, lesion: np.ndarray,
                 device: str) -> None:
        around = bounding_box(lesion, plan.geometry.grid)
        assert around is not None  # a lesion has voxels
        block = _seen_from(around, plan)
        hu, spec = shown[block], package.spec
        position = None if plan.position is None else refined(cut_position(plan.position, block, three(shown.shape)),
                                                              hu.shape)
        self.frame, self.dense = plan.wide_frame.part(block), is_calcium_dense(hu)
        self.x = spec.intensity.apply(hu)
        self.baseline = np.broadcast_to(spec.intensity.apply(np.float32(BASELINE_HU)), self.x.shape).copy()
        self.score = LesionScore(package.load_network(device), spec.temperature, lesion[around], position)


def _seen_from(around: Box, plan: NetworkRegion) -> Box:
    """Return the part of the input that the network needs for a box of its output."""
    return Tile(three(part.start for part in around), box_shape(around)).input(plan.geometry)
