"""Splitting a lesion where it is held together least: at a neck, or at a dark line within it.

Normalised cuts (Shi and Malik 2000, IEEE TPAMI 22:888) on the graph of the lesion's voxels: the second eigenvector of
its Laplacian orders the voxels from one end of the lesion to the other; the cut is made in that order where the least
flow is cut per flow within the smaller half.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.correct.block import find_label
from icac.correct.graph import Graph, dense_graph
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.geometry.box import Box

#: Inverse iterations for the eigenvector, and steps of each; the order of the voxels settles long before its values.
_ITERATIONS, _STEPS = 6, 60

#: The iterations end when the direction changes by less (one minus the cosine).
_SETTLED = 1e-4


class Split(NamedTuple):
    """The parts of a lesion."""

    box: Box
    """Block of the scan, slices for (z, y, x)."""
    labels: np.ndarray
    """int32 in the box: 0 outside the lesion, 1 for its largest part, 2 for the next, ..."""


class _Cut(NamedTuple):
    cost: float
    halves: tuple[np.ndarray, np.ndarray]


def split_lesion(ct: Volume, labels: np.ndarray, number: int, parts: int = 2) -> Split:
    """Split a lesion into ``parts`` where it is thinnest.

    Parameters
    ----------
    ct : Volume
        The scan in HU.
    labels : numpy.ndarray of int
        Numbers of the lesions on the voxels of the scan (z, y, x), 0 outside.
    number : int
        The lesion to split.
    parts : int
        Into how many, at least 2.

    Returns
    -------
    Split

    Raises
    ------
    InputError
        If there is no such lesion, or it has too few voxels.

    """
    box, mask = find_label(labels, number)
    if parts < 2:
        raise InputError(f"A lesion is split into at least 2 parts, not {parts}.")
    if np.count_nonzero(mask) < parts:
        raise InputError(f"Lesion {number} has too few voxels to be split into {parts} parts.")
    hu = ct.array[box].astype(np.float32)
    cuts = [_best_cut(hu, mask, ct.frame)]
    pieces: list[np.ndarray] = []
    while len(cuts) + len(pieces) < parts:
        cut = min(cuts, key=lambda c: c.cost)
        cuts = [c for c in cuts if c is not cut]
        for half in cut.halves:
            (cuts if np.count_nonzero(half) > 1 else pieces).append(
                _best_cut(hu, half, ct.frame) if np.count_nonzero(half) > 1 else half)
    pieces += [cut.halves[0] | cut.halves[1] for cut in cuts]
    pieces.sort(key=np.count_nonzero, reverse=True)
    out = np.zeros(mask.shape, dtype=np.int32)
    for value, piece in enumerate(pieces, start=1):
        out[piece] = value
    return Split(box, out)


def _best_cut(hu: np.ndarray, mask: np.ndarray, frame: Frame) -> _Cut:
    """Find the cheapest cut of a piece of at least 2 voxels into two."""
    graph = dense_graph(hu, mask, frame, diagonal=True)
    order = np.argsort(_second_eigenvector(graph, frame), kind="stable")
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    low, high = np.minimum(place[graph.first], place[graph.second]), np.maximum(place[graph.first],
                                                                               place[graph.second])
    # Flow cut between the first k voxels and the others: contacts that start before and end after.
    opened, closed = (np.bincount(ends, graph.weight, len(order)) for ends in (low, high))
    cut = np.cumsum(opened - closed)[:-1]
    within = np.cumsum(graph.degree[order])
    cost = cut / np.maximum(np.minimum(within[:-1], within[-1] - within[:-1]), 1e-12)
    best = int(np.argmin(cost))
    first = np.zeros_like(mask)
    first[mask] = place <= best
    return _Cut(float(cost[best]), (first, mask & ~first))


def _second_eigenvector(graph: Graph, frame: Frame) -> np.ndarray:
    """Return the eigenvector of the smallest but one eigenvalue of the Laplacian, by inverse iteration."""
    from scipy import sparse
    from scipy.sparse.linalg import cg

    degree = graph.degree
    count = len(degree)
    half = sparse.csr_matrix((-graph.weight, (graph.first, graph.second)), shape=(count, count))
    # The small shift makes the system definite; the constant vector is taken out at every step.
    system = half + half.T + sparse.diags(degree + 1e-4 * degree.mean())
    preconditioner = sparse.diags(1.0 / system.diagonal())
    vector = _longest_axis(graph.nodes, frame)
    vector /= max(np.linalg.norm(vector), 1e-30)
    start = None
    for _ in range(_ITERATIONS):
        start, _ = cg(system, vector, x0=start, rtol=1e-2, maxiter=_STEPS, M=preconditioner)
        start -= start.mean()
        before, vector = vector, start / max(np.linalg.norm(start), 1e-30)
        if 1.0 - before @ vector < _SETTLED:
            break
    return vector


def _longest_axis(nodes: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the coordinate of each voxel along the longest axis of the piece, centred."""
    points = np.argwhere(nodes)[:, ::-1] @ frame.affine[:3, :3].T
    points -= points.mean(axis=0)
    return points @ np.linalg.eigh(points.T @ points)[1][:, -1]
