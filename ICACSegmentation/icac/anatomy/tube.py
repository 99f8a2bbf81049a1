"""Coordinates around an artery: along its course, around it, and away from its centreline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from icac.anatomy.course import Course
from icac.anatomy.nearest import nearest_sample


class Tube:
    """Tube coordinates (s, theta, r) of a course in the rotation-minimising frame of its centreline.

    s is the arc length in mm from the canal entrance, theta the angle in radians around the centreline, r the
    distance from the centreline in mm. The frame is transported by double reflection (Wang et al. 2008), so that a
    line of constant theta runs along the wall without twisting.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.s = course.arc_length_mm
        self.tangent = np.gradient(course.points, self.s, axis=0)
        self.tangent /= np.linalg.norm(self.tangent, axis=1, keepdims=True)
        self.normal = _transported_normals(course.points, self.tangent)
        self.binormal = np.cross(self.tangent, self.normal)

    @property
    def length_mm(self) -> float:
        """Length of the course in mm."""
        return float(self.s[-1])

    def radius_mm(self, s: np.ndarray | float) -> np.ndarray:
        """Outer radius of the lumen at arc length ``s``, mm."""
        return np.interp(s, self.s, self.course.radius_mm)

    def segment(self, s: np.ndarray) -> np.ndarray:
        """Bouthillier number of the sample nearest to arc length ``s`` (n,), shape (n,)."""
        middles = (self.s[1:] + self.s[:-1]) / 2
        return self.course.segment[np.searchsorted(middles, s)]

    def points(self, s: np.ndarray, theta: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Map tube coordinates, each of shape (n,), to LPS points (n, 3) in mm."""
        return self.centers(s) + np.asarray(r)[..., None] * self.radial(s, theta)

    def centers(self, s: np.ndarray) -> np.ndarray:
        """Return the points (n, 3) of the centreline at arc lengths (n,), LPS mm."""
        return self._along(self.course.points, s)

    def radial(self, s: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Return the directions (n, 3) away from the centreline at arc lengths and angles (n,)."""
        return (np.cos(theta)[..., None] * self._along(self.normal, s)
                + np.sin(theta)[..., None] * self._along(self.binormal, s))

    def _along(self, values: np.ndarray, s: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(s, self.s, column) for column in values.T], axis=-1)

    def coordinates(self, points: np.ndarray, s_range: tuple[float, float] | None = None) -> np.ndarray:
        """Map LPS points (n, 3) near the course, or near the part ``s_range`` of it, to (s, theta, r), shape (3, n)."""
        index = self.course.nearest(points).sample if s_range is None else self._nearest_within(points, s_range)
        offset = points - self.course.points[index]
        along = np.einsum("ij,ij->i", offset, self.tangent[index])
        x = np.einsum("ij,ij->i", offset, self.normal[index])
        y = np.einsum("ij,ij->i", offset, self.binormal[index])
        return np.stack([self.s[index] + along, np.arctan2(y, x), np.hypot(x, y)])

    def _nearest_within(self, points: np.ndarray, s_range: tuple[float, float]) -> np.ndarray:
        first, last = np.searchsorted(self.s, s_range)
        first, last = max(first - 1, 0), min(last + 1, len(self.s))
        samples = self.course.points[first:last]
        middle = samples.mean(axis=0)
        return nearest_sample(np.asarray(points, dtype=float) - middle, samples - middle) + first


@lru_cache(maxsize=8)
def tube_of(course: Course) -> Tube:
    """Return the tube coordinates of a course; the same object for the same course, as it takes milliseconds."""
    return Tube(course)


def _transported_normals(points: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    start = np.cross(tangent[0], (1.0, 0.0, 0.0))
    if np.linalg.norm(start) < 1e-3:
        start = np.cross(tangent[0], (0.0, 1.0, 0.0))
    normals = [start / np.linalg.norm(start)]
    for i in range(len(points) - 1):
        normals.append(_double_reflection(points[i:i + 2], tangent[i:i + 2], normals[-1]))
    return np.array(normals)


def _double_reflection(points: np.ndarray, tangent: np.ndarray, normal: np.ndarray) -> np.ndarray:
    step = points[1] - points[0]
    scale = 2.0 / (step @ step)
    reflected_normal = normal - scale * (step @ normal) * step
    reflected_tangent = tangent[0] - scale * (step @ tangent[0]) * step
    bend = tangent[1] - reflected_tangent
    square = bend @ bend
    if square < 1e-12:
        return reflected_normal
    return reflected_normal - 2.0 / square * (bend @ reflected_normal) * bend
