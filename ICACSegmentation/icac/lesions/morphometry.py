"""The form of calcium: surface, thickness, arc, length, distance from the lumen, and spread of its CT numbers.

Everything is measured in mm, whatever the voxels. What concerns the wall follows from the course and radius of the
carotid and from how the calcium lines it (:mod:`icac.lesions.lining`); where it lies on no wall, it is not known.
Sums of the voxels of each lesion are kept by segment, so that segments, sides and all together are measured by the
same rule as a lesion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from icac.anatomy import SEGMENTS, Segment
from icac.anatomy.course import Course
from icac.anatomy.tube import tube_of
from icac.geometry import Frame
from icac.geometry.box import Box
from icac.lesions import surface
from icac.lesions.lining import DIRECTIONS, STATION_MM, WALL_MM, Lining, lining_of

#: Share of a lesion's voxels that must lie at the wall, or it lies on none.
AT_WALL_SHARE = 0.5

#: Gap along the course, mm, that does not interrupt calcium: voxels and noise make smaller ones.
BRIDGED_MM = 1.0

#: Least arc, degrees, of calcium on either of two opposite sides that makes them opposed.
OPPOSED_DEG = 20.0

#: Words for reports.
DEFINITIONS = {
    "surface_mm2": surface.DEFINITION,
    "thickness": "Extent of the calcium along rays from the centreline of the course across the wall, mm: mean over "
                 "the wall that it covers, and largest.",
    "section_thickness_mm": "Largest thickness in a cross-section of the course, mean over the length: what a reader "
                            "measures where calcium is thick in the middle and thin at its edges.",
    "arc": "Width of the calcium around the lumen in a cross-section of the course, divided by the radius of the lumen "
           "there, degrees (360 at most): mean over the length, and largest. It is the angle that the calcium would "
           "cover if it lay on the outer radius of the lumen, so that a course that is a little off the middle does "
           "not change it.",
    "length_mm": f"Length of the course along which there is calcium, in steps of {STATION_MM:g} mm. That of a side "
                 "counts lesions beside each other once.",
    "longest_run_mm": "Length of the longest calcium that hangs together along the wall, gaps of up to "
                      f"{BRIDGED_MM:g} mm bridged: plates on two sides of the lumen are two.",
    "opposed_length_mm": "Length of the course along which calcium lies on opposite sides of the lumen, at least "
                         f"{OPPOSED_DEG:g} degrees of each.",
    "lumen_distance_mm": "Mean distance of the voxels from the lumen: that from the centreline less the radius of the "
                         "lumen; negative inside of it.",
    "sd_hu": "Standard deviation of the CT numbers of the voxels.",
    "mass_like_product": "Volume in mm3 x mean HU / 1000. Proportional to the mass of calcium in scans of one protocol "
                         "only: it is not calibrated by a phantom, and is no mass.",
    "wall": f"Thickness, arc, length and distance need a course: they count calcium up to {WALL_MM:g} mm outside the "
            f"lumen of its side, and are not known for lesions of which less than {AT_WALL_SHARE:.0%} lie there.",
}


@dataclass(frozen=True)
class Morphometry:
    """The form of some calcium; what :data:`DEFINITIONS` says. Not a number where it is not known.

    Attributes
    ----------
    lesions : int
        Number of lesions; of a segment, those that are named after it.
    surface_mm2, mean_hu, sd_hu, mass_like_product : float
    mean_thickness_mm, section_thickness_mm, max_thickness_mm, mean_arc_deg, max_arc_deg : float
    length_mm, longest_run_mm, opposed_length_mm, lumen_distance_mm : float

    """

    lesions: int
    surface_mm2: float
    mean_hu: float
    sd_hu: float
    mass_like_product: float
    mean_thickness_mm: float
    section_thickness_mm: float
    max_thickness_mm: float
    mean_arc_deg: float
    max_arc_deg: float
    length_mm: float
    longest_run_mm: float
    opposed_length_mm: float
    lumen_distance_mm: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the measures in order."""
        return tuple(field.name for field in fields(cls))


class Sums(NamedTuple):
    """Sums over voxels."""

    voxels: float
    volume_mm3: float
    hu: float
    hu_square: float
    surface_mm2: float
    at_wall: float
    """Number of voxels at the wall."""
    outside_mm: float
    """Of the distances of these from the lumen."""


@dataclass(frozen=True, eq=False)
class Tally:
    """What is summed of one lesion, from which every measure follows.

    Attributes
    ----------
    segment : Segment
        After which it is named.
    sums : numpy.ndarray
        (8, 7): row by Bouthillier number, columns of :class:`Sums`.
    lining : Lining
        Without a cell if the lesion lies on no wall.

    """

    segment: Segment
    sums: np.ndarray
    lining: Lining


def tally(inside: np.ndarray, box: Box, hu: np.ndarray, frame: Frame, course: Course) -> Tally:
    """Sum up a lesion.

    Parameters
    ----------
    inside : numpy.ndarray of bool
        Its voxels in the box, (z, y, x); at least one.
    box : Box
        Of the scan.
    hu : numpy.ndarray
        CT numbers in the box.
    frame : Frame
        Of the scan.
    course : Course
        Of its side, in the space of the scan.

    """
    start = np.array([part.start for part in box])
    nearest = course.nearest(frame.to_lps((np.argwhere(inside) + start)[:, ::-1]))
    outside = nearest.distance_mm - course.radius_mm[nearest.sample]
    at_wall = outside <= WALL_MM
    if at_wall.mean() < AT_WALL_SHARE:
        at_wall[:] = False
    values = hu[inside].astype(float)
    # In the order of Sums.
    columns = (np.ones(len(values)), np.full(len(values), frame.voxel_volume_mm3), values, values**2,
               surface.surface_of_voxels(inside, frame)[inside], at_wall, np.where(at_wall, outside, 0.0))
    sums = np.stack([np.bincount(nearest.segment, column, minlength=max(SEGMENTS) + 1) for column in columns], axis=1)
    on_wall = inside if at_wall.any() else np.zeros_like(inside)
    return Tally(Segment(int(sums[:, 0].argmax())), sums, lining_of(on_wall, start, frame, tube_of(course)))


def morphometry(tallies: Iterable[Tally], segments: Collection[Segment] = SEGMENTS) -> Morphometry:
    """Return the form of the lesions of a scan, or of their parts in some segments."""
    tallies = list(tallies)
    rows = [one.sums[list(segments)].sum(axis=0) for one in tallies]
    sums = Sums(*map(float, sum(rows, np.zeros(len(Sums._fields)))))
    linings = _by_artery([one.lining for one in tallies], segments)
    voxels, mean_hu = sums.voxels, _ratio(sums.hu, sums.voxels)
    return Morphometry(
        lesions=sum(one.segment in segments for one in tallies),
        surface_mm2=sums.surface_mm2,
        mean_hu=mean_hu,
        sd_hu=float(np.sqrt(max(_ratio(sums.hu_square, voxels) - mean_hu**2, 0.0))) if voxels else float("nan"),
        mass_like_product=sums.volume_mm3 * mean_hu / 1000.0 if voxels else 0.0,
        **_on_walls(linings, bool(voxels)),
        lumen_distance_mm=_ratio(sums.outside_mm, sums.at_wall))


def _by_artery(linings: Iterable[Lining], segments: Collection[Segment]) -> list[Lining]:
    by_tube: dict[int, list[Lining]] = {}
    for lining in linings:
        if len(lining.cell):
            by_tube.setdefault(id(lining.tube), []).append(lining)
    joined = [Lining.union(parts) for parts in by_tube.values()]
    return [found for found in (one.part(np.isin(one.segment, list(segments))) for one in joined) if len(found.cell)]


def _on_walls(linings: list[Lining], any_calcium: bool) -> dict[str, float]:
    """Return what concerns the walls of the arteries that some calcium lies on."""
    if not linings:
        unknown = float("nan") if any_calcium else 0.0
        return {**dict.fromkeys(("mean_thickness_mm", "section_thickness_mm", "max_thickness_mm", "mean_arc_deg",
                                 "max_arc_deg"), float("nan")),
                **dict.fromkeys(("length_mm", "longest_run_mm", "opposed_length_mm"), unknown)}
    arcs = np.concatenate([arcs_deg(lining) for lining in linings])
    thickest = np.concatenate([thickest_mm(lining) for lining in linings])
    return {
        "mean_thickness_mm": sum(one.volume_mm3 for one in linings) / sum(float(one.area_mm2.sum()) for one in linings),
        "section_thickness_mm": float(thickest.mean()),
        "max_thickness_mm": float(thickest.max()),
        "mean_arc_deg": float(arcs.mean()),
        "max_arc_deg": float(arcs.max()),
        "length_mm": len(arcs) * STATION_MM,
        "longest_run_mm": max(map(longest_run_mm, linings)),
        "opposed_length_mm": sum(map(opposed_length_mm, linings)),
    }


def arcs_deg(lining: Lining) -> np.ndarray:
    """Return the arc around the lumen at each station that has calcium, degrees."""
    stations, place = np.unique(lining.station, return_inverse=True)
    width = np.bincount(place, lining.area_mm2) / STATION_MM
    return np.minimum(np.degrees(width / lining.tube.radius_mm(stations * STATION_MM)), 360.0)


def thickest_mm(lining: Lining) -> np.ndarray:
    """Return the largest thickness at each station that has calcium, mm."""
    stations, place = np.unique(lining.station, return_inverse=True)
    thickest = np.zeros(len(stations))
    np.maximum.at(thickest, place, lining.thickness_mm)
    return thickest


def longest_run_mm(lining: Lining) -> float:
    """Return the length of the longest calcium that hangs together along the wall."""
    gap = round(BRIDGED_MM / STATION_MM)
    bridged = ndimage.binary_closing(np.pad(_around(lining), ((gap, gap), (0, 0))), np.ones((gap + 1, 1)))
    labels, _ = ndimage.label(np.hstack([bridged, bridged]), np.ones((3, 3)))  # what goes around is whole in the two
    return float(max(rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)) * STATION_MM)


def opposed_length_mm(lining: Lining) -> float:
    """Return the length along which calcium lies on opposite sides of the lumen."""
    around = _around(lining)
    both = around & np.roll(around, DIRECTIONS // 2, axis=1)
    opposed = both.sum(axis=1) / 2 * (360.0 / DIRECTIONS) >= OPPOSED_DEG
    return float(np.count_nonzero(opposed) * STATION_MM)


def _around(lining: Lining) -> np.ndarray:
    """Tell where there is calcium, bool (stations, directions) from its first station to its last."""
    first = int(lining.station.min())
    around = np.zeros((int(lining.station.max()) - first + 1, DIRECTIONS), bool)
    around[lining.station - first, lining.cell % DIRECTIONS] = True
    return around


def _ratio(value: float, by: float) -> float:
    return value / by if by else float("nan")
