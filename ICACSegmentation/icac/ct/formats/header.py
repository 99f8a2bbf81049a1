"""What the header of an image file announces, the same for all formats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

#: Most voxels of one image: several times the largest CT of a head. More is a damaged header.
MOST_VOXELS = 2**30

#: Most bytes of a header; segmentations of 3D Slicer with hundreds of segments need some hundred thousand.
LONGEST_HEADER = 4_000_000

#: Length of units in mm, by the names that formats give them.
UNITS_MM = {"mm": 1.0, "millimeter": 1.0, "um": 1e-3, "\N{MICRO SIGN}m": 1e-3, "micron": 1e-3, "cm": 10.0, "m": 1e3}


class DamagedError(Exception):
    """A file cannot be used; the message is a phrase that says what is wrong with it."""


@dataclass(frozen=True, eq=False)
class Packed:
    """Where the bytes of the voxels lie, and how they are packed.

    Attributes
    ----------
    paths : tuple of Path
        One file, or several that hold as many bytes each.
    offset : int
        Bytes before them in each file, counted after unpacking where ``inside``; -1: they end with the file.
    encoding : {"raw", "deflate", "text"}
        ``deflate`` is gzip or zlib, each with its checksum.
    inside : bool
        The offset counts unpacked bytes.

    """

    paths: tuple[Path, ...]
    offset: int
    encoding: str = "raw"
    inside: bool = False


@dataclass(frozen=True, eq=False)
class ImageHeader:
    """A header that was read and checked.

    Attributes
    ----------
    sizes : tuple of int
        Along all axes of the file, the fastest first.
    dtype : numpy.dtype
        Of the stored values, with their byte order.
    packed : Packed
    affine : numpy.ndarray
        4 x 4, voxel index (x, y, z) to mm: LPS if ``oriented``, else the axes of a space that the file does not name.
    oriented : bool
        The file says where left and right are.
    layers_axis : int or None
        The axis of ``sizes`` that is no axis of space but counts the values of a voxel.
    slope, intercept : float
        From stored to true values.
    texts : mapping of str to str
        Free texts of the header, such as the names of segments.
    notes : tuple of str
        Sentences on what a user should know of the header.

    """

    sizes: tuple[int, ...]
    dtype: np.dtype
    packed: Packed
    affine: np.ndarray
    oriented: bool
    layers_axis: int | None = None
    slope: float = 1.0
    intercept: float = 0.0
    texts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 1:
            raise DamagedError(f"its header announces {' x '.join(map(str, self.sizes)) or 'no'} voxels")
        if math.prod(self.sizes) > MOST_VOXELS:
            raise DamagedError(f"its header announces {' x '.join(map(str, self.sizes))} voxels, more than a CT has")
        if not np.isfinite(self.affine).all() or not np.isfinite([self.slope, self.intercept]).all():
            raise DamagedError("its header holds a number that is none (NaN or infinite)")

    @property
    def space_sizes(self) -> tuple[int, ...]:
        """Sizes along the axes of space, x first."""
        return tuple(n for axis, n in enumerate(self.sizes) if axis != self.layers_axis)

    @property
    def bytes(self) -> int:
        """Size of all voxels, unpacked."""
        return math.prod(self.sizes) * self.dtype.itemsize


def whole_numbers(text: str, name: str, low: int = 1, high: int = 2**31) -> tuple[int, ...]:
    """Return the whole numbers of a text; raises DamagedError unless all are numbers from ``low`` to ``high``."""
    try:
        values = tuple(int(part) for part in text.split()) if len(text) < 1000 else ()
    except ValueError:
        values = ()
    if not values or min(values) < low or max(values) > high:
        raise DamagedError(f"'{name}' in its header is {shown(text)}")
    return values


def real_numbers(text: str, name: str, count: int) -> tuple[float, ...]:
    """Return ``count`` finite numbers of a text; raises DamagedError if it has others."""
    try:
        values = tuple(float(part) for part in text.split()) if len(text) < 10_000 else ()
    except ValueError:
        values = ()
    if len(values) != count or not all(map(math.isfinite, values)):
        raise DamagedError(f"'{name}' in its header is {shown(text)} where {count} numbers are expected")
    return values


def affine_of(columns: ArrayLike, origin: Sequence[float], mm: float = 1.0) -> np.ndarray:
    """Return the 4 x 4 of the steps along x, y and z and the position of the first voxel, in units of ``mm``."""
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(np.asarray(columns, float)[:3, :3]) * mm
    affine[:3, 3] = np.asarray(origin, float)[:3] * mm
    return affine


def shown(text: str) -> str:
    """Return the beginning of a text of a header in quotation marks, fit to be shown."""
    plain = "".join(c if c.isprintable() else " " for c in text.strip())
    return f"'{plain[:40]}...'" if len(plain) > 40 else f"'{plain}'"
