"""Where to start: all shifts of many turned copies of the reference head are compared with the scan at 8 mm.

The likeness of the bones at every shift comes from one product of Fourier transforms for each rotation, so that no
assumption is needed on where in the scan the head lies. The overlap is taken into account (Padfield 2012, "Masked
object registration in the Fourier domain", IEEE TIP 21(5), here for the cosine of two non-negative maps).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
from scipy import fft, ndimage

from icac.geometry import Frame, Volume
from icac.geometry.rotations import cube_turns, rotation_matrix
from icac.registration.pose import Pose

#: Voxel size in mm of the search.
SPACING_MM = 8.0
#: Distance in degrees between neighbouring rotations of the search, and the largest searched.
STEP_DEG, LARGEST_DEG = 24.0, 28.0
#: Part of each head's bone energy added to that of the overlap, so that small overlaps do not win.
LEAST_OVERLAP = 0.15


def near_rotations() -> list[np.ndarray]:
    """Return rotations that cover all up to about 30 degrees about any axis, in a body-centred lattice."""
    cells = np.array(list(product(range(-4, 5), repeat=3)))
    cells = cells[(np.ptp(cells % 2, axis=1) == 0)] / np.sqrt(3.0) * STEP_DEG
    length = np.linalg.norm(cells, axis=1)
    return [rotation_matrix(np.radians(v)) for v in cells[np.argsort(length)] if np.linalg.norm(v) <= LARGEST_DEG]


def turned_rotations() -> list[np.ndarray]:
    """Return the 23 turned orientations of a cube: for heads whose scan states a wrong patient position."""
    return [turn for turn in cube_turns() if np.trace(turn) < 3]


def find_starts(scan_bone: Volume, measured: Volume, reference_bone: Volume, rotations: list[np.ndarray],
                count: int) -> list[Pose]:
    """Compare the bones at all rotations and all shifts and return the ``count`` best poses, best first.

    Parameters
    ----------
    scan_bone, measured : Volume
        Bone map of the scan and the share measured of every voxel, 0 to 1, LPS-aligned grid of 8 mm.
    reference_bone : Volume
        Bone map of the reference head, LPS-aligned grid of 8 mm; nothing is known below it, air lies elsewhere.
    rotations : list of numpy.ndarray
        Rotations of the reference about its origin, 3 x 3.
    count : int
        Number of starts.

    """
    search = _Search(scan_bone.array * measured.array, measured.array, reference_bone)
    with ThreadPoolExecutor(2) as threads:  # SciPy lets go of the interpreter
        shifts = list(threads.map(search.best_shifts, rotations))
    starts = [Pose(_matrix(rotation, shift, scan_bone.frame, search.frame), likeness=likeness)
              for rotation, best in zip(rotations, shifts, strict=True) for shift, likeness in best]
    return sorted(starts, key=lambda start: -start.likeness)[:count]


def _matrix(rotation: np.ndarray, shift: np.ndarray, scan: Frame, box: Frame) -> np.ndarray:
    """Return reference to scan LPS if voxel 0 of the turned box lies on voxel ``shift`` (x, y, z) of the scan."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = scan.to_lps(shift) - np.asarray(box.origin)
    return matrix


class _Search:
    """The Fourier transforms of the scan, and the shifts at which turned reference bones resemble it."""

    def __init__(self, bone: np.ndarray, measured: np.ndarray, reference: Volume) -> None:
        self._reference = reference
        skull = reference.frame.to_lps(np.argwhere(reference.array > 0.1)[:, ::-1])
        reach = int(np.ceil(np.linalg.norm(skull, axis=1).max() / SPACING_MM)) + 1
        self.frame = Frame.regular((SPACING_MM,) * 3, (2 * reach + 1,) * 3, center=(0.0, 0.0, 0.0))
        self._grid = self.frame.to_lps(np.moveaxis(np.indices(self.frame.shape)[::-1], 0, -1))
        self._shape = tuple(fft.next_fast_len(n + self.frame.size[0] - 1, real=True) for n in bone.shape)
        self._bone, self._energy, self._measured = (fft.rfftn(a.astype(np.float32), self._shape)
                                                    for a in (bone, bone**2, measured))
        self._scan_energy = float((bone**2).sum())

    def best_shifts(self, rotation: np.ndarray, count: int = 2) -> list[tuple[np.ndarray, float]]:
        """Return the best shifts (x, y, z in voxels) with their likeness."""
        bone, known = self._turned(rotation)
        square = bone**2
        likeness, scan, reference = (self._correlate(a, b) for a, b in
                                     ((self._bone, bone), (self._energy, known), (self._measured, square)))
        for overlap, energy in ((scan, self._scan_energy), (reference, float(square.sum()))):
            np.maximum(overlap, 0, out=overlap)
            overlap += LEAST_OVERLAP * energy
        scan *= reference
        likeness /= np.sqrt(scan, out=scan)
        best = []
        for _ in range(count):
            peak = tuple(int(n) for n in np.unravel_index(likeness.argmax(), likeness.shape))
            best.append((self._signed(peak)[::-1], float(likeness[peak])))
            near = tuple(slice(max(0, p - 3), p + 4) for p in peak)
            likeness[near] = 0
        return best

    def _turned(self, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return bone and knowledge (1 where bone or air is known) of the turned reference on the search box."""
        points = self._grid.reshape(-1, 3) @ rotation
        index = self._reference.frame.to_index(points)[:, ::-1].T
        shape = self.frame.shape
        bone = ndimage.map_coordinates(self._reference.array, index, order=1, cval=0.0).reshape(shape)
        return bone, (index[0] > -0.5).reshape(shape).astype(np.float32)

    def _correlate(self, transform: np.ndarray, template: np.ndarray) -> np.ndarray:
        """Return the correlation at every shift; in place, and lines of nothing but padding are not transformed."""
        planes, rows, columns = self._shape
        spectrum = fft.rfft(template.astype(np.float32), columns, axis=2)
        spectrum = fft.fft(fft.fft(spectrum, planes, axis=0, overwrite_x=True), rows, axis=1, overwrite_x=True)
        np.conjugate(spectrum, out=spectrum)
        spectrum *= transform
        return fft.irfftn(spectrum, self._shape, overwrite_x=True)

    def _signed(self, peak: tuple[int, ...]) -> np.ndarray:
        """Turn an index into the periodic correlation into a shift, negative where the box starts before the scan."""
        at, shape = np.array(peak), np.array(self._shape)
        return np.where(at > shape - self.frame.size[0], at - shape, at)
