"""Where a model is wrong in its training cases: voxels that it wrongly takes for ICAC, and those that it misses.

Most of a head is no question to a trained network, and random patches seldom meet the few places that are: a process
of bone beside the artery, a speck of noise. Patches laid around its own errors do (hard-negative mining, Sung and
Poggio 1998).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from icac.inference import Device
from icac.models import ModelPackage
from icac.progress import Progress
from icac.study.training_cases import predicted_training_cases
from icac.training.calibration.held_out import HeldOut, analysed
from icac.trainingset.cases import case_frame, read_label
from icac.trainingset.manifest import Manifest


def mine(package: ModelPackage, manifest: Manifest, cache: Path, device: Device, progress: Progress,
         missed: bool = False) -> dict[str, np.ndarray]:
    """Predict the whole analysed region of every training case and return where the model is wrong.

    Parameters
    ----------
    package : ModelPackage
    manifest : Manifest
    cache : Path
        Where annotated scans are kept as they are prepared.
    device : Device
    progress : Progress
    missed : bool
        Return not only what it wrongly takes for ICAC, but also where it misses ICAC.

    Returns
    -------
    dict of str to numpy.ndarray
        By case (n, 3) int16: voxel (z, y, x) of the network's grid minus half of its shape; see
        :func:`icac.training.patches.wrong_voxels.write_wrong_voxels`.

    Raises
    ------
    IcacError
        If a case cannot be read.

    """
    return {name: wrong_positions(path, predicted, package.spec.threshold, missed)
            for name, path, predicted in predicted_training_cases(package, manifest, cache, device, progress)}


def wrong_positions(path: Path, predicted: HeldOut, threshold: float, missed: bool = False) -> np.ndarray:
    """Return the wrong voxels of one predicted case, the missed ones only if wanted, as :func:`mine` does."""
    shape = read_label(path).shape
    start = np.rint(case_frame(shape).to_index(analysed()[0].origin)).astype(int)[::-1]
    found = predicted.dense & (predicted.probability >= threshold)
    wrong = found ^ predicted.truth if missed else found & ~predicted.truth
    return (np.argwhere(wrong) + start - np.array(shape) // 2).astype(np.int16)
