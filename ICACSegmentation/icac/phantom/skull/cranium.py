"""The calvaria and the inner floor of the skull: large smooth surfaces.

The calvaria is star-shaped about a point above and behind the sella. Its mid-surface radii are those of the
average head CT of older adults in MNI space (Rorden's template), reduced to life size. The floor is the height of
the three cranial fossae above the plane.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RectBivariateSpline
from scipy.ndimage import map_coordinates

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Coordinates

#: Centre of the star-shaped calvaria, RAS mm.
CENTER = np.array([0.0, -22.8, 39.0], dtype=np.float32)

#: MNI space is larger than life; the same factor brings the template's sella and radii to life size.
LIFE_SIZE = 0.95

_ELEVATION = np.array([-60, -45, -30, -15, 0, 15, 30, 45, 60, 75, 90], dtype=float)
_AZIMUTH = np.array([0, 30, 60, 90, 120, 150, 180], dtype=float)
#: Mid-surface of the calvaria in template mm: rows by elevation, columns by azimuth from the front to the back.
_MID_RADIUS = np.array([
    [97, 92, 80, 81, 82, 84, 72],
    [97, 93, 79, 82, 84, 88, 88],
    [97, 93.5, 77, 80, 85.5, 94, 92.8],
    [97, 93.5, 75.5, 76, 81.5, 90.2, 92.5],
    [94.7, 91, 76, 73.5, 78.5, 87, 90.2],
    [91.7, 86, 77, 73.8, 78.8, 85.5, 86.2],
    [86.5, 81.2, 76.7, 76.2, 81, 84.7, 84.2],
    [81.5, 78.5, 76, 76.7, 81, 84.7, 83.5],
    [78.2, 77.8, 76, 76.8, 80.7, 83.7, 83],
    [77.5, 78.2, 78.2, 79, 80.5, 81.5, 81.2],
    [79, 79, 79, 79, 79, 79, 79],
]) * LIFE_SIZE
#: Relative thickness: thin temporal squama, thick occiput.
_THICKNESS = np.array([
    [0.8, 0.7, 0.5, 0.6, 0.8, 0.9, 0.9],
    [0.8, 0.7, 0.5, 0.6, 0.8, 0.9, 1.2],
    [1.1, 0.9, 0.5, 0.5, 0.8, 0.9, 1.4],
    [1.2, 1.0, 0.5, 0.45, 0.8, 0.9, 1.2],
    [1.2, 1.0, 0.6, 0.5, 0.8, 0.9, 1.1],
    [1.1, 1.0, 0.7, 0.7, 0.9, 1.0, 1.0],
    [1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.0],
    *[[1.0] * 7] * 4,
])


def _dense(table: np.ndarray) -> np.ndarray:
    """Interpolate a table to 5 x 5 degree steps (rows -60..90, columns 0..180)."""
    spline = RectBivariateSpline(_ELEVATION, _AZIMUTH, table, kx=2, ky=2, s=0)
    return spline(np.arange(-60, 91, 5.0), np.arange(0, 181, 5.0)).astype(np.float32)


_DENSE_RADIUS, _DENSE_THICKNESS = _dense(_MID_RADIUS), _dense(_THICKNESS)


def shell(p: Coordinates, parameters: HeadParameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the signed distance to the mid-surface of the calvaria (negative inside) and its half thickness, mm."""
    x, y, z = (p[i] - CENTER[i] for i in range(3))
    r = np.sqrt(x * x + y * y + z * z) + np.float32(1e-3)
    elevation = np.degrees(np.arcsin(np.clip(z / r, -1, 1)))
    azimuth = np.degrees(np.arctan2(np.abs(x), y))
    at = np.stack([((elevation + 60) / 5).ravel(), (azimuth / 5).ravel()])
    radius = map_coordinates(_DENSE_RADIUS, at, order=1, mode="nearest").reshape(r.shape)
    half = map_coordinates(_DENSE_THICKNESS, at, order=1, mode="nearest").reshape(r.shape)
    return r - radius, half * np.float32(0.5 * parameters.vault_mm)


def _blend(place: np.ndarray, edge: np.ndarray | float, width: float) -> np.ndarray:
    """Return a smooth step from 0 below ``edge`` to 1 above it."""
    return 1 / (1 + np.exp(np.clip((edge - place) / width, -30, 30)))


def floor_height(x: np.ndarray, y: np.ndarray, parameters: HeadParameters) -> np.ndarray:
    """Return the height z (RAS mm) of the inner surface of the skull base at (x, y)."""
    ax = np.abs(x)
    posterior = -43 + 9 * (ax / 42) ** 2 + 5 * np.clip((-y - 62) / 25, 0, 2) ** 2
    middle = (-17 + 13 * np.clip((24 - ax) / 12, 0, 1) ** 1.5 + 7 * np.clip((ax - 42) / 18, 0, 1.5) ** 2
              + 10 * np.clip((y - 16) / 22, 0, 1.2) ** 2)
    anterior = 4 + 8.5 * np.exp(-(((ax - 27) / 15) ** 2)) * np.clip((y - 12) / 14, 0, 1) \
        - 2 * np.exp(-((ax / 6) ** 2)) + 8 * np.clip((y - 50) / 18, 0, 1.5) ** 2
    ridge = _ridge(ax)
    wing = 11 + 0.36 * np.maximum(ax - 13, 0)
    lateral = posterior + (middle - posterior) * _blend(y, ridge, 1.5)
    lateral = lateral + (anterior - lateral) * _blend(y, wing, 1.2)
    sella = -0.62 * parameters.sella_depth_mm
    clivus = np.minimum(-20.5 + 1.76 * (y + 19.5), sella)  # slopes back and down inside the clivus
    central = np.maximum(posterior, clivus)
    central = central + (sella - central) * _blend(y, -9.0, 1.5)
    central = central + (anterior - central) * _blend(y, 7.5, 1.0)
    return central + (lateral - central) * _blend(ax, 11.5, 1.0)


def _ridge(ax: np.ndarray) -> np.ndarray:
    """Return y (RAS mm) of the petrous ridge at a distance from the midline."""
    return -11 - 0.95 * (ax - 11)


def under_steps(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return how deep (mm, positive inside) points lie at the steps of the floor that no bone of their own covers.

    The floor steps down to the posterior fossa behind the petrous pyramids and beside the clivus; below the pyramids
    there is no bone in front of these steps.
    """
    ax = np.abs(x)
    pyramid = np.float32(4.0) - np.abs(y - _ridge(ax))
    clivus = np.minimum(np.float32(2.5) - np.abs(ax - np.float32(11.5)), np.float32(17.0) - np.abs(y + 22))
    return np.minimum(np.maximum(pyramid, clivus), np.float32(-14.0) - z)


def lower_edge(y: np.ndarray) -> np.ndarray:
    """Return the height (RAS mm) below which the calvaria ends: supraorbital rim, temporal squama, occiput."""
    return np.interp(y, [-95, -45, -25, 18, 30, 45], [-50, -50, -22, -18, 0, 7]).astype(np.float32)
