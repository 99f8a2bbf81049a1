"""Dense voxels as a graph: which touch, and how readily one passes from one to the other.

Calcification and bone conduct; a thin neck, a dark line between them and a step of the density resist. Weights carry
the area of the face between two voxels and their distance, so that they do not depend on the spacing.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from icac.geometry import Frame, three

#: A step of the density by this factor (natural logarithm) lets e^-1 of the flow pass.
STEP_LN = 1.0

#: Flow rises in proportion to the lower density of both voxels from almost none at the first CT number to all at the
#: last, in HU.
NO_FLOW_HU, FULL_FLOW_HU = 100.0, 800.0
_LEAST_FLOW = 0.01

#: Weight of an edge or corner contact relative to a face of the same distance: enough to hold specks to a lesion.
_DIAGONAL = 0.1


class Graph(NamedTuple):
    """Voxels and their contacts."""

    nodes: np.ndarray
    """bool (z, y, x): the voxels; they are numbered in array order."""
    first: np.ndarray
    """Number of one voxel of each contact, shape (n,)."""
    second: np.ndarray
    """Number of the other, shape (n,)."""
    weight: np.ndarray
    """Conductance of each contact in mm, shape (n,)."""

    @property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.nodes))

    @property
    def degree(self) -> np.ndarray:
        """Sum of the conductances of each voxel, shape (size,)."""
        count = self.size
        return np.bincount(self.first, self.weight, count) + np.bincount(self.second, self.weight, count)


def dense_graph(hu: np.ndarray, nodes: np.ndarray, frame: Frame, *, diagonal: bool = False) -> Graph:
    """Join the voxels ``nodes`` that touch.

    Parameters
    ----------
    hu : numpy.ndarray
        CT numbers in HU, shape (z, y, x).
    nodes : numpy.ndarray of bool
        Same shape.
    frame : Frame
        Supplies the voxel axes.
    diagonal : bool
        Join voxels that share only an edge or a corner, too.

    """
    number = np.cumsum(nodes.ravel(), dtype=np.int32).reshape(nodes.shape) - 1
    flow = np.clip((hu - NO_FLOW_HU) / (FULL_FLOW_HU - NO_FLOW_HU), _LEAST_FLOW, 1.0).astype(np.float32)
    level = np.log(np.maximum(hu, NO_FLOW_HU)).astype(np.float32)
    contacts = []
    for offset in _offsets(diagonal):
        low, high = _pairs(offset)
        joined = nodes[low] & nodes[high]
        step = (level[high][joined] - level[low][joined]) / STEP_LN
        passing = np.minimum(flow[low][joined], flow[high][joined]) * np.exp(-(step**2))
        contacts.append((number[low][joined], number[high][joined],
                         passing.astype(float) * _contact_mm(offset, frame)))
    return Graph(nodes, *(np.concatenate(values) for values in zip(*contacts, strict=True)))


def _offsets(diagonal: bool) -> list[tuple[int, int, int]]:
    """Return one of each pair of opposite steps (z, y, x) to a neighbour."""
    faces = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    return [three(o) for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)] if diagonal else faces


def _pairs(offset: tuple[int, int, int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices of an array whose elements lie one step apart."""
    low = tuple(slice(max(-o, 0), min(-o, 0) or None) for o in offset)
    high = tuple(slice(max(o, 0), min(o, 0) or None) for o in offset)
    return low, high


def _contact_mm(offset: tuple[int, int, int], frame: Frame) -> float:
    """Area over distance of a contact: voxel volume / squared distance, which is exact for faces of upright voxels."""
    distance = np.linalg.norm(frame.affine[:3, :3] @ np.array(offset[::-1], dtype=float))
    share = 1.0 if sum(map(abs, offset)) == 1 else _DIAGONAL
    return float(share * frame.voxel_volume_mm3 / distance**2)
