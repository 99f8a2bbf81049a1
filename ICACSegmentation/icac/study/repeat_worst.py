"""Training sets in which the cases that a model segments worst stand more than once.

A network that goes on from a model's weights gains most from what the model still gets wrong, which lies in few cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.inference import Device
from icac.models import ModelPackage
from icac.progress import Progress
from icac.study.new_manifest import row_of
from icac.study.training_cases import predicted_training_cases
from icac.training.calibration.held_out import HeldOut, analysed
from icac.trainingset.manifest import Manifest

#: Wrong volume in mm3, missed and false together, from which a case is repeated once, and twice.
ONCE_MM3, TWICE_MM3 = 80.0, 160.0


@dataclass(frozen=True)
class Errors:
    """Volumes of a case in mm3, on the network's grid.

    Attributes
    ----------
    true, missed, false : float
        ICAC, what of it lies below the model's threshold, and what else lies above.

    """

    true: float
    missed: float
    false: float

    @property
    def repeats(self) -> int:
        """How often the case is to be repeated."""
        wrong = self.missed + self.false
        return int(wrong >= ONCE_MM3) + int(wrong >= TWICE_MM3)


def errors_of(case: HeldOut, threshold: float) -> Errors:
    """Compare a predicted case with its truth."""
    found, voxel_mm3 = case.dense & (case.probability >= threshold), analysed()[0].voxel_volume_mm3
    return Errors(*(voxel_mm3 * float(np.count_nonzero(mask))
                    for mask in (case.truth, case.truth & ~found, found & ~case.truth)))


def repeat_worst(package: ModelPackage, manifest: Manifest, cache: Path, device: Device,
                 progress: Progress) -> tuple[list[dict[str, str]], dict[str, Errors]]:
    """Predict the training cases of a manifest.

    Parameters
    ----------
    package : ModelPackage
    manifest : Manifest
    cache : Path
        Where annotated scans are kept as they are prepared.
    device : Device
    progress : Progress

    Returns
    -------
    rows : list of dict
        Of the new manifest: all cases, the repeated ones as ``<case>_again1`` and ``_again2``.
    errors : dict of str to Errors
        By training case.

    Raises
    ------
    IcacError
        If a case cannot be read.

    """
    errors = {name: errors_of(predicted, package.spec.threshold)
              for name, _, predicted in predicted_training_cases(package, manifest, cache, device, progress)}
    return list(_rows(manifest, errors)), errors


def _rows(manifest: Manifest, errors: dict[str, Errors]) -> Iterator[dict[str, str]]:
    for case in manifest.cases:
        row = row_of(case)
        yield row
        repeats = errors[case.name].repeats if case.name in errors else 0
        for again in range(1, repeats + 1):
            yield {**row, "case": f"{case.name}_again{again}"}
