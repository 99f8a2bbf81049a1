"""Writing volumes so that every voxel stays where it is, and no half-written file is ever left under its name."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from pathlib import Path

import numpy as np

from icac.ct.scan import compact_hu
from icac.errors import OutputError
from icac.files import cannot_write, whole_file
from icac.files.native import native_name
from icac.geometry import Volume

#: Endings that can be written.
SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_volume(volume: Volume, path: str | Path) -> Path:
    """Write a volume.

    Masks and labelmaps of at most 255 labels are stored as uint8, other whole numbers as int16 where they fit,
    everything else (probabilities) as float32. ``.nii.gz`` and ``.nrrd`` are compressed.

    Parameters
    ----------
    volume : Volume
    path : str or pathlib.Path
        Ends in ``.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha``. Its folder is made if needed.

    Returns
    -------
    pathlib.Path
        Where the volume is: `path`, or with the ending ``.nrrd`` if the frame is sheared and `path` is a NIfTI,
        because NIfTI readers would bend a sheared frame.

    Raises
    ------
    OutputError
        The ending is unknown, or the file cannot be written.

    """
    import SimpleITK as sitk  # noqa: N813

    path = Path(path)
    suffix = next((s for s in SUFFIXES if path.name.lower().endswith(s)), None)
    if suffix is None:
        raise OutputError(f"{path} cannot be written: its name must end in {', '.join(SUFFIXES)}.")
    if volume.frame.is_sheared and suffix.startswith(".nii"):
        path, suffix = path.with_name(path.name[:-len(suffix)] + ".nrrd"), ".nrrd"
    stored = volume.like(_stored(volume.array))
    compressed = suffix in (".nii.gz", ".nrrd")
    try:
        with whole_file(path) as temporary:
            with native_name(temporary) as native:
                sitk.WriteImage(stored.to_sitk(), str(native), useCompression=compressed)
            _check_written(temporary, stored.array.nbytes, compressed)
    except RuntimeError as error:  # of SimpleITK
        raise cannot_write(path, error) from error
    return path


def _check_written(path: Path, voxel_bytes: int, compressed: bool) -> None:
    """Raise OSError if not all voxels are in a file: the writers of ITK pass over a full disk in silence."""
    found = _unpacked_bytes(path) if compressed else path.stat().st_size
    if found < voxel_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unpacked_bytes(path: Path) -> int:
    """Return the size of the gzip stream in a file, unpacked; its own checksum is compared on the way."""
    with open(path, "rb") as file:
        if path.name.endswith(".nrrd"):
            while file.readline().strip():  # the header ends with an empty line
                pass
        try:
            with gzip.open(file) as stream:
                return sum(len(chunk) for chunk in iter(lambda: stream.read(1 << 20), b""))
        except (EOFError, zlib.error) as error:
            raise OSError(errno.EIO, "not all was written") from error


def _stored(array: np.ndarray) -> np.ndarray:
    """Choose the type on disk: uint8 for masks and labelmaps (a CT has negative values), else as small as is exact."""
    if array.dtype.kind in "iub" and array.min() >= 0 and array.max() <= 255:
        return array.astype(np.uint8, copy=False)
    return compact_hu(array)
