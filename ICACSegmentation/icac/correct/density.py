"""What a voxel's own density says, once it is roughly known what calcification and what bone look like nearby."""

from __future__ import annotations

import numpy as np

#: Weight of the evidence: neighbours say much the same, so that each voxel must not count fully.
WEIGHT = 0.3

#: Largest logarithm of the odds that one voxel may claim before it is weighted.
_MOST = 3.0

#: Added to the variances of ln HU: noise, and a guard against too few voxels.
_LEAST_VARIANCE = 0.02


def density_evidence(hu: np.ndarray, nodes: np.ndarray, certainty: np.ndarray) -> np.ndarray:
    """Return the odds of calcification against bone that follow from the density of each voxel.

    ln HU of both is taken as normal, with mean and spread from the voxels of a first round, weighted by how sure
    that was. A plaque may so be told from brighter or from dimmer bone; where both look alike the odds stay at 1.

    Parameters
    ----------
    hu : numpy.ndarray
        CT numbers in HU, (z, y, x).
    nodes : numpy.ndarray of bool
        Dense voxels.
    certainty : numpy.ndarray
        0 (bone) to 1 (calcification) at the nodes.

    Returns
    -------
    numpy.ndarray of float32, shape of ``hu``
        1 outside the nodes.

    """
    level, sure = np.log(np.maximum(hu[nodes], 100.0)).astype(float), certainty[nodes].astype(float)
    lesion, bone = _log_density(level, sure**2), _log_density(level, (1.0 - sure) ** 2)
    odds = np.ones(hu.shape, dtype=np.float32)
    odds[nodes] = np.exp(WEIGHT * np.clip(lesion - bone, -_MOST, _MOST))
    return odds


def _log_density(level: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = weight.sum() + 1e-9
    mean = (weight * level).sum() / total
    variance = (weight * (level - mean) ** 2).sum() / total + _LEAST_VARIANCE
    return -0.5 * ((level - mean) ** 2 / variance + np.log(variance))
