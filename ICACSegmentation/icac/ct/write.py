"""Writing volumes so that every voxel stays where it is, and no half-written file is ever left under its name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from icac.ct.scan import compact_hu
from icac.errors import OutputError
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
    image = volume.like(_stored(volume.array)).to_sitk()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A folder beside the target: on the same disk, so that the rename at the end is one step.
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            temporary = Path(folder, f"volume{suffix}")
            sitk.WriteImage(image, str(temporary), useCompression=suffix in (".nii.gz", ".nrrd"))
            os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path} cannot be written; check that there is space and that you may write there."
                          ) from error
    return path


def _stored(array: np.ndarray) -> np.ndarray:
    """Choose the type on disk: uint8 for masks and labelmaps (a CT has negative values), else as small as is exact."""
    if array.dtype.kind in "iub" and array.min() >= 0 and array.max() <= 255:
        return array.astype(np.uint8, copy=False)
    return compact_hu(array)
