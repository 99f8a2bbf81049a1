"""A scan whose ICAC was measured, as two of them are compared: lesions, scan, and how it was scanned and measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from icac.anatomy import SEGMENTS, Segment, Side
from icac.ct.examination import Examination
from icac.geometry import Volume
from icac.lesions import Lesion


@dataclass(frozen=True)
class Protocol:
    """What of the way in which a scan was made decides how well it is repeated.

    Attributes
    ----------
    thickness_mm : float
        Of the slices, or their distance where that is larger.
    noise_sd_hu : float
        Of the scan in the form in which it is measured; NaN if unknown.
    kernel, kv : str
        As the header says; empty if it does not.

    """

    thickness_mm: float
    noise_sd_hu: float
    kernel: str = ""
    kv: str = ""


@dataclass(frozen=True)
class Method:
    """By what a scan was measured: figures of different methods cannot be compared."""

    model: str = ""
    version: str = ""
    checksum: str = ""
    threshold: float = 0.0
    lesion_threshold: float = 0.0
    harmonise: str = "auto"
    poses: int = 1


@dataclass(frozen=True, eq=False)
class MeasuredScan:
    """A scan and its lesions.

    Attributes
    ----------
    name : str
        What the user called it.
    ct : Volume
        HU as it was scanned.
    labels : numpy.ndarray of int
        (z, y, x) on its voxels: 0, or the number of the lesion in ``lesions``, from 1.
    lesions : tuple of Lesion
    reference_to_scan : numpy.ndarray
        4 x 4; reference LPS mm to scan LPS mm.
    voxels_sha256 : str
        Of the values of the scan.
    protocol : Protocol
    method : Method
    examination : Examination
    notes : tuple of str
        Sentences on what a user should know of it.
    path : str
        Where the scan was read.
    notice : str
        What must be said wherever its figures are shown.

    """

    name: str
    ct: Volume
    labels: np.ndarray
    lesions: tuple[Lesion, ...]
    reference_to_scan: np.ndarray
    voxels_sha256: str
    protocol: Protocol
    method: Method = Method()
    examination: Examination = field(default_factory=Examination)
    notes: tuple[str, ...] = ()
    path: str = ""
    notice: str = ""

    @property
    def volume_mm3(self) -> float:
        """Volume of all lesions."""
        return float(sum(lesion.volume_mm3 for lesion in self.lesions))

    def of_side(self, side: Side) -> tuple[Lesion, ...]:
        """Return the lesions of a side."""
        return tuple(lesion for lesion in self.lesions if lesion.side is side)

    @cached_property
    def by_segment_mm3(self) -> dict[Segment, float]:
        """Volume of each segment, both sides together."""
        return {segment: float(sum(lesion.volume_by_segment_mm3[segment] for lesion in self.lesions))
                for segment in SEGMENTS}
