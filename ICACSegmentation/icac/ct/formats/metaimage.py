"""Headers of MetaImage files (``.mha``, ``.mhd``): https://itk.org/Wiki/ITK/MetaIO/Documentation."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from icac.ct.formats.header import UNITS_MM, DamagedError, ImageHeader, Packed, affine_of, real_numbers, shown
from icac.ct.formats.header import whole_numbers as whole
from icac.ct.formats.text_header import lines_of, listed_files, named_file, numbered_files, read_beginning

_TYPES = {"CHAR": "i1", "UCHAR": "u1", "SHORT": "i2", "USHORT": "u2", "INT": "i4", "UINT": "u4", "LONG": "i4",
          "ULONG": "u4", "LONG_LONG": "i8", "ULONG_LONG": "u8", "FLOAT": "f4", "DOUBLE": "f8"}

#: The last field of every header.
_LAST = "elementdatafile"


def read_header(path: Path) -> ImageHeader:
    """Read the header of a MetaImage; raises DamagedError if it cannot be used, OSError if it cannot be opened."""
    fields, behind, end = _fields(read_beginning(path))
    axes = whole(_needed(fields, "ndims"), "NDims", 1, 16)[0]
    sizes = whole(_needed(fields, "dimsize"), "DimSize")
    if len(sizes) != axes:
        raise DamagedError(f"its header announces {axes} dimensions and {len(sizes)} sizes")
    kind = _TYPES.get(_needed(fields, "elementtype").upper().removeprefix("MET_").removesuffix("_ARRAY"))
    if kind is None:
        raise DamagedError(f"its values are of the type {shown(fields['elementtype'])}, which no CT has")
    channels = whole(fields.get("elementnumberofchannels", "1"), "ElementNumberOfChannels", 1, 1000)[0]
    order = ">" if _is_true(fields, "binarydatabyteordermsb", "elementbyteordermsb") else "<"
    scaling = (_number(fields, "elementtointensityfunctionslope", 1.0),
               _number(fields, "elementtointensityfunctionoffset", 0.0))
    affine, oriented = _placed(fields, axes)
    return ImageHeader((channels, *sizes) if channels > 1 else sizes, np.dtype(order + kind),
                       _packed(fields, behind, path, end), affine, oriented, 0 if channels > 1 else None, *scaling)


def _fields(data: bytes) -> tuple[dict[str, str], list[str], int]:
    """Return the fields by their names in small letters, the lines that follow, and where the header ends."""
    last = re.search(rb"(?im)^\s*" + _LAST.encode() + rb"\s*=[^\n]*(\n|\Z)", data)
    if last is None:
        raise DamagedError("it is damaged or not what its name says")
    fields: dict[str, str] = {}
    for line in lines_of(data[:last.end()]):
        name, _, value = (part.strip() for part in line.partition("="))
        if fields.setdefault(name.lower(), value) != value:
            raise DamagedError(f"its header has {shown(name)} twice, with different values")
    if fields.get("objecttype", "Image").lower() != "image":
        raise DamagedError(f"it holds no image but {shown(fields['objecttype'])}")
    listed = fields[_LAST].split()[:1] == ["LIST"]
    return fields, lines_of(data[last.end():]) if listed else [], last.end()


def _needed(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise DamagedError(f"its header has no {shown(name)}")
    return fields[name]


def _first(fields: dict[str, str], *names: str) -> str | None:
    """Return the one of some fields that is there; writers call the same thing by different names."""
    found = list(dict.fromkeys(fields[name] for name in names if name in fields))
    if len(found) > 1:
        raise DamagedError(f"its header tells {shown(names[0])} under several names, with different values")
    return found[0] if found else None


def _is_true(fields: dict[str, str], *names: str) -> bool:
    return (_first(fields, *names) or "").lower() in ("true", "1", "t", "yes")


def _number(fields: dict[str, str], name: str, otherwise: float) -> float:
    return real_numbers(fields[name], name, 1)[0] if fields.get(name) else otherwise


def _placed(fields: dict[str, str], axes: int) -> tuple[np.ndarray, bool]:
    """Return the affine, which is LPS by definition, and whether the file says how its axes lie."""
    spacing = _first(fields, "elementspacing", "elementsize")
    if spacing is None:
        raise DamagedError("its header does not tell the size of a voxel")
    steps = real_numbers(spacing, "ElementSpacing", axes)
    if min(steps) < 0:  # programs differ in whether that turns the axis
        raise DamagedError(f"its header says that a voxel is {min(steps):g} mm long")
    turn = _first(fields, "transformmatrix", "rotation", "orientation")
    matrix = np.reshape(real_numbers(turn, "TransformMatrix", axes * axes), (axes, axes)) if turn else np.eye(axes)
    place = _first(fields, "offset", "position", "origin")
    origin = real_numbers(place, "Offset", axes) if place else (0.0,) * axes
    columns = np.eye(3)
    columns[:min(axes, 3), :min(axes, 3)] = (matrix * np.reshape(steps, (-1, 1)))[:3, :3]
    unit = fields.get("distanceunits", "mm").lower()
    if unit not in UNITS_MM and unit != "?":  # as the library that writes these files calls what it does not know
        raise DamagedError(f"its unit of length is {shown(unit)}, which is not known here")
    mm = UNITS_MM.get(unit, 1.0)
    return affine_of(columns, (*origin, 0.0, 0.0), mm), turn is not None


def _packed(fields: dict[str, str], listed: list[str], path: Path, end: int) -> Packed:
    """Return where the voxels lie."""
    binary, packed = _is_true(fields, "binarydata"), _is_true(fields, "compresseddata")
    encoding = "deflate" if packed else "raw" if binary else "text"
    name = fields[_LAST]
    offset = whole(fields.get("headersize", "0"), "HeaderSize", -1)[0]
    if name.lower() == "local":
        if offset > 0:
            raise DamagedError(f"its header says that the voxels begin behind it and at byte {offset}")
        return Packed((path,), end, encoding)
    files = listed_files(path.parent, listed) if listed else numbered_files(path.parent, name.split())
    return Packed(files or (named_file(path.parent, name),), 0 if packed else offset, encoding)
