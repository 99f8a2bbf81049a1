"""A lesion: one connected piece of calcium and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from icac.anatomy import Segment, Side
from icac.geometry import lps_to_ras, three
from icac.lesions.morphometry import Morphometry, Tally, morphometry


@dataclass(frozen=True)
class Lesion:
    """One 26-connected component of the segmentation, measured on the voxels of the scan.

    Attributes
    ----------
    id : int
        1 for the largest lesion of the scan; the value of its voxels in the label array.
    voxels : int
        Number of voxels.
    volume_mm3 : float
        Voxels x voxel volume (determinant of the voxel axes).
    volume_by_segment_mm3 : dict of Segment to float
        The volume split by the segment nearest to each voxel; all segments, zeros included.
    side : Side
        Artery nearest to most of its voxels.
    segment : Segment
        Segment nearest to most of its voxels, on the course of ``side``.
    course_distance_mm : float
        Mean distance of its voxels from the centreline of ``side``.
    center_lps_mm : tuple of float
        Mean position (x, y, z) of its voxels, LPS.
    first_slice, last_slice : int
        First and last slice it reaches, counted from 0 along the slice axis (array axis z of an axial scan;
        see :mod:`icac.lesions.slices`).
    mean_hu, max_hu : float
        Mean and highest CT number.
    mean_probability : float
        Mean of the network's probability over its voxels.
    bone_contact : float
        Share of its surface that touches dense tissue outside it, see
        :func:`icac.lesions.contact.bone_contact`.
    agatston : float
        Agatston-type score, see :mod:`icac.lesions.agatston`.
    tally : Tally
        What its form is measured from, alone or together with others, see :mod:`icac.lesions.morphometry`.

    """

    id: int
    voxels: int
    volume_mm3: float
    volume_by_segment_mm3: dict[Segment, float]
    side: Side
    segment: Segment
    course_distance_mm: float
    center_lps_mm: tuple[float, float, float]
    first_slice: int
    last_slice: int
    mean_hu: float
    max_hu: float
    mean_probability: float
    bone_contact: float
    agatston: float
    tally: Tally = field(repr=False, compare=False)

    @cached_property
    def form(self) -> Morphometry:
        """Surface, thickness, arc, length and what else describes its form."""
        return morphometry([self.tally])

    @property
    def center_ras_mm(self) -> tuple[float, float, float]:
        """Mean position (x, y, z) of its voxels, RAS, as in Slicer."""
        return three(float(v) for v in lps_to_ras(np.asarray(self.center_lps_mm)))

    @property
    def slices(self) -> int:
        """Number of slices it spans."""
        return self.last_slice - self.first_slice + 1
