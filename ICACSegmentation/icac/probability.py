"""The probability of ICAC on the voxels of a scan, in which a head was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from icac.calcium import is_calcium_dense
from icac.course import CourseFit, OnCourse, on_course, registered_courses
from icac.geometry import Volume
from icac.inference import predict_outputs, to_scan_grid
from icac.inference.allocator import give_back_freed_memory
from icac.inference.features import FeatureCells
from icac.poses import in_tiles, see_again
from icac.reference import load_reference

if TYPE_CHECKING:
    from icac.anatomy import Side
    from icac.inference import Engine
    from icac.inference.tiling import Tile
    from icac.models import ModelPackage
    from icac.network_region import NetworkRegion
    from icac.second_look import Corrections


class Seen(NamedTuple):
    """What a network tells of a scan."""

    probability: np.ndarray
    """Of ICAC, float32 (z, y, x) on the voxels of the scan."""
    courses: dict[Side, CourseFit]
    """LPS mm, in the space of the scan."""
    features: np.ndarray | None
    """Of the network near the carotids, (f,); None where it has none or did not run."""


def probability_of_icac(ct: Volume, reference_to_scan: np.ndarray, package: ModelPackage, engine: Engine,
                        plan: NetworkRegion, *, poses: int, threshold: float, lesion_threshold: float,
                        progress: Callable[[float], None] | None = None) -> Seen:
    """Run a network on a scan.

    Parameters
    ----------
    ct : Volume
        HU, in the form in which it is measured.
    reference_to_scan : numpy.ndarray
        4 x 4, LPS mm to LPS mm.
    package : ModelPackage
    engine : Engine
        That has its network.
    plan : NetworkRegion
        What is computed.
    poses : int
        Over how many poses the mean is taken where there may be a lesion, see :mod:`icac.poses`.
    threshold, lesion_threshold : float
        Of :func:`icac.lesions.reported.counted_voxels`: they tell where that may be.
    progress : callable, optional
        Called with the fraction (0 to 1) of the first pass that is done.

    """
    give_back_freed_memory()
    network = _Pass(ct, reference_to_scan, package, engine, plan)
    wide = plan.sample(ct, reference_to_scan)
    calcium = is_calcium_dense(plan.inner(wide)) & plan.counted
    if not calcium.any():
        fits = registered_courses(load_reference().courses)
        return Seen(np.zeros(ct.frame.shape, np.float32), _in_scan(fits, reference_to_scan), None)
    features = FeatureCells(plan.near, plan.geometry.grid)
    outputs = network.outputs(wide, plan.parts, features, progress)
    give_back_freed_memory()
    found = on_course(outputs, plan.frame, plan.counted, calcium, package.spec.course_prior,
                      look=network.look(plan.inner(wide), outputs))
    probability = to_scan_grid(Volume(found.probability, plan.frame), found.dense, ct, reference_to_scan)
    see_again(probability, found, plan.frame, ct, reference_to_scan, plan.parts, engine.config,
              lambda motion, tiles: network.moved(motion, tiles, found),
              poses=poses, threshold=threshold, lesion_threshold=lesion_threshold)
    return Seen(probability, _in_scan(found.courses, reference_to_scan), features.pooled())


@dataclass(frozen=True, eq=False)
class _Pass:
    """Passes of a network over a scan; the attributes are those of :func:`probability_of_icac`."""

    ct: Volume
    reference_to_scan: np.ndarray
    package: ModelPackage
    engine: Engine
    plan: NetworkRegion

    def outputs(self, wide: np.ndarray, parts: Sequence[Tile], features: FeatureCells | None = None,
                progress: Callable[[float], None] | None = None) -> np.ndarray:
        """Return what the network tells, on the plan's frame, of the CT on its wide frame, HU (z, y, x)."""
        spec = self.package.spec
        return predict_outputs(self.engine, wide, spec.intensity, position=self.plan.position, parts=parts,
                               temperature=spec.temperature, features=features, progress=progress)

    def look(self, hu: np.ndarray, outputs: np.ndarray) -> Callable[[Mapping[Side, CourseFit]], Corrections] | None:
        """Return what gives the second look of a model that has one: HU and outputs (z, y, x) on the plan's frame."""
        if self.engine.second_look is None:
            return None
        from icac.second_look import second_look

        return second_look(self.engine.second_look, hu, outputs, self.plan.frame)

    def moved(self, motion: np.ndarray, tiles: Sequence[Tile], first: OnCourse) -> OnCourse:
        """Return what is found in tiles of another pose; its courses, and its second look, are those of the first."""
        wide = self.plan.sample(self.ct, self.reference_to_scan @ motion)
        asked = in_tiles(tiles, self.plan.frame.shape)
        dense = is_calcium_dense(self.plan.inner(wide)) & asked
        back, again = np.linalg.inv(motion), first.corrections
        return on_course(self.outputs(wide, tiles), self.plan.frame, asked, dense, self.package.spec.course_prior,
                         _in_scan(first.courses, back), (lambda fits: again.transformed(back)) if again else None)


def _in_scan(fits: dict[Side, CourseFit], matrix: np.ndarray) -> dict[Side, CourseFit]:
    """Return courses, moved by a 4 x 4 rigid map."""
    return {side: fit.transformed(matrix) for side, fit in fits.items()}
