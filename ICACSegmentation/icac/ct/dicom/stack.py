"""One series as a stack of HU: slices that belong together, in order, none twice and none missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.ct.dicom.headers import Slice
from icac.ct.dicom.pixels import read_hu
from icac.ct.dicom.series import AXIAL_COSINE, MIN_SLICES, image_kind
from icac.errors import InputError

#: Slices nearer than this (mm) lie at the same position.
SAME_POSITION_MM = 0.01


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel slices, ordered along their normal.

    Attributes
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), HU.
    positions : numpy.ndarray
        Shape (slices, 3); LPS of the first voxel of each slice, mm.
    orientation : numpy.ndarray
        2 x 3; unit LPS vectors along rows and along columns.
    spacing : tuple of float
        Distance in mm between columns and between rows: (x, y).
    thickness : numpy.ndarray
        Thickness of each slice in mm, NaN where unknown.
    slices : list of Slice
        The headers.
    notes : tuple of str
        Sentences on what was left out.

    """

    hu: np.ndarray
    positions: np.ndarray
    orientation: np.ndarray
    spacing: tuple[float, float]
    thickness: np.ndarray
    slices: list[Slice]
    notes: tuple[str, ...]

    @property
    def distances(self) -> np.ndarray:
        """Distances between neighbouring slices along their normal, shape (slices - 1,), mm."""
        return np.diff(self.positions @ np.cross(*self.orientation))


def read_stack(slices: list[Slice], path: Path) -> Stack:
    """Read the pixels of a series and stack its slices.

    Parameters
    ----------
    slices : list of Slice
        All slices of one series, in any order.
    path : pathlib.Path
        What the user gave; named in messages.

    Returns
    -------
    Stack

    Raises
    ------
    InputError
        The series mixes several complete stacks, has different images at one position, or lacks slices.

    """
    chosen, notes = _one_geometry(slices, path)
    normal = chosen[0].normal
    chosen = sorted(chosen, key=lambda s: (float(s.position @ normal), s.file.text("SOPInstanceUID"), s.frame))
    hu = read_hu(chosen)
    keep, repeated = _drop_repeats(chosen, hu, path)
    if repeated:
        notes.append(f"{_count(repeated, 'repeated copy', 'repeated copies')} of slices left out.")
        chosen, hu = [chosen[n] for n in keep], hu[keep]
    thickness = np.array([np.nan if s.thickness is None else s.thickness for s in chosen])
    _, orientation, spacing = chosen[0].geometry
    stack = Stack(hu, np.array([s.position for s in chosen]), orientation, spacing, thickness, chosen, tuple(notes))
    _refuse_missing(stack, path)
    return stack


def _one_geometry(slices: list[Slice], path: Path) -> tuple[list[Slice], list[str]]:
    """Keep the slices of one orientation, matrix and kernel, and note what was left out."""
    usable = [s for s in slices if not image_kind(s)] or [s for s in slices if s.has_geometry]
    if not usable:
        raise InputError(f"The images in {path} do not tell where they lie in the patient (no Image Position); "
                         "export the original axial series.")
    groups = defaultdict(list)
    for one in usable:
        _, orientation, spacing = one.geometry
        key = (tuple(np.round(orientation.ravel(), 3) + 0.0), int(one.file.header.Rows),
               int(one.file.header.Columns), tuple(np.round(spacing, 4)), one.kernel)
        groups[key].append(one)
    stacks = sorted(groups.values(), key=len, reverse=True)
    axial = [s for s in stacks if abs(s[0].normal[2]) >= AXIAL_COSINE and len(s) >= MIN_SLICES]
    if len(axial) > 1:
        listed = "; ".join(f"{len(s)} slices of {s[0].file.header.Columns} x {s[0].file.header.Rows}, "
                           f"kernel {s[0].kernel or 'unknown'}" for s in axial)
        raise InputError(f"One series of {path} mixes {len(axial)} reconstructions ({listed}); "
                         "export them as separate series or into separate folders.")
    chosen = axial[0] if axial else stacks[0]
    left = len(slices) - len(chosen)
    notes = [f"{_count(left, 'image', 'images')} of another kind in the series (localizer, other orientation or "
             "reconstruction) left out."] if left else []
    return chosen, notes


def _drop_repeats(slices: list[Slice], hu: np.ndarray, path: Path) -> tuple[list[int], int]:
    """Return the indices of slices at distinct positions, and the number of identical repeats."""
    positions = np.array([s.position for s in slices])
    keep = [0]
    for n in range(1, len(slices)):
        if np.linalg.norm(positions[n] - positions[keep[-1]]) > SAME_POSITION_MM:
            keep.append(n)
        elif not np.array_equal(hu[n], hu[keep[-1]]):
            first, second = (slices[m].file.path.name for m in (keep[-1], n))
            raise InputError(f"The series in {path} holds different images at the same position (such as {first} and "
                             f"{second}: repeated scans, phases or time points); export one of them alone.")
    return keep, len(slices) - len(keep)


def _refuse_missing(stack: Stack, path: Path) -> None:
    """Refuse a series with gaps of a whole number of slice distances, where slices were lost."""
    lost = {n: count for n, count in enumerate(lost_slices(stack.distances, stack.thickness)) if count}
    if lost:
        places = ", ".join(f"{count} after {stack.slices[n].file.path.name}" for n, count in list(lost.items())[:3])
        more = "" if len(lost) <= 3 else " and at other places"
        number = _count(sum(lost.values()), "slice", "slices")
        raise InputError(f"The series in {path} lacks {number} ({places}{more}); copy or export it again, whole.")


def lost_slices(distances: np.ndarray, thickness: np.ndarray) -> list[int]:
    """Return how many slices were lost in each gap between neighbouring slices.

    A gap has lost slices if it is close to a whole multiple (2 or more) of the distances around it and no slice
    covers it. A change to thicker, wider spaced slices half-way, as many head protocols have it, is no loss.

    Parameters
    ----------
    distances : numpy.ndarray
        Shape (slices - 1,), mm.
    thickness : numpy.ndarray
        Shape (slices,), mm; NaN where unknown.

    Returns
    -------
    list of int
        One number for each distance.

    """
    lost = []
    for n, gap in enumerate(distances):
        around = np.concatenate([distances[max(n - 3, 0):n], distances[n + 1:n + 4]])
        usual = float(np.median(around)) if around.size else gap
        multiple = round(gap / usual)
        covered = gap <= 1.2 * np.mean(thickness[n:n + 2])  # False if the thickness is unknown
        is_loss = multiple >= 2 and abs(gap / usual - multiple) <= 0.1 and not covered
        lost.append(multiple - 1 if is_loss else 0)
    return lost


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
