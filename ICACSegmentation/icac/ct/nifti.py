"""NIfTI frames that SimpleITK gets wrong: sheared ones, as they come from gantry-tilted series.

ITK takes the quaternion (which cannot hold shear) instead, or refuses the file. The sform has the true axes, and
NIfTI means it to be used (nifti1.h, "method 3").
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

from icac.geometry import Frame

#: For each header size: where qform_code and sform_code lie (first byte, bytes of one code), and srow_x with its type.
LAYOUTS = {348: (252, 2, 280, "f4"), 540: (344, 4, 400, "f8")}


def sheared_sform(path: Path, size: tuple[int, int, int] | None = None) -> Frame | None:
    """Return the frame of the sform if it is sheared, otherwise None.

    Parameters
    ----------
    path : pathlib.Path
        A ``.nii`` or ``.nii.gz`` file.
    size : tuple of int, optional
        Number of voxels (x, y, z); (1, 1, 1) if omitted.

    """
    with _open(path) as stream:
        header = stream.read(540)
    order = next((o for o in "<>" if len(header) >= 348 and _number(header, 0, f"{o}i4") in LAYOUTS), None)
    if order is None:
        return None
    codes, width, rows, kind = LAYOUTS[int(_number(header, 0, f"{order}i4"))]
    if not _number(header, codes + width, f"{order}i{width}"):
        return None
    affine = np.eye(4)
    affine[:3] = np.frombuffer(header, f"{order}{kind}", 12, rows).reshape(3, 4)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-6:
        return None
    frame = Frame(np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, size or (1, 1, 1))  # NIfTI is RAS
    return frame if frame.is_sheared else None


def read_voxels(path: Path) -> sitk.Image:
    """Read an image whose frame SimpleITK refuses; the image has no meaningful frame.

    Raises
    ------
    RuntimeError
        The file is damaged.

    """
    with _open(path) as stream:
        data = bytearray(stream.read())
    small = 348 if 348 in (int.from_bytes(data[:4], order) for order in ("little", "big")) else 540
    codes, width, *_ = LAYOUTS[small]
    data[codes:codes + 2 * width] = bytes(2 * width)  # no qform, no sform
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.nii")
        copy.write_bytes(data)
        return sitk.ReadImage(str(copy))


def _open(path: Path) -> gzip.GzipFile:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else open(path, "rb")


def _number(data: bytes, offset: int, kind: str) -> int:
    return int(np.frombuffer(data, kind, 1, offset)[0])
