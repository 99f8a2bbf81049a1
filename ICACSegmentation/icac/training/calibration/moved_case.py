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
from icac.poses import in_tiles, see_again
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
        """Return the probability of ICAC, float32 (z, y, x) on the voxels on which the case is judged.

        Parameters
        ----------
        voxels : ScoredVoxels
        found : OnCourse
            In the pose of the case, with temperature and prior of the model.

        """
        first, spec = voxels.probability(found.probability, found.dense), self._spec
        frame, counted = analysed()
        see_again(first, found, frame, voxels.ct, voxels.reference_to_ct, plan_slabs(counted, spec.architecture),
                  spec.architecture, lambda motion, tiles: self._moved(motion, tiles, found),
                  poses=spec.poses, threshold=spec.threshold, lesion_threshold=spec.lesion_threshold)
        return first * voxels.known  # the rim of what is seen again may reach beyond

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
        back, again = np.linalg.inv(motion), found.corrections
        return on_course(outputs[:, :z, :y, :x], frame, asked, is_calcium_dense(inner) & asked,
                         self._spec.course_prior, {side: fit.transformed(back) for side, fit in found.courses.items()},
                         (lambda fits: again.transformed(back)) if again else None)
