"""Fitting a registered carotid course to the canals and the soft tissue of a real head.

Rigid registration brings the mean course to within a few millimetres, which at the skull base can mean bone. The
artery itself is soft: each station of the course may move across its direction to where the lumen holds least bone
and least air; the course as a whole moves smoothly and no farther than needed (dynamic programming).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from icac.anatomy import Course
from icac.geometry import Volume
from icac.simulate.patient.wall import Wall

#: Distance between stations, farthest shift and step of shifts, mm.
STATION_MM, REACH_MM, STEP_MM = 2.0, 5.0, 1.0

#: Where the lumen is sampled, as shares of its radius.
_RINGS = (0.0, 0.55, 1.0)

#: Cost of a shift from the registered course, and of a change of shift from station to station, per mm^2.
PRIOR_COST, BEND_COST = 0.006, 0.06

#: Bone begins and is certain at these CT numbers; so is air (HU).
BONE_HU, AIR_HU = (130.0, 350.0), (-50.0, -300.0)


def fit_course(course: Course, hu: Volume, air_is_tissue: bool = False) -> Course:
    """Move a course out of bone and air.

    Parameters
    ----------
    course : Course
        LPS mm of the scan.
    hu : Volume
        The scan.
    air_is_tissue : bool
        True for a bare skull, whose canals hold air.

    Returns
    -------
    Course
        With the same radii and segments.

    """
    wall = Wall(course)
    stations = np.linspace(0, len(wall.s) - 1, max(int(wall.length_mm / STATION_MM), 2)).round().astype(int)
    shifts = _shifts()
    cost = _lumen_cost(wall, stations, shifts, hu, air_is_tissue) + PRIOR_COST * (shifts**2).sum(axis=1)
    path = shifts[_cheapest_path(cost, BEND_COST * ((shifts[:, None] - shifts) ** 2).sum(axis=-1))]
    path = gaussian_filter1d(path, 1.0, axis=0, mode="nearest")
    u, v = (np.interp(wall.s, wall.s[stations], component) for component in path.T)
    return replace(course, points=course.points + u[:, None] * wall.normal + v[:, None] * wall.binormal)


def bone_share(course: Course, hu: Volume) -> float:
    """Return the share of the centreline that lies in bone, 0 to 1."""
    return float(_penalty(_sample(hu, course.points), air_is_tissue=True).mean())


def _shifts() -> np.ndarray:
    steps = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return grid[np.linalg.norm(grid, axis=1) <= REACH_MM]


def _lumen_cost(wall: Wall, stations: np.ndarray, shifts: np.ndarray, hu: Volume, air_is_tissue: bool) -> np.ndarray:
    """Mean penalty of the lumen at each station for each shift, (stations, shifts)."""
    angles = np.arange(8) * np.pi / 4
    disc = np.concatenate([ring * np.stack([np.cos(angles), np.sin(angles)], axis=-1) for ring in _RINGS])
    radius = wall.course.radius_mm[stations]
    offset = shifts[None, :, None] + radius[:, None, None, None] * disc
    points = (wall.course.points[stations, None, None] + offset[..., :1] * wall.normal[stations, None, None]
              + offset[..., 1:] * wall.binormal[stations, None, None])
    return _penalty(_sample(hu, points), air_is_tissue).mean(axis=-1)


def _penalty(values: np.ndarray, air_is_tissue: bool) -> np.ndarray:
    bone = np.clip((values - BONE_HU[0]) / (BONE_HU[1] - BONE_HU[0]), 0.0, 1.0)
    air = 0.0 if air_is_tissue else np.clip((values - AIR_HU[0]) / (AIR_HU[1] - AIR_HU[0]), 0.0, 1.0)
    return bone + air


def _sample(hu: Volume, points: np.ndarray) -> np.ndarray:
    index = hu.frame.to_index(points.reshape(-1, 3)).T[::-1]
    return map_coordinates(hu.array, index, order=1, mode="nearest", output=np.float32).reshape(points.shape[:-1])


def _cheapest_path(cost: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the choice at each station (rows of ``cost``) that is cheapest with the cost of changes in between."""
    total, back = cost[0], []
    for row in cost[1:]:
        through = total[:, None] + change
        back.append(through.argmin(axis=0))
        total = through.min(axis=0) + row
    path = [int(total.argmin())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return np.array(path[::-1])
