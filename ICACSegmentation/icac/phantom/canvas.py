"""A frame on which the solids of a head are painted: where they lie, and how much of each voxel they fill."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from icac.air import AIR_HU
from icac.geometry import Frame, lps_to_ras, three
from icac.phantom.description.shapes import Solid, smooth_min
from icac.phantom.head_shape import HeadShape
from icac.phantom.skull.piece import TISSUES, Piece

#: A random warp moves a solid by no more than this many standard deviations.
_WARP_REACH = 3.5
#: Distance reported far from any bone, mm.
FAR_MM = 50.0


class Canvas:
    """The voxels of a frame in the model of a head, and their CT numbers so far: air, until something is painted.

    Parameters
    ----------
    head : HeadShape
    frame : Frame
        LPS mm; the head is at rest, its sella at the origin.

    Attributes
    ----------
    q : HeadParameters
        Of the head.
    p : tuple of numpy.ndarray
        Model coordinates x, y, z of all voxels, RAS mm, float32 (z, y, x).
    hu : numpy.ndarray
        float32 (z, y, x).

    """

    def __init__(self, head: HeadShape, frame: Frame) -> None:
        self.head, self.q, self.frame = head, head.parameters, frame
        self.softness = np.float32(max(frame.voxel_volume_mm3 ** (1 / 3), 0.3))
        self.p = self._model_coordinates()
        self.hu = np.full(frame.shape, AIR_HU, dtype=np.float32)

    def _model_coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return model coordinates of all voxels."""
        spans = [np.arange(n) for n in self.frame.size]
        affine = self.frame.affine * np.array([[-1.0], [-1.0], [1.0], [1.0]])
        scale = np.asarray(self.q.scale)
        out = []
        for axis in range(3):
            i, j, k = (affine[axis, a] / scale[axis] * spans[a] for a in range(3))
            base = affine[axis, 3] / scale[axis]
            out.append((k[:, None, None] + j[None, :, None] + i[None, None, :] + base).astype(np.float32))
        if self.q.warp_mm:
            for axis, field in enumerate(self.head.warp):
                out[axis] += np.float32(self.q.warp_mm) * self.interpolated(self._unwarped, field.at, 4.0)
        return three(out)

    def interpolated(self, to_model: Callable[[np.ndarray], np.ndarray],
                     function: Callable[..., np.ndarray], step_mm: float) -> np.ndarray:
        """Evaluate a smooth function of model coordinates every ``step_mm`` and interpolate it linearly."""
        step = [max(1, round(step_mm / s)) for s in self.frame.spacing]
        affine = self.frame.affine.copy()
        affine[:3, :3] *= step
        size = three((n - 1) // s + 2 for n, s in zip(self.frame.size, step, strict=True))
        coarse = Frame(affine, size)
        index = np.moveaxis(np.indices(size[::-1]), 0, -1).reshape(-1, 3)[:, ::-1]
        model = to_model(lps_to_ras(coarse.to_lps(index))).astype(np.float32)
        values = function(*(np.ascontiguousarray(model[:, a]).reshape(coarse.shape) for a in range(3)))
        values = values.astype(np.float32)
        for axis, stride in zip((2, 1, 0), step, strict=True):
            values = _refined(values, axis, stride, self.frame.shape[axis])
        return values

    def smooth(self, function: Callable[..., np.ndarray]) -> np.ndarray:
        """Return a function of model coordinates (x, y, z) that changes little within 2 mm, on the frame."""
        return self.interpolated(self.head.to_model, function, 2.0)

    def window(self, solid: Solid, margin: float = 0.0) -> tuple[slice, slice, slice] | None:
        """Return the part of the frame (z, y, x) that a solid can touch, or None."""
        low, high = solid.bounds()
        reach = margin + _WARP_REACH * self.q.warp_mm + 2 * self.softness
        scale = np.asarray(self.q.scale)
        corners = np.array(np.meshgrid(*zip((low - reach) * scale, (high + reach) * scale, strict=True),
                                       indexing="ij"))
        index = self.frame.to_index(lps_to_ras(corners.reshape(3, -1).T))
        start = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
        stop = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, self.frame.size)
        if (stop <= start).any():
            return None
        return three(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))

    def occupancy(self, distance: np.ndarray) -> np.ndarray:
        """Share of a voxel inside a surface at signed ``distance`` mm from its centre."""
        return np.clip(np.float32(0.5) - distance / self.softness, 0, 1)

    def fill(self, solids: Iterable[Solid], hu: float, inside: np.ndarray | None = None) -> None:
        """Paint solids with one density, only where ``inside`` (share, whole frame) allows it."""
        for solid in solids:
            window = self.window(solid)
            if window is None:
                continue
            share = self.occupancy(solid.distance(three(c[window] for c in self.p)))
            if inside is not None:
                share *= inside[window]
            self.hu[window] += share * (np.float32(hu) - self.hu[window])

    def unite(self, field: np.ndarray, tissue: np.ndarray, pieces: Iterable[Piece]) -> None:
        """Join pieces of bone to a signed distance and the tissue of the nearest piece, in place."""
        for solid, blend, kind in pieces:
            window = self.window(solid, blend + 1.5)
            if window is None:
                continue
            distance = solid.distance(three(c[window] for c in self.p))
            tissue[window][distance < field[window]] = TISSUES.index(kind)
            field[window] = smooth_min(field[window], distance, blend)

    def field(self, solids: Iterable[tuple[Solid, float]], margin: float) -> np.ndarray:
        """Return the signed distance of the smooth union of (solid, blend) on the whole frame."""
        field = np.full(self.frame.shape, FAR_MM, dtype=np.float32)
        for solid, blend in solids:
            window = self.window(solid, margin)
            if window is not None:
                distance = solid.distance(three(c[window] for c in self.p))
                field[window] = smooth_min(field[window], distance, blend)
        return field

    def _unwarped(self, ras: np.ndarray) -> np.ndarray:
        return ras / np.asarray(self.q.scale)


def _refined(values: np.ndarray, axis: int, stride: int, size: int) -> np.ndarray:
    """Interpolate linearly between samples ``stride`` voxels apart; the first sample is voxel 0."""
    if stride == 1:
        return np.take(values, range(size), axis=axis)
    index = np.arange(size)
    shape = [1, 1, 1]
    shape[axis] = size
    weight = ((index % stride) / stride).astype(np.float32).reshape(shape)
    low = np.take(values, index // stride, axis=axis)
    return low + weight * (np.take(values, index // stride + 1, axis=axis) - low)
