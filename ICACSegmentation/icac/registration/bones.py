"""Fast fit of the reference's bones to those of a scan, to bring the many starts close before the slow part.

Heads differ in size by more than rigid motion can hide: a rigid fit of a narrow vault into a wide one tilts it. The
fit therefore stretches the reference along its axes about the sella, at a price; only the rigid part goes into the
registration, and the stretch lets the later steps compare heads of the same size.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy import ndimage

from icac.geometry import Volume
from icac.geometry.rotations import rotation_matrix
from icac.registration.pose import Pose

#: Longest step: rotation in rad, shift in mm, logarithm of the stretch.
LONGEST_STEP = (0.2, 12.0, 0.05)
#: Standard deviation between heads of the logarithm of their size along one axis, and the largest allowed.
SIZE_SD, SIZE_LIMIT = 0.05, 0.25
#: Weight of the price of stretching against the misfit of the bones.
SIZE_WEIGHT = 0.003
#: Blur in mm of the bones at 8 and at 4 mm.
COARSE_BLUR_MM, FINE_BLUR_MM = 6.0, 2.5
#: Turns and stretch move the bones as if they lay so far from the sella, mm.
ARM_MM = 60.0
#: Every second, third .. voxel is left out of larger scans.
MOST_POINTS = 40_000


class BoneFit:
    """Fits the bones of the reference head to those of a scan, blurred to widen the reach.

    Parameters
    ----------
    scan_bone, measured : Volume
        Bone map and measured share of a scan on a coarse LPS-aligned grid, 0 to 1.
    reference_bone : Volume
        Bone map of the reference head, LPS-aligned grid of at most half that voxel size.
    blur_mm : float
        Standard deviation of the blur of both.

    """

    def __init__(self, scan_bone: Volume, measured: Volume, reference_bone: Volume, blur_mm: float) -> None:
        self._blur_mm = blur_mm
        self._look_at_reference(reference_bone)
        self._look_at_scan(scan_bone, measured)

    def _look_at_reference(self, bone: Volume) -> None:
        width = int(np.ceil(4 * self._blur_mm / bone.frame.spacing[0])) + 2
        padded = np.pad(_blur(bone, self._blur_mm), ((0, width), (width, width), (width, width)))
        frame = bone.frame.crop((-width, -width, 0), padded.shape[::-1])
        self._origin, self._spacing = (np.array(v, dtype=np.float32) for v in (frame.origin, frame.spacing))
        self._size = frame.size
        table = np.empty((*padded.shape, 4), np.float32)
        table[..., 0] = padded
        for number, (axis, spacing) in enumerate(zip((2, 1, 0), frame.spacing, strict=True), 1):
            table[..., number] = np.gradient(padded, spacing, axis=axis)
        self._table = table.reshape(-1, 4)

    def _look_at_scan(self, bone: Volume, measured: Volume) -> None:
        blurred = _blur(bone, self._blur_mm)
        near = (measured.array > 0.5) & (ndimage.maximum_filter(blurred, 5) > 0.02)
        chosen = np.flatnonzero(near)
        chosen = chosen[::1 + len(chosen) // MOST_POINTS]
        index = np.stack(np.unravel_index(chosen, near.shape)[::-1], axis=-1)
        # 32-bit floats place a point to a hundredth of a micrometre and halve the time of a step. All that is done to
        # points is done to their x, then y, then z: rows of thousands, where a row of three each would take 3 times as
        # long.
        self._points = np.ascontiguousarray(bone.frame.to_lps(index).T, dtype=np.float32)
        self._values = blurred.ravel()[chosen]

    def to(self, scan_bone: Volume, measured: Volume) -> BoneFit:
        """Return the fit of the same reference to another scan, or to a part of it."""
        other = copy(self)
        other._look_at_scan(scan_bone, measured)
        return other

    def refine(self, start: Pose, iterations: int = 25, enough_mm: float = 0.0) -> Pose:
        """Improve a pose by damped Gauss-Newton steps and return the best one met; a shorter step is the last."""
        best, best_terms, damping = start, self._terms(start), 1e-3 * 0.3
        for _ in range(iterations - 1):
            step = best_terms.step(damping)
            pose = _moved(best, step)
            terms = self._terms(pose)
            if terms.cost < best_terms.cost * (1 - 1e-5):
                best, best_terms, damping = pose, terms, damping * 0.3
            elif damping > 10:
                break
            else:
                damping = max(damping, 1e-3) * 8
            if _length_mm(step) < enough_mm:
                break
        return Pose(best.matrix, best.stretch, best_terms.likeness)

    def _terms(self, pose: Pose) -> _Terms:
        matrix, stretch = pose.matrix.astype(np.float32), pose.stretch.astype(np.float32)
        rigid = matrix[:3, :3].T @ (self._points - matrix[:3, 3:])
        value, gradient, known = self._look_up(rigid / stretch[:, None])
        if known.all():
            return _Terms(rigid, value, gradient, self._values, pose.stretch, 0.0)
        kept = np.flatnonzero(known)
        return _Terms(rigid.take(kept, axis=1), value.take(kept), gradient.take(kept, axis=0), self._values.take(kept),
                      pose.stretch, float((self._values[~known]**2).sum()))

    def _look_up(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of the reference at points (3, n): value (n,), gradient (n, 3), and where anything is known of it."""
        index = (points - self._origin[:, None]) / self._spacing[:, None]
        nearest = np.rint(index)
        outside = np.any([(row < 0) | (row >= size) for row, size in zip(nearest, self._size, strict=True)], axis=0)
        x, y, z = (nearest * ~outside).astype(np.intp)
        row = self._table.take((z * self._size[1] + y) * self._size[0] + x, axis=0)
        row[outside] = 0.0
        gradient, offset = row[:, 1:], np.empty((len(row), 3), np.float32)
        offset.T[:] = (index - nearest) * self._spacing[:, None]
        return row[:, 0] + np.einsum("ni,ni->n", gradient, offset), gradient, nearest[2] >= 0


class _Terms:
    """Misfit of a pose and its Gauss-Newton step over n scan points that have a counterpart in the reference.

    The points in reference space are (3, n), the gradient of the reference there (n, 3), value and scan (n,).
    """

    def __init__(self, rigid: np.ndarray, value: np.ndarray, gradient: np.ndarray, scan: np.ndarray,
                 stretch: np.ndarray, unknown_energy: float) -> None:
        self._rigid, self._value, self._gradient, self._scan = rigid, value, gradient, scan
        self._log_size = np.log(stretch)
        self._stretch = stretch
        energy = (scan**2).sum() + 0.2 * unknown_energy
        self._gain = (value * scan).sum() / ((value**2).sum() + 1e-9)
        self._price = SIZE_WEIGHT * energy / SIZE_SD**2
        self.likeness = float((value * scan).sum() / np.sqrt((value**2).sum() * energy + 1e-9))
        self.cost = 1.0 - self.likeness**2 + SIZE_WEIGHT * float((self._log_size**2).sum()) / SIZE_SD**2

    def step(self, damping: float) -> np.ndarray:
        """Return the damped step: rotation vector (rad), shift (mm), change of the logarithm of the stretch."""
        jacobian = self._jacobian()
        normal = (jacobian.T @ jacobian).astype(float)
        right = (jacobian.T @ (self._scan - self._gain * self._value)).astype(float)
        normal[6:, 6:] += self._price * np.eye(3)
        right[6:] -= self._price * self._log_size
        normal += damping * np.diag(np.diag(normal)) + 1e-9 * np.eye(9)
        step = np.linalg.solve(normal, right)
        lengths = [np.linalg.norm(step[i:i + 3]) for i in (0, 3, 6)]
        return step * min(1.0, *(limit / (length + 1e-12) for limit, length in zip(LONGEST_STEP, lengths, strict=True)))


    def _jacobian(self) -> np.ndarray:
        """Return how the reference changes at the points with each part of a step, (n, 9)."""
        slopes = [slope / size for slope, size in zip(self._gradient.T, self._stretch.astype(np.float32), strict=True)]
        (x, y, z), (dx, dy, dz) = self._rigid, slopes
        columns = (y * dz - z * dy, z * dx - x * dz, x * dy - y * dx, *slopes, -x * dx, -y * dy, -z * dz)
        jacobian = np.empty((len(self._value), len(columns)), np.float32)
        for number, column in enumerate(columns):
            np.multiply(column, np.float32(self._gain), out=jacobian[:, number])
        return jacobian


def _length_mm(step: np.ndarray) -> float:
    """Return how far a step moves the bones, mm, about."""
    turn, shift, stretch = (float(np.linalg.norm(part)) for part in np.split(step, 3))
    return shift + ARM_MM * (turn + stretch)


def _moved(pose: Pose, step: np.ndarray) -> Pose:
    """Move the scan points by ``step`` in reference space, and stretch the reference."""
    forward = np.eye(4)
    forward[:3, :3] = rotation_matrix(step[:3])
    forward[:3, 3] = step[3:6]
    log_size = np.clip(np.log(pose.stretch) + step[6:], -SIZE_LIMIT, SIZE_LIMIT)
    return Pose(pose.matrix @ np.linalg.inv(forward), np.exp(log_size), pose.likeness)


def _blur(volume: Volume, blur_mm: float) -> np.ndarray:
    return ndimage.gaussian_filter(volume.array, blur_mm / np.asarray(volume.frame.spacing)[::-1], mode="constant")
