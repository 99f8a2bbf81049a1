"""A CT scan as the rest of the library sees it: HU on a frame, where it came from, and what was corrected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from icac.geometry import Volume, upright

if TYPE_CHECKING:
    from icac.ct.dicom.gaps import Missing
    from icac.ct.dicom.native import NativeSlices
    from icac.ct.series.choose import Choice


@dataclass(frozen=True, eq=False)
class CTScan:
    """A CT that was read from disk.

    Attributes
    ----------
    volume : Volume
        HU, int16 or float32, shape (z, y, x), on an LPS frame in mm.
    path : pathlib.Path
        The file or folder that was read.
    kind : {"dicom", "nifti", "nrrd", "metaimage"}
    identity : dict of str to str
        What is known of the scan and nothing of the patient; only keys with a value are there: ``modality``,
        ``series_uid``, ``study_uid``, ``sop_class_uid``, ``series_number``, ``series_description``,
        ``study_description``, ``protocol``, ``body_part``, ``image_type``, ``manufacturer``, ``model``, ``kernel``,
        ``kvp``, ``exposure_mas``, ``slice_thickness_mm`` (``"4"`` or ``"4 to 7"``), ``contrast_agent``,
        ``images`` (number of slices read) and always ``sha256`` of the voxels and their positions as read,
        before any resampling.
    corrections : tuple of str
        Sentences that say what was changed on reading.
    resampled : bool
        True if the volume's frame is not the file's own grid.
    doubts : tuple of str
        Sentences on what was seen while reading and makes the values doubtful; they are warnings of every result.
    missing : tuple of Missing
        Where slices are missing; what lies there in the volume is interpolated. Empty unless asked for
        (:func:`icac.ct.read_ct`).
    native : NativeSlices, optional
        The slices as the files have them; None unless they are DICOM.
    choice : Choice, optional
        Why this series of its study was read; None where there was nothing to choose.

    """

    volume: Volume
    path: Path
    kind: str
    identity: dict[str, str]
    corrections: tuple[str, ...] = ()
    resampled: bool = False
    doubts: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    native: NativeSlices | None = None
    choice: Choice | None = None

    @cached_property
    def voxels_sha256(self) -> str:
        """SHA-256 of the voxel values alone, see :func:`voxels_sha256`."""
        return voxels_sha256(self.volume)

    @property
    def thickness_mm(self) -> float | None:
        """Thickness of the thickest slice in mm, or None where the file does not tell."""
        return thickness_of(self.identity)


def thickness_of(identity: Mapping[str, str]) -> float | None:
    """Return the thickness of the thickest slice in mm, None where it is not told; ValueError if it is no number."""
    text = identity.get("slice_thickness_mm", "")
    return float(text.split(" to ")[-1]) if text else None


def content_sha256(array: np.ndarray, *geometry: ArrayLike) -> str:
    """Return the SHA-256 of voxel values and of the numbers that place them (rounded to 1e-4 mm).

    Two copies of a scan under other file names, or with other header texts, have the same sum.
    """
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    for numbers in geometry:
        # Adding zero turns -0.0 into 0.0.
        digest.update((np.round(np.asarray(numbers, dtype="<f8"), 4) + 0.0).tobytes())
    return digest.hexdigest()


def voxels_sha256(volume: Volume) -> str:
    """Return the SHA-256 of the voxel values alone, the same for copies in other formats and orders of the axes."""
    return content_sha256(compact_hu(upright(volume).array))


def compact_hu(array: np.ndarray) -> np.ndarray:
    """Return the values as int16 where all are whole and fit, otherwise as float32."""
    if array.dtype.kind in "iub" and array.min() >= -32768 and array.max() <= 32767:
        return array.astype(np.int16, copy=False)
    if array.dtype.kind == "f" and np.isfinite(array).all() and np.abs(array).max() <= 32767:
        rounded = np.rint(array)
        if np.array_equal(rounded, array):
            return rounded.astype(np.int16)
    return array.astype(np.float32, copy=False)
