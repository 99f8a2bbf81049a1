"""Slices in the place of lost ones, so that a scan with gaps is an even stack in which the head can be found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from icac.ct.dicom.gaps import lost_slices
from icac.ct.dicom.stack import Stack


def without_gaps(stack: Stack) -> Stack:
    """Return a stack with slices interpolated linearly in its gaps; the stack itself if it has none.

    What is filled in must never be measured: :func:`icac.ct.missing.whole_part` takes it out again.
    """
    lost = lost_slices(stack.distances, stack.thickness)
    if not any(lost):
        return stack
    # Each slice by the number of the slice before it, and the share of the way to the next.
    places = np.concatenate([n + np.arange(count + 1) / (count + 1) for n, count in enumerate([*lost, 0])])
    before = np.floor(places + 1e-9).astype(int)
    share = places - before
    after = np.minimum(before + 1, len(stack.hu) - 1)
    hu = stack.hu[before]
    for n in np.flatnonzero(share > 1e-6):
        mixed = stack.hu[before[n]] * (1 - share[n]) + stack.hu[after[n]] * share[n]
        hu[n] = np.rint(mixed) if hu.dtype.kind == "i" else mixed
    positions = stack.positions[before] + share[:, None] * (stack.positions[after] - stack.positions[before])
    return replace(stack, hu=hu, positions=positions, thickness=stack.thickness[before])
