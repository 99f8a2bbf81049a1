"""Coordinates of the vessel wall: along the artery, around it, and away from its centreline."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from icac.anatomy import Course

#: Direction in which calcifications of the siphon cluster (Berghout et al. 2025: posterosuperior), LPS.
POSTEROSUPERIOR = np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)


class Wall:
    """Tube coordinates (s, theta, r) of a course in the rotation-minimising frame of its centreline.

    s is the arc length in mm from the canal entrance, theta the angle in radians around the centreline, r the
    distance from the centreline in mm. The frame is transported by double reflection (Wang et al. 2008), so that a
    lesion of constant theta runs along the wall without twisting.
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

    @cached_property
    def _posterosuperior_theta(self) -> np.ndarray:
        return np.unwrap(np.arctan2(self.binormal @ POSTEROSUPERIOR, self.normal @ POSTEROSUPERIOR))

    def posterosuperior_theta(self, s: float) -> float:
        """Angle of the posterosuperior wall at arc length ``s``, radians."""
        return float(np.interp(s, self.s, self._posterosuperior_theta))

    def radius_mm(self, s: np.ndarray | float) -> np.ndarray:
        """Outer radius of the lumen at arc length ``s``, mm."""
        return np.interp(s, self.s, self.course.radius_mm)

    def points(self, s: np.ndarray, theta: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Map tube coordinates, each of shape (n,), to LPS points (n, 3) in mm."""
        def along(values: np.ndarray) -> np.ndarray:
            return np.stack([np.interp(s, self.s, column) for column in values.T], axis=-1)

        radial = np.cos(theta)[..., None] * along(self.normal) + np.sin(theta)[..., None] * along(self.binormal)
        return along(self.course.points) + np.asarray(r)[..., None] * radial

    def coordinates(self, points: np.ndarray, s_range: tuple[float, float]) -> np.ndarray:
        """Map LPS points (n, 3) near the part ``s_range`` of the course to (s, theta, r), shape (3, n)."""
        first, last = np.searchsorted(self.s, s_range)
        first, last = max(first - 1, 0), min(last + 1, len(self.s))
        _, index = cKDTree(self.course.points[first:last]).query(points)
        index += first
        offset = points - self.course.points[index]
        along = np.einsum("ij,ij->i", offset, self.tangent[index])
        x = np.einsum("ij,ij->i", offset, self.normal[index])
        y = np.einsum("ij,ij->i", offset, self.binormal[index])
        return np.stack([self.s[index] + along, np.arctan2(y, x), np.hypot(x, y)])


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
