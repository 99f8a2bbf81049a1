"""Whole inputs before the damage: one small asymmetric CT in every file format, and masks of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from icac.ct.write import write_volume
from icac.geometry import Frame, Volume

#: No two axes or sizes alike, the file runs against LPS in two of them.
FRAME = Frame(np.array([[-2.0, 0, 0, 25.0], [0, 1.5, 0, -11.0], [0, 0, -2.5, 62.0], [0, 0, 0, 1]]), (24, 16, 25))

#: Corner in LPS mm, voxels (x, y, z) and HU of what is dense in it.
LESIONS = (((-20.0, -1.0, 12.0), (2, 2, 2), 300), ((19.0, -0.5, 42.0), (1, 3, 2), 450))


def small_ct() -> Volume:
    """Return brain with noise and two lesions, int16 HU."""
    hu = np.round(np.random.default_rng(7).normal(40, 6, FRAME.shape)).astype(np.int16)
    for corner, size, density in LESIONS:
        hu[_box(corner, size)] = density
    return Volume(hu, FRAME)


def small_mask() -> Volume:
    """Return the lesions, bool."""
    return Volume(small_ct().array >= 130, FRAME)


def write_ct(path: Path) -> Path:
    """Write the CT in the format of the ending."""
    return write_volume(small_ct(), path)


def write_raw_nrrd(path: Path) -> Path:
    """Write the CT as NRRD without compression; ``.nhdr`` and ``.mhd`` keep their voxels in a second file."""
    sitk.WriteImage(small_ct().to_sitk(), str(path))
    return path


def write_sheared(path: Path) -> Path:
    """Write the CT as NIfTI-1 with the sform of a tilted gantry, which the quaternion cannot hold."""
    write_volume(small_ct(), path)
    data = bytearray(path.read_bytes())
    rows = np.array([[2.0, 0, 0, -25.0], [0, -1.5, 0.4, 11.0], [0, 0, -2.5, 62.0]], "<f4")
    data[252:256], data[280:328] = np.array([0, 1], "<i2").tobytes(), rows.tobytes()
    path.write_bytes(data)
    return path


def write_real_valued(path: Path) -> Path:
    """Write the CT as float32."""
    ct = small_ct()
    return write_volume(ct.like(ct.array.astype(np.float32) + 0.25), path)


def write_mask(path: Path) -> Path:
    """Write the lesions in the format of the ending."""
    return write_volume(small_mask(), path)


def write_segments(path: Path) -> Path:
    """Write a ``.seg.nrrd`` with two layers, as 3D Slicer writes it, of the box around its segments."""
    mask = small_mask().array[8:].astype(np.uint8)
    image = sitk.Compose(*(sitk.GetImageFromArray(mask * value) for value in (1, 2)))
    frame = FRAME.crop((0, 0, 8), (24, 16, 17))
    image.SetOrigin(frame.origin)
    image.SetSpacing(frame.spacing)
    image.SetDirection(frame.direction.ravel().tolist())
    for number, name in enumerate(("ICAC", "other")):
        for key, value in (("ID", name), ("Name", name), ("Layer", number), ("LabelValue", number + 1),
                           ("Extent", "0 23 0 15 0 16"), ("Color", "1 0 0")):
            image.SetMetaData(f"Segment{number}_{key}", str(value))
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def _box(corner: tuple[float, float, float], size: tuple[int, int, int]) -> tuple[slice, slice, slice]:
    start = np.round(FRAME.to_index(np.asarray(corner))).astype(int)
    return tuple(slice(first, first + length) for first, length in zip(start[::-1], size[::-1], strict=True))
