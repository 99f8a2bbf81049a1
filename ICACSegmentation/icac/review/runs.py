"""The voxels of a lesion as JSON: a box, and the lengths of the runs of voxels outside and inside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from icac.correct.block import Part
from icac.geometry.box import box_of


def to_runs(part: Part) -> dict[str, Any]:
    """Return a part as JSON-ready values.

    Returns
    -------
    dict
        ``start_zyx`` and ``size_zyx`` of its box, and ``runs``: how many voxels follow each other outside, inside,
        outside, ... the lesion, in the order z, then y, then x (x fastest). The first number may be 0.

    """
    flat = part.mask.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate([[0], edges, [flat.size]]))
    runs = [int(n) for n in lengths]
    return {"start_zyx": [int(s.start) for s in part.box], "size_zyx": list(part.mask.shape),
            "runs": [0, *runs] if flat[0] else runs}


def from_runs(values: dict[str, Any], shape: tuple[int, int, int]) -> Part:
    """Read a part from JSON-ready values.

    Parameters
    ----------
    values : dict
        As of :func:`to_runs`.
    shape : tuple of int
        Of the scan (z, y, x).

    Raises
    ------
    ValueError
        The numbers contradict each other or the scan.

    """
    start, size = [int(n) for n in values["start_zyx"]], [int(n) for n in values["size_zyx"]]
    if any(a < 0 or n < 1 or a + n > limit for a, n, limit in zip(start, size, shape, strict=True)):
        raise ValueError("A lesion lies outside the scan.")
    runs = np.array(values["runs"], dtype=int)
    if (runs < 0).any() or runs.sum() != np.prod(size):
        raise ValueError("The runs of a lesion do not fill its box.")
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(size)
    if not inside.any():
        raise ValueError("A lesion has no voxels.")
    return Part(box_of(start[::-1], size[::-1]), inside)
