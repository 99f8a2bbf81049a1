"""What calcifications added to a simulated scan: from it the truth follows anew when the scan changes its form.

A scan that is brought to reference conditions before it is measured is another image: fewer voxels of noise reach 130
HU, and faint edges of a calcification may no longer. Its truth is the same rule (:mod:`icac.simulate.truth.rule`) on
the scan and the calcifications' share of it in their new form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from icac.geometry import Frame, Volume
from icac.simulate.truth.rule import truth_mask, visible_lesions


@dataclass(frozen=True, eq=False)
class LesionImage:
    """What calcifications added to a scan, and where each of them lies.

    Attributes
    ----------
    frame : Frame
        Voxels of the scan.
    blocks : tuple of (tuple of slice, numpy.ndarray)
        Parts (z, y, x) of the scan, and what calcifications added to them, HU; they add up where they meet.
    points : numpy.ndarray
        (n, 3) LPS mm of the scan: fine samples inside the calcifications.
    owner : numpy.ndarray
        (n,) number of the calcification of each point, from 0.

    """

    frame: Frame
    blocks: tuple[tuple[tuple[slice, slice, slice], np.ndarray], ...]
    points: np.ndarray
    owner: np.ndarray

    def excess(self) -> Volume:
        """Return what calcifications added to the whole scan, float32 HU (z, y, x)."""
        out = np.zeros(self.frame.shape, dtype=np.float32)
        for part, values in self.blocks:
            out[part] += values
        return Volume(out, self.frame)

    def icac_in(self, ct: Volume, excess: Volume) -> Volume:
        """Return the ICAC of a scan in another form, uint8 (z, y, x); parameters as of :meth:`labels_in`."""
        labels, shown = self.labels_in(ct, excess)
        return ct.like(np.isin(labels, list(shown)).astype(np.uint8))

    def labels_in(self, ct: Volume, excess: Volume) -> tuple[np.ndarray, set[int]]:
        """Return the numbers of calcifications, from 1, uint8 (z, y, x), and which of them an observer sees.

        Parameters
        ----------
        ct, excess : Volume
            The scan and what calcifications add to it, on the same voxels, both in their new form.

        """
        mask = truth_mask(ct.array, excess.array)
        labels = np.zeros(mask.shape, dtype=np.uint8)
        if not len(self.points) or not mask.any():
            return labels, set()
        nearest = cKDTree(self.points).query(ct.frame.to_lps(np.argwhere(mask)[:, ::-1]))[1]
        labels[mask] = self.owner[nearest] + 1
        return labels, visible_lesions(labels, ct.array, excess.array)
