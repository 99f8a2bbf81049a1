"""A case seen in several poses, as a scan is in use (:mod:`icac.poses`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.air import OUTSIDE_HU
from icac.calcium import is_calcium_dense
from icac.course import OnCourse, on_course
from icac.geometry import Volume, three
from icac.inference import Device, predict_outputs
from icac.inference.slabs import plan_slabs
from icac.inference.torch_engine import TorchEngine
from icac.models import ModelPackage
from icac.network.interface.network import Network
from icac.network_region import with_margins
from icac.poses import in_tiles, suspects, take_mean, tiles_around
from icac.training.calibration.held_out import ScoredVoxels, analysed, analysed_positions
from icac.trainingset.cases import case_frame, read_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from icac.inference.tiling import Tile


class MovedCase:
    """A case and the model that sees it.

    Other poses are sampled from the case, which was itself sampled from a scan: they are slightly softer than those of
    the scan would be.

    Parameters
    ----------
    path : Path
        Of the case.
    package : ModelPackage
        Temperature, prior, thresholds and number of poses are taken from it.
    network : Network
        Of the package.
    device : Device

    """

    def __init__(self, path: Path, package: ModelPackage, network: Network, device: Device) -> None:
        hu = read_case(path).hu
        self._ct = Volume(hu, case_frame(hu.shape))
        self._spec, self._engine = package.spec, TorchEngine(network, device)

    def probability(self, voxels: ScoredVoxels, found: OnCourse) -> np.ndarray:
        """Return the probability of ICAC, float32 (z, y, x) on the voxels on which the case is voxels.

        Parameters
        ----------
        voxels : ScoredVoxels
        found : OnCourse
            In the pose of the case, with temperature and prior of the model.

        """
        first, spec = voxels.probability(found.probability, found.dense), self._spec
        again = suspects(found, spec.threshold, spec.lesion_threshold, spec.poses) if spec.poses > 1 else None
        if again is not None:
            tiles = tiles_around(again, plan_slabs(analysed()[1], spec.architecture), spec.architecture)
            take_mean(first, again, analysed()[0], voxels.ct, voxels.reference_to_ct, spec.poses,
                      lambda motion: self._moved(motion, tiles, found))
        return first

    def _moved(self, motion: np.ndarray, tiles: Sequence[Tile], found: OnCourse) -> OnCourse:
        """Return what is found in tiles of another pose."""
        frame, geometry = analysed()[0], self._spec.architecture.geometry
        wide = with_margins(frame, geometry)
        shown = self._ct.resample(wide, motion, outside=OUTSIDE_HU).array
        position = analysed_positions(geometry) if self._spec.architecture.position else None
        outputs = predict_outputs(self._engine, shown, self._spec.intensity, position=position, parts=tiles,
                                  temperature=self._spec.temperature)
        z, y, x = frame.shape
        inner = shown[tuple(slice(o, o + n) for o, n in zip(geometry.offset, frame.shape, strict=True))]
        asked = in_tiles(tiles, three(frame.shape))
        back = np.linalg.inv(motion)
        return on_course(outputs[:, :z, :y, :x], frame, asked, is_calcium_dense(inner) & asked,
                         self._spec.course_prior, {side: fit.transformed(back) for side, fit in found.courses.items()})
