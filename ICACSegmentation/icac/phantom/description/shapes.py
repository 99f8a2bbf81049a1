"""Signed distances of simple solids, negative inside, mm.

Each solid is made of points in head coordinates (RAS mm) and knows its bounding box, so that it is evaluated only
where it matters. Distances are exact for capsules and boxes and first-order for ellipsoids, which is enough within
a few mm of the surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Coordinates = tuple[np.ndarray, np.ndarray, np.ndarray]


class Solid(Protocol):
    """A region with a signed distance and a bounding box."""

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner (RAS mm) of the solid."""

    def distance(self, p: Coordinates) -> np.ndarray:
        """Return the signed distance in mm at coordinates (x, y, z), negative inside."""


def mirrored(point: tuple[float, float, float], sign: int) -> tuple[float, float, float]:
    """Return the point given for the right side (RAS +x) on the side of ``sign`` (+1 right, -1 left)."""
    return (sign * point[0], point[1], point[2])


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with semi-axes ``radii``, optionally turned by ``yaw`` degrees about the z axis."""

    center: tuple[float, float, float]
    radii: tuple[float, float, float]
    yaw: float = 0.0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners of a box around the solid."""
        reach = np.array(self.radii if self.yaw == 0 else (max(self.radii[:2]),) * 2 + (self.radii[2],))
        return np.array(self.center) - reach, np.array(self.center) + reach

    def distance(self, p: Coordinates) -> np.ndarray:
        """First-order distance: k0 (k0 - 1) / k1."""
        x, y, z = (p[i] - np.float32(self.center[i]) for i in range(3))
        if self.yaw:
            c, s = np.float32(np.cos(np.radians(self.yaw))), np.float32(np.sin(np.radians(self.yaw)))
            x, y = c * x + s * y, c * y - s * x
        a, b, d = (np.float32(r) for r in self.radii)
        k0 = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / d) ** 2)
        k1 = np.sqrt((x / a**2) ** 2 + (y / b**2) ** 2 + (z / d**2) ** 2)
        return k0 * (k0 - 1) / np.maximum(k1, np.float32(1e-4))


@dataclass(frozen=True)
class Tube:
    """A chain of tapered capsules along ``points`` with the radius at each; ``flat`` scales z about the axis."""

    points: tuple[tuple[float, float, float], ...]
    radii: tuple[float, ...]
    flat: float = 1.0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners of a box around the solid."""
        points, radii = np.array(self.points), np.array(self.radii)[:, None]
        return (points - radii).min(axis=0), (points + radii).max(axis=0)

    def distance(self, p: Coordinates) -> np.ndarray:
        """Distance to the nearest piece; radii are interpolated along each piece."""
        out: np.ndarray | None = None
        stretch = np.float32(1 / self.flat)
        for a, b, ra, rb in zip(self.points, self.points[1:], self.radii, self.radii[1:], strict=False):
            d = np.asarray(b, float) - a
            n = float(d @ d) or 1.0
            q = [p[i] - np.float32(a[i]) for i in range(3)]
            t = np.clip(sum(np.float32(d[i] / n) * q[i] for i in range(3)), 0, 1)
            r = [q[i] - t * np.float32(d[i]) for i in range(3)]
            dist = np.sqrt(r[0] ** 2 + r[1] ** 2 + (r[2] * stretch) ** 2) - (np.float32(ra) + t * np.float32(rb - ra))
            out = dist if out is None else np.minimum(out, dist, out=out)
        assert out is not None, "a tube has at least two points"
        return out


@dataclass(frozen=True)
class Box:
    """A box with rounded edges, turned by ``pitch`` (about x) and ``yaw`` (about z) degrees."""

    center: tuple[float, float, float]
    half: tuple[float, float, float]
    rounding: float = 1.0
    pitch: float = 0.0
    yaw: float = 0.0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners of a box around the solid."""
        reach = np.array(self.half)
        if self.pitch or self.yaw:
            reach = np.full(3, float(np.linalg.norm(self.half)))
        return np.array(self.center) - reach, np.array(self.center) + reach

    def distance(self, p: Coordinates) -> np.ndarray:
        """Exact distance of a rounded box."""
        x, y, z = (p[i] - np.float32(self.center[i]) for i in range(3))
        if self.yaw:
            c, s = np.float32(np.cos(np.radians(self.yaw))), np.float32(np.sin(np.radians(self.yaw)))
            x, y = c * x + s * y, c * y - s * x
        if self.pitch:
            c, s = np.float32(np.cos(np.radians(self.pitch))), np.float32(np.sin(np.radians(self.pitch)))
            y, z = c * y + s * z, c * z - s * y
        r = np.float32(min(self.rounding, *self.half))
        q = [np.abs(v) - np.float32(h) + r for v, h in zip((x, y, z), self.half, strict=True)]
        outside = np.sqrt(sum(np.maximum(v, 0) ** 2 for v in q))
        return outside + np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0) - r


@dataclass(frozen=True)
class Ring:
    """An elliptic ring (torus) in a plane turned by ``pitch`` degrees about x; ``radius`` of its cross-section."""

    center: tuple[float, float, float]
    semi_x: float
    semi_y: float
    radius: float
    pitch: float = 0.0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners of a box around the solid."""
        long = max(self.semi_x, self.semi_y) + self.radius
        reach = np.array([self.semi_x + self.radius, long, long if self.pitch else self.radius])
        return np.array(self.center) - reach, np.array(self.center) + reach

    def distance(self, p: Coordinates) -> np.ndarray:
        """First-order distance to the elliptic centre line, less the radius."""
        x, y, z = (p[i] - np.float32(self.center[i]) for i in range(3))
        if self.pitch:
            c, s = np.float32(np.cos(np.radians(self.pitch))), np.float32(np.sin(np.radians(self.pitch)))
            y, z = c * y + s * z, c * z - s * y
        a, b = np.float32(self.semi_x), np.float32(self.semi_y)
        k0 = np.sqrt((x / a) ** 2 + (y / b) ** 2)
        k1 = np.sqrt((x / a**2) ** 2 + (y / b**2) ** 2)
        plane = k0 * (k0 - 1) / np.maximum(k1, np.float32(1e-4))
        return np.sqrt(plane**2 + z**2) - np.float32(self.radius)


def smooth_min(a: np.ndarray, b: np.ndarray, k: float) -> np.ndarray:
    """Smooth union of two distances with blending radius ``k`` mm (quadratic polynomial)."""
    h = np.maximum(np.float32(k) - np.abs(a - b), 0)
    return np.minimum(a, b) - h * h * np.float32(0.25 / k)
