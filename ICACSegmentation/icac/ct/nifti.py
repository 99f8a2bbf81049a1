"""What SimpleITK gets wrong in NIfTI files: sheared frames, as they come from tilted gantries, and truncated files.

ITK places a sheared image by its quaternion (which cannot hold shear) or refuses it, while the sform has the true
axes and is meant to be used (nifti1.h, "method 3"). And it fills what is missing at the end of a file with zeros.
"""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import SimpleITK as sitk  # noqa: N813

from icac.geometry import Frame

#: Bytes of the NIfTI-2 header, the longer one.
LONGEST_HEADER = 540


@dataclass(frozen=True)
class Layout:
    """Where the fields lie in a header (first byte) and their types."""

    dim: tuple[int, str]
    bitpix: tuple[int, str]
    vox_offset: tuple[int, str]
    qform_code: tuple[int, str]
    sform_code: tuple[int, str]
    srow: tuple[int, str]


#: Layouts of NIfTI-1 and NIfTI-2, by the size of the header.
LAYOUTS = {
    348: Layout((40, "i2"), (72, "i2"), (108, "f4"), (252, "i2"), (254, "i2"), (280, "f4")),
    540: Layout((16, "i8"), (14, "i2"), (168, "i8"), (344, "i4"), (348, "i4"), (400, "f8")),
}


@dataclass(frozen=True, eq=False)
class Header:
    """The fields of a NIfTI header that matter here.

    Attributes
    ----------
    layout : Layout
    size : int
        Bytes of the whole file, before compression.
    sform : numpy.ndarray or None
        4 x 4, voxel index to RAS mm; None if the file has no sform.

    """

    layout: Layout
    size: int
    sform: np.ndarray | None


def read_header(path: Path) -> Header | None:
    """Read the header of a ``.nii`` or ``.nii.gz`` file; None if it is no NIfTI header.

    Raises
    ------
    OSError, EOFError
        The file cannot be read.

    """
    with _open(path) as stream:
        data = stream.read(LONGEST_HEADER)
    order = next((o for o in "<>" if len(data) >= 348 and _numbers(data, (0, "i4"), o)[0] in LAYOUTS), None)
    if order is None or len(data) < _numbers(data, (0, "i4"), order)[0]:
        return None
    layout = LAYOUTS[int(_numbers(data, (0, "i4"), order)[0])]
    dim = _numbers(data, layout.dim, order, 8).astype(np.int64)
    voxels = int(np.prod(np.maximum(dim[1:1 + int(np.clip(dim[0], 0, 7))], 1)))
    offset = int(_numbers(data, layout.vox_offset, order)[0])
    size = offset + voxels * int(_numbers(data, layout.bitpix, order)[0]) // 8
    sform = None
    if _numbers(data, layout.sform_code, order)[0] > 0:
        sform = np.vstack([_numbers(data, layout.srow, order, 12).reshape(3, 4), [0, 0, 0, 1]]).astype(float)
    return Header(layout, size, sform)


def sheared_frame(header: Header) -> Frame | None:
    """Return the frame of the sform (for one voxel; its size is not set) if it is sheared, otherwise None."""
    affine = header.sform
    if affine is None or not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-6:
        return None
    frame = Frame(np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, (1, 1, 1))  # NIfTI is RAS
    return frame if frame.is_sheared else None


def is_truncated(path: Path, header: Header) -> bool:
    """Tell whether voxels are missing at the end of the file."""
    if not path.name.lower().endswith(".gz"):
        return path.stat().st_size < header.size
    with open(path, "rb") as stream:
        stream.seek(-4, 2)
        # A gzip file ends with the size of its content; only a file in several gzip blocks needs the long way.
        if int.from_bytes(stream.read(4), "little") == header.size % 2**32:
            return False
    try:
        with _open(path) as stream:
            return sum(len(block) for block in iter(lambda: stream.read(1 << 20), b"")) < header.size
    except EOFError:
        return True


def read_voxels(path: Path, layout: Layout) -> sitk.Image:
    """Read an image whose frame SimpleITK refuses; the image has no meaningful frame.

    Raises
    ------
    RuntimeError
        The file is damaged.

    """
    with _open(path) as stream:
        data = bytearray(stream.read())
    for offset, kind in (layout.qform_code, layout.sform_code):
        width = np.dtype(kind).itemsize
        data[offset:offset + width] = bytes(width)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.nii")
        copy.write_bytes(data)
        return sitk.ReadImage(str(copy))


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else open(path, "rb")


def _numbers(data: bytes, field: tuple[int, str], order: str, count: int = 1) -> np.ndarray:
    return np.frombuffer(data, order + field[1], count, field[0])
