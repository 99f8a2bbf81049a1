"""Headers of NRRD files (``.nrrd``, ``.nhdr``, ``.seg.nrrd``): http://teem.sourceforge.net/nrrd/format.html."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from icac.ct.formats.header import (
    UNITS_MM,
    DamagedError,
    ImageHeader,
    Packed,
    affine_of,
    real_numbers,
    shown,
    whole_numbers,
)
from icac.ct.formats.text_header import lines_of, listed_files, named_file, numbered_files, read_beginning

#: numpy types by the names of NRRD.
_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64",
                     "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), "u8"),
    "float": "f4", "double": "f8"}

_ENCODINGS = {"raw": "raw", "gzip": "deflate", "gz": "deflate", **dict.fromkeys(("ascii", "text", "txt"), "text")}

#: From the spaces that say where left and front are to LPS.
_SPACES = {"left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1), "right-anterior-superior": (-1, -1, 1),
           "ras": (-1, -1, 1), "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1)}

#: Kinds of axes along which a patient does not extend.
_NO_SPACE = re.compile(r"list|vector|.*-vector|.*-color|.*-normal|.*-gradient|complex|quaternion|.*-matrix|.*-masked",
                       re.I)


def read_header(path: Path) -> ImageHeader:
    """Read the header of a NRRD file; raises DamagedError if it cannot be used, OSError if it cannot be opened."""
    data = read_beginning(path)
    if not re.match(rb"NRRD000\d\r?\n", data):
        raise DamagedError("it is damaged or not what its name says")
    end = re.search(rb"\n\r?\n", data)
    lines = lines_of(data[:end.start()] if end else data)
    fields, texts, listed = _fields(lines)
    dimension = whole_numbers(_needed(fields, "dimension"), "dimension", 1, 16)[0]
    sizes = whole_numbers(_needed(fields, "sizes"), "sizes")
    if len(sizes) != dimension:
        raise DamagedError(f"its header announces {dimension} dimensions and {len(sizes)} sizes")
    kind = _TYPES.get(_needed(fields, "type").lower())
    if kind is None:
        raise DamagedError(f"its values are of the type {shown(fields['type'])}, which no CT has")
    if {"old min", "oldmin", "old max", "oldmax"} & fields.keys():
        raise DamagedError("its values were turned into steps between 'old min' and 'old max', which is not read here")
    dtype = np.dtype(_byte_order(fields, kind) + kind)
    axis, affine, oriented = _placed(fields, sizes)
    packed = _packed(fields, listed, path, None if end is None else end.end())
    return ImageHeader(sizes, dtype, packed, affine, oriented, axis, texts=texts)


def _fields(lines: list[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the fields, the free texts, and the names of files after ``data file: LIST``."""
    fields: dict[str, str] = {}
    texts: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        key, colon, value = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        if value.startswith("="):
            texts[key] = value[1:]
            continue
        key = key.strip().lower()
        key = {"datafile": "data file", "byteskip": "byte skip", "lineskip": "line skip"}.get(key, key)
        if key in fields:
            raise DamagedError(f"its header has {shown(key)} twice")
        fields[key] = value.strip()
        if key == "data file" and value.split()[:1] == ["LIST"]:
            return fields, texts, lines[number:]
    return fields, texts, []


def _needed(fields: dict[str, str], name: str) -> str:
    if name not in fields:
        raise DamagedError(f"its header has no {shown(name)}")
    return fields[name]


def _byte_order(fields: dict[str, str], kind: str) -> str:
    if kind.endswith("1") or _ENCODINGS.get(fields.get("encoding", "").lower()) == "text":
        return "="
    order = {"little": "<", "big": ">"}.get(_needed(fields, "endian").lower())
    if order is None:
        raise DamagedError(f"'endian' in its header is {shown(fields['endian'])}")
    return order


def _packed(fields: dict[str, str], listed: list[str], path: Path, end: int | None) -> Packed:
    """Return where the voxels lie."""
    encoding = _ENCODINGS.get(_needed(fields, "encoding").lower())
    if encoding is None or "line skip" in fields:
        what = "'line skip'" if encoding else f"the encoding {shown(fields['encoding'])}"
        raise DamagedError(f"it is stored with {what}, which is not read here (save it with raw or gzip)")
    skip = whole_numbers(fields.get("byte skip", "0"), "byte skip", -1)[0]
    if skip and encoding != "raw" and (skip < 0 or "data file" not in fields):
        raise DamagedError(f"'byte skip' of packed voxels is {skip}")
    if "data file" not in fields:
        if end is None:
            raise DamagedError("its header has no end")
        return Packed((path,), -1 if skip < 0 else end + skip, encoding)
    name = fields["data file"]
    files = listed_files(path.parent, listed) if listed else numbered_files(path.parent, name.split())
    return Packed(files or (named_file(path.parent, name),), skip, encoding, inside=encoding == "deflate")


def _placed(fields: dict[str, str], sizes: tuple[int, ...]) -> tuple[int | None, np.ndarray, bool]:
    """Return the axis that is none of space, the affine, and whether the file says where left is."""
    space = fields.get("space", "").lower().removesuffix("-time")
    signs, kinds = _SPACES.get(space), fields.get("kinds", "").split()
    if "space directions" in fields:
        steps = _vectors(fields["space directions"], len(sizes))
        axis = next((n for n, step in enumerate(steps) if step is None), None)
        columns = [step for step in steps if step is not None]
    else:
        axis = next((n for n, kind in enumerate(kinds[:len(sizes)]) if _NO_SPACE.fullmatch(kind)), None)
        columns = _from_spacings(fields, len(sizes), axis)
    if len(sizes) - len(columns) > 1:
        raise DamagedError("more than one of its axes has no direction in space")
    columns = [(*column, 0.0, 0.0, 0.0)[:3] for column in columns]
    columns += [tuple(np.eye(3)[n]) for n in range(len(columns), 3)]
    origin = _vectors(fields["space origin"], 1)[0] if "space origin" in fields else None
    affine = affine_of(columns, (*(origin or ()), 0.0, 0.0, 0.0), _unit(fields))
    return axis, np.diag([*(signs or (1, 1, 1)), 1.0]) @ affine, signs is not None


def _from_spacings(fields: dict[str, str], count: int, axis: int | None) -> list[tuple[float, ...]]:
    """Return steps along the axes of space for a file that tells distances alone."""
    words = _needed(fields, "spacings").split()
    if len(words) != count:
        raise DamagedError(f"'spacings' in its header is {shown(fields['spacings'])}")
    words = [word for n, word in enumerate(words) if n != axis]
    distances = real_numbers(" ".join(words), "spacings", len(words))
    return [tuple(row) for row in np.diag(distances)]


def _vectors(text: str, count: int) -> list[tuple[float, ...] | None]:
    """Return the vectors of ``(1,0,0) none (0,1,0)``, None for ``none``."""
    parts = re.findall(r"\(([^()]*)\)|(none)", text) if len(text) < 10_000 else []
    if len(parts) != count or re.sub(r"\([^()]*\)|none|\s", "", text):
        raise DamagedError(f"its header places the voxels by {shown(text)}")
    return [None if none else real_numbers(vector.replace(",", " "), "space directions", vector.count(",") + 1)
            for vector, none in parts]


def _unit(fields: dict[str, str]) -> float:
    """Return the length of the unit of space in mm, which is mm if the file does not tell."""
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", "")))
    known = [UNITS_MM[unit] for unit in units if unit in UNITS_MM]
    if not known and units - {""}:
        raise DamagedError(f"its unit of length is {shown(min(units - {''}))}, which is not known here")
    if len(set(known)) > 1:
        raise DamagedError("its axes have different units of length")
    return known[0] if known else 1.0
