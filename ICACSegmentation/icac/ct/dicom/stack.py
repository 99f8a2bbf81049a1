"""One series as a stack of HU: slices that belong together, in order, none twice and none missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from icac.ct.dicom.gaps import Missing, lost_slices
from icac.ct.dicom.headers import Slice
from icac.ct.dicom.interwoven import slices_between
from icac.ct.dicom.native import NativeSlice, NativeSlices
from icac.ct.dicom.one_stack import choose_stack, count_of
from icac.ct.dicom.pixels import read_hu
from icac.ct.dicom.unread import UnreadFile, listed
from icac.ct.series.continuity import (
    copied_slices,
    interleaved_stacks,
    misplaced_slices,
    seams,
    slices_with_holes,
)
from icac.ct.series.levels import shifted_parts
from icac.ct.series.mixture import refuse_mixture
from icac.errors import InputError

#: Slices nearer than this (mm) lie at the same position.
SAME_POSITION_MM = 0.01

#: Positions are written to this part of a millimetre or finer, but for those that an anonymiser shortened.
COARSE_POSITIONS_MM = (1.0, 0.5)

#: Rounding moves a slice by half of that; the even stack that fits best is itself a little off. So many slices show it.
ROUNDING, FEWEST_ROUNDED = 0.6, 8

#: Two stacks as high as this (mm) and as far apart as this are two scans and not one with a gap.
SEPARATE_MM = 40.0

#: Where a larger share of the slices lies off the level of the others, it is not known which are right.
MOST_SHIFTED = 0.25

#: So many gaps are named in a message.
_NAMED = 3


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
    doubts : tuple of str
        Sentences on what makes the values doubtful.
    missing : tuple of Missing
        Where slices are missing, with the reason.

    """

    hu: np.ndarray
    positions: np.ndarray
    orientation: np.ndarray
    spacing: tuple[float, float]
    thickness: np.ndarray
    slices: list[Slice]
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def depths(self) -> np.ndarray:
        """Positions along the normal, shape (slices,), mm."""
        return self.positions @ np.cross(*self.orientation)

    @property
    def distances(self) -> np.ndarray:
        """Distances between neighbouring slices along their normal, shape (slices - 1,), mm."""
        return np.diff(self.depths)

    @property
    def native(self) -> NativeSlices:
        """The slices as the files have them."""
        slices = (NativeSlice(one.file.path, one.file.text("SOPClassUID"), one.file.text("SOPInstanceUID"),
                              one.frame if one.file.is_multiframe else None, one.geometry.position, position,
                              str(one.frame + 1) if one.file.is_multiframe else one.file.text("InstanceNumber"))
                  for one, position in zip(self.slices, self.positions, strict=True))
        return NativeSlices(tuple(slices), self.orientation, self.spacing, (self.hu.shape[1], self.hu.shape[2]))


def read_stack(slices: list[Slice], path: Path, unread: list[UnreadFile] | None = None) -> Stack:
    """Read the pixels of a series and stack its slices.

    Parameters
    ----------
    slices : list of Slice
        All slices of one series, in any order.
    path : pathlib.Path
        What the user gave; named in messages.
    unread : list of UnreadFile, optional
        Files that may hold further slices.

    Returns
    -------
    Stack

    Raises
    ------
    InputError
        The series mixes several stacks, patients or acquisitions, has different images at one position, or pixels that
        cannot be read.

    """
    chosen, notes = choose_stack(slices, path)
    pixels = read_hu(chosen)
    keep, repeated = _drop_repeats(pixels.slices, pixels.hu, path)
    if repeated:
        notes.append(f"{count_of(repeated, 'repeated copy', 'repeated copies')} of slices left out.")
    hu = pixels.hu[keep] if repeated else pixels.hu
    read = [pixels.slices[n] for n in keep]
    unfit = _unfit(hu, read, path)
    hu = np.delete(hu, list(unfit), axis=0) if unfit else hu
    parts = [UnreadFile(read[n].file.path, why, read[n].file.series_uid, is_dicom=True) for n, why in unfit.items()]
    holed, read = [read[n] for n in unfit], [one for n, one in enumerate(read) if n not in unfit]
    thickness = np.array([np.nan if s.thickness is None else s.thickness for s in read])
    stack = Stack(hu, np.array([s.position for s in read]), _mean_orientation(read), read[0].geometry.spacing,
                  thickness, read, tuple(notes), tuple(pixels.doubts))
    stack = _with_even_positions(stack)
    doubts = (*stack.doubts, *_refuse_two_scans(stack, path))
    unread = unread or []
    return replace(stack, doubts=doubts,
                   missing=(*_gaps(stack, [*pixels.lost, *holed], [*pixels.unread, *parts, *unread], path),
                            *_ends(stack, unread, path)))


def _unfit(hu: np.ndarray, read: list[Slice], path: Path) -> dict[int, str]:
    """Return which slices cannot be used as they are, in order, and why; mixtures are refused as such later."""
    found: dict[int, str] = {}
    if interleaved_stacks(hu) == 1:
        found |= _shifted(hu, read, path)
        found |= dict.fromkeys(misplaced_slices(hu)[1], "shows something else than the slices beside it")
        found |= dict.fromkeys(copied_slices(hu), "has the pixels of another slice")
    found |= dict.fromkeys(slices_with_holes(hu, np.array([one.intercept for one in read])), "lacks rows of its pixels")
    return dict(sorted(found.items()))


def _shifted(hu: np.ndarray, read: list[Slice], path: Path) -> dict[int, str]:
    """Return which slices have another zero or scale than most; refuse a series that has many of them."""
    found = {n: part.text for part in shifted_parts(hu) for n in part.slices}
    if len(found) > MOST_SHIFTED * len(hu):
        first = next(iter(found))
        raise InputError(f"The values of the series in {path} jump: each of {len(found)} slices of {len(hu)} (such as "
                         f"{read[first].file.path.name}) {found[first]}; export the series again.")
    return found


def _mean_orientation(slices: list[Slice]) -> np.ndarray:
    """Return the orientation of all slices, of which each has its own rounding."""
    row, column = np.mean([s.geometry.orientation for s in slices], axis=0)
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    return np.array([row, column / np.linalg.norm(column)])


def _drop_repeats(slices: list[Slice], hu: np.ndarray, path: Path) -> tuple[list[int], int]:
    """Return the indices of slices at distinct positions, and the number of identical repeats."""
    positions = np.array([s.position for s in slices])
    keep = [0]
    for n in range(1, len(slices)):
        apart = positions[n] - positions[keep[-1]]
        if abs(apart @ slices[0].normal) > SAME_POSITION_MM:
            keep.append(n)
        elif np.linalg.norm(apart) > SAME_POSITION_MM or not np.array_equal(hu[n], hu[keep[-1]]):
            first, second = (slices[m].file.path.name for m in (keep[-1], n))
            raise InputError(f"The series in {path} holds different images at the same position (such as {first} and "
                             f"{second}: repeated scans, phases or time points); export one of them alone.")
    return keep, len(slices) - len(keep)


def _with_even_positions(stack: Stack) -> Stack:
    """Undo the rounding of positions to whole or half millimetres, where the slices fit an even stack within it."""
    depths, numbers = stack.depths, np.arange(len(stack.depths))
    if len(depths) < FEWEST_ROUNDED:
        return stack
    step, first = np.polyfit(numbers, depths, 1)
    even = first + step * numbers
    off = np.abs(depths - even).max()
    for coarse in COARSE_POSITIONS_MM:
        is_rounded = np.abs(depths - np.rint(depths / coarse) * coarse).max() < 1e-4
        if is_rounded and SAME_POSITION_MM < off <= ROUNDING * coarse and step > coarse:
            moved = stack.positions + np.outer(even - depths, np.cross(*stack.orientation))
            note = (f"The positions of the slices are rounded to {coarse:g} mm; the slices were taken as evenly "
                    f"spaced, {step:.2f} mm apart.")
            return replace(stack, positions=moved, notes=(*stack.notes, note))
    return stack


def _refuse_two_scans(stack: Stack, path: Path) -> tuple[str, ...]:
    """Refuse two scans in one series: one after the other, or slice by slice; return what may be two."""
    between = slices_between(stack.depths)
    if between:
        raise InputError(f"The series in {path} mixes two stacks of slices: {between} lie unevenly between the others, "
                         "which are a whole stack by themselves (thin and thick reconstructions, or two acquisitions); "
                         "export one of them alone.")
    doubts = refuse_mixture(stack.hu, f"the series in {path}")
    for n in misplaced_slices(stack.hu)[0]:
        first, second = (stack.slices[m].file.path.name for m in (n, n + 1))
        raise InputError(f"{first} and {second} in {path} seem to have changed places (each shows what lies beyond the "
                         "other); export the series again.")
    depths, wide = stack.depths, np.flatnonzero(stack.distances > SEPARATE_MM)
    gaps = np.flatnonzero(lost_slices(stack.distances, stack.thickness))  # slices beside one differ anyway
    for n in {*wide, *set(seams(stack.hu)).difference(gaps)}:
        if depths[n] - depths[0] >= SEPARATE_MM and depths[-1] - depths[n + 1] >= SEPARATE_MM:
            raise InputError(f"The series in {path} holds two stacks of slices, the second from "
                             f"{stack.slices[n + 1].file.path.name} on, {stack.distances[n]:.1f} mm above the first; "
                             "export them as separate series or into separate folders.")
    return doubts


def _gaps(stack: Stack, lost: list[Slice], unread: list[UnreadFile], path: Path) -> list[Missing]:
    """Return where slices are missing: gaps between those that are there, and slices whose pixels cannot be read."""
    normal = np.cross(*stack.orientation)
    depths = np.array([-np.inf, *stack.depths, np.inf])
    counts = dict(enumerate([0, *lost_slices(stack.distances, stack.thickness), 0]))
    for place, count in Counter(np.searchsorted(depths, [s.position @ normal for s in lost]) - 1).items():
        counts[place] = max(counts[place], count)
    lacking = {n: count for n, count in counts.items() if count}
    places = ", ".join(f"{count} {_place(stack, n)}" for n, count in list(lacking.items())[:_NAMED])
    more = "" if len(lacking) <= _NAMED else " and at other places"
    why = f": {listed(unread)}" if unread else ""
    number = count_of(sum(lacking.values()), "slice", "slices")
    reason = f"The series in {path} lacks {number} ({places}{more}){why}"
    return [Missing(normal, depths[n], depths[n + 1], reason) for n in lacking]


def _place(stack: Stack, number: int) -> str:
    """Name the place before slice ``number``."""
    if number == 0:
        return f"before {stack.slices[0].file.path.name}"
    return f"after {stack.slices[number - 1].file.path.name}"


def _ends(stack: Stack, unread: list[UnreadFile], path: Path) -> list[Missing]:
    """Return that slices of unknown place may be missing beyond both ends."""
    if not unread:
        return []
    normal, depths = np.cross(*stack.orientation), stack.depths
    reason = f"The series in {path} may lack slices: {listed(unread)}"
    return [Missing(normal, -np.inf, depths[0], reason), Missing(normal, depths[-1], np.inf, reason)]
