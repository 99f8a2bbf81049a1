"""Imaging small fine objects onto the slices of a scan that exists already, blurred as that scan is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.ct.edges import FWHM_PER_SD
from icac.geometry import Frame, three
from icac.simulate.scanner.kernel import response_matrix
from icac.simulate.scanner.scan_grid import PROFILE_EDGE, remaining_sd
from icac.simulate.scanner.slices import Slices


@dataclass(frozen=True, eq=False)
class SliceImager:
    """Images fine objects onto slices.

    Gantry coordinates are mm along the rows, the columns and the normal of the slices, from the origin of LPS.

    Attributes
    ----------
    slices : Slices
    fwhm_mm : float
        Full width at half maximum of the blur in the slices; across them it is their thickness.

    """

    slices: Slices
    fwhm_mm: float

    def to_gantry(self, points: np.ndarray) -> np.ndarray:
        """Map LPS points (n, 3) to gantry coordinates, mm."""
        return points @ self.slices.axes

    def fine_frame(self, low: np.ndarray, high: np.ndarray, spacing_mm: float) -> Frame:
        """Return the fine grid, aligned with the slices, over a box of gantry coordinates."""
        size = np.ceil((high - low) / spacing_mm).astype(int) + 1
        affine = np.eye(4)
        affine[:3, :3] = self.slices.axes * spacing_mm
        affine[:3, 3] = self.slices.axes @ low
        return Frame(affine, tuple(size))

    def box(self, low: np.ndarray, high: np.ndarray) -> tuple[slice, slice, slice] | None:
        """Slices, rows and columns that see a box of gantry coordinates, or None."""
        corners = self.to_gantry(self.slices.positions)
        reach = np.array([2.0 * self.fwhm_mm] * 2 + [0.8 * self.slices.thickness_mm.max()])
        low, high = low - reach, high + reach
        seen = np.flatnonzero((corners[:, 2] >= low[2]) & (corners[:, 2] <= high[2]))
        if not len(seen):
            return None
        box = [slice(int(seen[0]), int(seen[-1]) + 1)]
        for axis, count in ((1, self.slices.hu.shape[1]), (0, self.slices.hu.shape[2])):
            step, first = self.slices.spacing[axis], corners[seen, axis]
            start = max(int(np.floor((low[axis] - first.max()) / step)), 0)
            stop = min(int(np.ceil((high[axis] - first.min()) / step)) + 1, count)
            if stop <= start:
                return None
            box.append(slice(start, stop))
        return three(box)

    def image(self, fine: np.ndarray, frame: Frame, box: tuple[slice, slice, slice]) -> np.ndarray:
        """Blur a fine object (z, y, x) on a frame of :meth:`fine_frame`; it is zero beyond it.

        Returns
        -------
        numpy.ndarray of float32
            On the slices, rows and columns of ``box``.

        """
        start, step = self.to_gantry(np.asarray(frame.origin)), frame.spacing[0]
        corners = self.to_gantry(self.slices.positions[box[0]])
        sd = remaining_sd(self.fwhm_mm / FWHM_PER_SD, step)
        profile = np.concatenate([
            response_matrix(corner[None, 2], start[2], step, fine.shape[0], thickness, PROFILE_EDGE * thickness, False)
            for corner, thickness in zip(corners, self.slices.thickness_mm[box[0]], strict=True)])
        rows, columns = (np.arange(part.start, part.stop) * self.slices.spacing[axis]
                         for part, axis in ((box[1], 1), (box[2], 0)))
        out = np.empty([part.stop - part.start for part in box], dtype=np.float32)
        for k, plane in enumerate(np.tensordot(profile, fine, axes=1)):
            across = response_matrix(corners[k, 0] + columns, start[0], step, plane.shape[1], 0.0, sd, extend=False)
            down = response_matrix(corners[k, 1] + rows, start[1], step, plane.shape[0], 0.0, sd, extend=False)
            out[k] = down @ plane @ across.T
        return out
