"""NIfTI, NRRD and MetaImage files: one 3D image of one value a voxel, on its own frame."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from icac.ct.formats import DamagedError, ImageHeader, StoredImage, load_image
from icac.ct.orientation import placed
from icac.ct.scan import compact_hu
from icac.ct.sidecar import read_sidecar
from icac.errors import InputError
from icac.geometry import FARTHEST_MM, Frame, Volume, three

#: Least volume of a voxel, mm3.
_LEAST_MM3 = 1e-6


class ReadImage(NamedTuple):
    """An image file that was read."""

    volume: Volume
    """int16 where all values are whole and fit, otherwise float32."""
    identity: dict[str, str]
    """What a sidecar file tells of the scan, for `CTScan.identity`."""
    notes: tuple[str, ...]
    """Sentences on what a user should know of the file."""


def read_image(path: Path, kind: str, assume: str | None = None) -> ReadImage:
    """Read an image file.

    Parameters
    ----------
    path : pathlib.Path
    kind : {"nifti", "nrrd", "metaimage"}
    assume : {"lps", "ras"}, optional
        Where the axes of the file run if it does not tell.

    Raises
    ------
    InputError
        The file is damaged, in colour, does not hold one 3D image, or does not say where left and right are.

    """
    stored = load(path, kind)
    if len(stored.layers) != 1:
        raise InputError(f"{path} has {len(stored.layers)} values a voxel (colours or vectors); "
                         "give a CT with one value a voxel.")
    frame, notes = frame_of(stored.header, path, assume)
    return ReadImage(Volume(compact_hu(stored.layers.reshape(frame.shape)), frame), read_sidecar(path), notes)


def load(path: Path, kind: str) -> StoredImage:
    """Read the layers of an image file; raises InputError if it cannot be read."""
    try:
        return load_image(path, kind)
    except DamagedError as error:
        raise InputError(f"{path} cannot be read: {error}; copy or export it again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); copy or export it again.") from error


def frame_of(header: ImageHeader, path: Path, assume: str | None = None) -> tuple[Frame, tuple[str, ...]]:
    """Return the frame of an image, and sentences on what a user should know of it; errors as of `read_image`."""
    sizes = header.space_sizes
    if len(sizes) < 3 or min(sizes[:3]) < 2:
        raise InputError(f"{path} is a flat image of {' x '.join(map(str, sizes))}; give a 3D image.")
    if math.prod(sizes[3:]) > 1:
        raise InputError(f"{path} is a 4D image of {' x '.join(map(str, sizes))}; give one 3D image.")
    affine, note = placed(header, path, assume)
    if not abs(np.linalg.det(affine[:3, :3])) >= _LEAST_MM3:
        raise InputError(f"The geometry of {path} is not valid (its voxels have no volume); export it again.")
    if abs(affine).max() > FARTHEST_MM:
        raise InputError(f"The geometry of {path} is not valid (lengths of {abs(affine).max():.3g} mm); export it "
                         "again.")
    return Frame(affine, three(sizes[:3])), (*header.notes, *([note] if note else []))
