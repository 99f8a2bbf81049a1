"""Random walks over dense voxels: how surely a walk from each voxel ends in the lesion.

Random walker segmentation (Grady 2006, IEEE TPAMI 28:1768) with the priors of Grady 2005 (CVPR): a walker moves
between voxels that touch, the more readily the larger the conductance, and may stop at any voxel, as *lesion* or as
*bone*, at the rates given for that voxel. The share of walks that stop as lesion solves one sparse, symmetric and
positive definite system. Rates are per mm2 of conductance and weighed with the volume of the voxel, so that the answer
does not depend on the spacing.
"""

from __future__ import annotations

import numpy as np

from icac.correct.graph import Graph

#: The solution is exact to about this much, well below what a step of a slider changes.
_TOLERANCE = 2e-4
_MOST_STEPS = 400


def stopping_share(graph: Graph, lesion_rate: np.ndarray, bone_rate: np.ndarray, voxel_mm3: float) -> np.ndarray:
    """Return for every voxel the share of walks that stop as lesion.

    Parameters
    ----------
    graph : Graph
        The voxels on which walkers move.
    lesion_rate, bone_rate : numpy.ndarray
        At which walks stop, 1/mm2, shape (z, y, x). Their sum is above 0 somewhere in each connected piece.
    voxel_mm3 : float
        Volume of a voxel.

    Returns
    -------
    numpy.ndarray of float32, shape (z, y, x)
        0 to 1; 0 outside the graph.

    """
    from scipy import sparse
    from scipy.sparse.linalg import cg

    share = np.zeros(graph.nodes.shape, dtype=np.float32)
    count = graph.size
    lesion, bone = (rate[graph.nodes].astype(float) * voxel_mm3 for rate in (lesion_rate, bone_rate))
    diagonal = graph.degree + lesion + bone
    half = sparse.csr_matrix((-graph.weight, (graph.first, graph.second)), shape=(count, count))
    system = half + half.T + sparse.diags(diagonal)
    solution, _ = cg(system, lesion, rtol=_TOLERANCE, maxiter=_MOST_STEPS, M=sparse.diags(1.0 / diagonal))
    share[graph.nodes] = np.clip(solution, 0.0, 1.0)
    return share
