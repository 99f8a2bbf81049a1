"""Headers of NIfTI-1 and NIfTI-2 files (``.nii``, ``.nii.gz``).

Two forms may place the voxels: the qform, a rotation, and the sform, any affine (nifti1.h, "methods 2 and 3"). A form
of the scanner's own space counts more than any other, and of equal ones the sform, which can hold the shear of a
tilted gantry. Files without either (method 1) do not say where left and right are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from icac.ct.formats.header import DamagedError, ImageHeader, Packed
from icac.ct.formats.source import GZIP, Source

#: Bytes of the NIfTI-2 header, the longer one.
_LONGEST = 540

#: Voxels begin within so many bytes; extensions of the header come before them.
_LATEST_VOXELS = 64 << 20

#: Fields of a header: first byte, type and number of values.
_Fields = Mapping[str, tuple[int, str, int]]

_NIFTI_1: _Fields = MappingProxyType({
    "dim": (40, "i2", 8), "datatype": (70, "i2", 1), "pixdim": (76, "f4", 8), "vox_offset": (108, "f4", 1),
    "scl_slope": (112, "f4", 1), "scl_inter": (116, "f4", 1), "xyzt_units": (123, "u1", 1),
    "qform_code": (252, "i2", 1),
    "sform_code": (254, "i2", 1), "quatern": (256, "f4", 3), "qoffset": (268, "f4", 3), "srow": (280, "f4", 12)})
_NIFTI_2: _Fields = MappingProxyType({
    "dim": (16, "i8", 8), "datatype": (12, "i2", 1), "pixdim": (104, "f8", 8), "vox_offset": (168, "i8", 1),
    "scl_slope": (176, "f8", 1), "scl_inter": (184, "f8", 1), "xyzt_units": (500, "i4", 1),
    "qform_code": (344, "i4", 1),
    "sform_code": (348, "i4", 1), "quatern": (352, "f8", 3), "qoffset": (376, "f8", 3), "srow": (400, "f8", 12)})

#: By the number that a header begins with: its fields, first byte and text of the magic, least offset of the voxels.
_VERSIONS = {348: (_NIFTI_1, 344, b"n+1\0", 352), 540: (_NIFTI_2, 4, b"n+2\0", 544)}

#: numpy types by the code of the data type; colours, complex and 128-bit numbers are no CT.
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_COLOURS = {128: 3, 2304: 4}

#: mm by the code of the unit of length; unknown units are mm.
_UNITS_MM = {1: 1000.0, 3: 0.001}

#: Form codes: the space of the scanner, and from which on it is that of a template.
_SCANNER, _TEMPLATE = 1, 3

#: Sizes of voxels that differ by this share are not the same.
_SAME_SIZE = 0.01

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class _Form:
    """One way to place the voxels: its code, and voxel index to RAS mm."""

    code: int
    affine: np.ndarray

    @property
    def is_usable(self) -> bool:
        return self.code > 0 and bool(np.isfinite(self.affine).all()) and abs(np.linalg.det(self.affine)) > 1e-15


def read_header(path: Path) -> ImageHeader:
    """Read the header of a NIfTI file; raises DamagedError if it cannot be used, OSError if it cannot be opened."""
    packed = path.name.lower().endswith(".gz")
    with Source(path, packed) as source:
        data = source.read(_LONGEST)
    order, version = _version(data)
    layout, _, _, least_offset = version
    fields = {name: np.frombuffer(data, order + kind, count, first) for name, (first, kind, count) in layout.items()}
    sizes, layers, kind = _sizes(fields["dim"]), None, int(fields["datatype"][0])
    if kind in _COLOURS:
        sizes, layers = (_COLOURS[kind], *sizes), 0
    elif kind not in _TYPES:
        raise DamagedError(f"its values are of a type (code {kind} of NIfTI) that no CT has")
    offset = float(fields["vox_offset"][0])
    if not abs(offset) <= _LATEST_VOXELS:
        raise DamagedError(f"its header says that the voxels begin at byte {offset:g}")
    place = Packed((path,), max(int(offset), least_offset), "deflate" if packed else "raw", packed)
    return ImageHeader(sizes, np.dtype(order + _TYPES.get(kind, "u1")), place, *_placed(fields), layers,
                       *_scaling(fields), notes=_notes(fields))


def _version(data: bytes) -> tuple[str, tuple[_Fields, int, bytes, int]]:
    """Return byte order and version of a header."""
    for order in "<>":
        version = _VERSIONS.get(int(np.frombuffer(data, order + "i4", 1)[0])) if len(data) >= 348 else None
        if version and version[2] == data[version[1]:version[1] + 4]:
            return order, version
    if data.startswith(GZIP):
        raise DamagedError("it is packed by gzip, so its name should end in .gz")
    if data[344:348] == b"ni1\0":
        raise DamagedError("its voxels are in another file (.img)")
    raise DamagedError("it is damaged or not what its name says")


def _sizes(dim: np.ndarray) -> tuple[int, ...]:
    """Return the sizes along the axes, without further ones of 1 after three."""
    if not 1 <= dim[0] <= 7:
        raise DamagedError(f"its header announces {dim[0]} dimensions")
    sizes = [int(n) for n in dim[1:1 + int(dim[0])]]
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    return tuple(sizes)


def _scaling(fields: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Return slope and intercept; a slope of 0, or none, says that the values are stored as they are."""
    slope, intercept = float(fields["scl_slope"][0]), float(fields["scl_inter"][0])
    return (slope, intercept) if slope and np.isfinite(slope) else (1.0, 0.0)


def _placed(fields: Mapping[str, np.ndarray]) -> tuple[np.ndarray, bool]:
    """Return the affine, voxel index to LPS mm, and whether the file says where left is."""
    mm = _UNITS_MM.get(int(fields["xyzt_units"][0]) & 7, 1.0)
    to_mm = np.diag([mm, mm, mm, 1.0])
    form = _chosen(fields)
    if form is not None:
        return _RAS_TO_LPS @ to_mm @ form.affine, True
    return to_mm @ np.diag([*_voxel_size(fields), 1.0]), False


def _chosen(fields: Mapping[str, np.ndarray]) -> _Form | None:
    """Return the form that places the voxels, None if there is none."""
    usable = [form for form in _forms(fields) if form.is_usable]
    return max(usable, key=lambda form: form.code == _SCANNER, default=None)


def _forms(fields: Mapping[str, np.ndarray]) -> tuple[_Form, _Form]:
    """Return sform and qform, whether they can be used or not."""
    sform = np.vstack([_floats(fields, "srow").reshape(3, 4), (0, 0, 0, 1)])
    return _Form(int(fields["sform_code"][0]), sform), _Form(int(fields["qform_code"][0]), _qform(fields))


def _qform(fields: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the 4 x 4 of the quaternion (nifti1_io.c, nifti_quatern_to_mat44)."""
    b, c, d = _floats(fields, "quatern")
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < 1e-7:  # of rounding: a rotation by half a turn
        length = max(np.sqrt(b * b + c * c + d * d), 1e-30)
        a, b, c, d = 0.0, b / length, c / length, d / length
    else:
        a = np.sqrt(rest)
    rotation = np.array([[a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
                         [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
                         [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b]])
    affine = np.eye(4)
    affine[:3, :3] = rotation * _voxel_size(fields) * (1, 1, -1 if fields["pixdim"][0] < 0 else 1)
    affine[:3, 3] = _floats(fields, "qoffset")
    return affine


def _voxel_size(fields: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.abs(_floats(fields, "pixdim")[1:4])


def _other_sizes(axes: np.ndarray, stated: np.ndarray) -> list[str]:
    """Say that the voxels have another size by their axes than the header tells; of sheared ones the volume counts."""
    taken, volume = np.linalg.norm(axes, axis=0), abs(np.linalg.det(axes))
    if not (stated > 0).all() or np.allclose(stated, taken, rtol=_SAME_SIZE) or np.isclose(
            stated.prod(), volume, rtol=_SAME_SIZE):
        return []
    return [f"The file tells two sizes of its voxels, {_sizes_text(taken)} by the place of its axes and "
            f"{_sizes_text(stated)} (pixdim); the former were taken, and every volume rests on them."]


def _sizes_text(sizes: np.ndarray) -> str:
    return " x ".join(f"{size:.4g}" for size in sizes)


def _floats(fields: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # what is no number is seen later
        return fields[name].astype(float)


def _notes(fields: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return what a user should know of the forms."""
    form, (sform, qform), notes = _chosen(fields), _forms(fields), []
    if sform.is_usable and qform.is_usable and (np.diag(sform.affine.T @ qform.affine)[:3] < 0).any():
        taken = "sform" if form is not None and np.array_equal(form.affine, sform.affine) else "qform"
        notes.append("The file places the voxels in two ways that differ in where an axis runs (its sform and its "
                     f"qform); the {taken} was taken.")
    if form is not None:
        notes += _other_sizes(form.affine[:3, :3], _voxel_size(fields))
    if form is not None and form.code >= _TEMPLATE:
        notes.append("The file places the scan in the space of a template: if it was scaled to that, its volumes are "
                     "not those of the patient.")
    return tuple(notes)
