"""The voxels that a header announces."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.ct.formats import metaimage, nifti, nrrd
from icac.ct.formats.header import DamagedError, ImageHeader, Packed
from icac.ct.formats.source import Source

_READERS = {"nifti": nifti.read_header, "nrrd": nrrd.read_header, "metaimage": metaimage.read_header}


@dataclass(frozen=True, eq=False)
class StoredImage:
    """An image file.

    Attributes
    ----------
    header : ImageHeader
    layers : numpy.ndarray
        True values, shape (values of a voxel, ..., z, y, x).

    """

    header: ImageHeader
    layers: np.ndarray


def load_image(path: Path, kind: str) -> StoredImage:
    """Read an image file of ``kind`` (nifti, nrrd or metaimage).

    Raises
    ------
    DamagedError
        With a phrase that says what is wrong: it is damaged, cut, changed while it is read, or of a rare kind.
    OSError
        It cannot be opened.

    """
    before = _state(path)
    header = _READERS[kind](path)
    places = {place: _state(place) for place in header.packed.paths if place.exists()} | {path: before}
    stored = _stored(header)
    if any(_state(place) != state for place, state in places.items()):
        raise DamagedError("it was changed while it was read")
    array = stored.view(header.dtype.newbyteorder("=")) if header.dtype.isnative else stored.astype(
        header.dtype.newbyteorder("="))
    array = array.reshape(header.sizes[::-1])
    axis = header.layers_axis
    layers = array[None] if axis is None else np.moveaxis(array, array.ndim - 1 - axis, 0)
    return StoredImage(header, _true_values(layers, header))


def is_oriented(path: Path, kind: str) -> bool:
    """Tell whether an image file of ``kind`` says where left and right are; errors as of :func:`load_image`."""
    return _READERS[kind](path).oriented


def _state(path: Path) -> tuple[int, int, int]:
    """Return what differs once a file is written to, or another one takes its place."""
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _stored(header: ImageHeader) -> np.ndarray:
    """Return the stored values, (voxels,), of the dtype of the header."""
    packed, count = header.packed, len(header.packed.paths)
    if header.bytes % count:
        raise DamagedError(f"its voxels cannot be divided among {count} files")
    if packed.encoding == "text":
        return np.concatenate([_from_text(path, packed, header) for path in packed.paths])
    part = header.bytes // count
    _check_room(packed, part)
    array = np.empty(header.bytes, np.uint8)
    for number, path in enumerate(packed.paths):
        _fill(array.data[number * part:(number + 1) * part], path, packed)
    return array.view(header.dtype)


def _open(path: Path, packed: Packed, need: int) -> Source:
    try:
        before = 0 if packed.inside else packed.offset
        if before < 0:  # the voxels end with the file
            before = max(os.stat(path).st_size - need, 0)
        return Source(path, packed.encoding == "deflate", before)
    except OSError as error:
        raise DamagedError(f"its voxels should lie in '{path.name}', which cannot be read "
                           f"({error.strerror or error})") from error


def _check_room(packed: Packed, need: int) -> None:
    """Compare what is announced with the sizes of the files, before any memory is taken."""
    for path in packed.paths:
        with _open(path, packed, need) as source:
            if not source.can_hold(need + packed.offset * packed.inside):
                raise DamagedError(f"its last voxels are missing (its header announces {need:,} bytes)")


def _fill(target: memoryview, path: Path, packed: Packed) -> None:
    with _open(path, packed, len(target)) as source:
        if packed.inside:
            source.read(packed.offset)
        source.fill(target)
        source.finish()


def _from_text(path: Path, packed: Packed, header: ImageHeader) -> np.ndarray:
    """Read values that are written as numbers in words."""
    count = header.bytes // header.dtype.itemsize // len(packed.paths)
    with _open(path, packed, 0) as source:
        if not source.can_hold(2 * count - 1):  # a digit and a space each
            raise DamagedError("its last voxels are missing")
        text = source.read(64 * count + 1).split(maxsplit=count)[:count]
    try:
        values = np.array(text, dtype=np.float64)
    except ValueError as error:
        raise DamagedError("its voxels are not numbers") from error
    if len(values) != count:
        raise DamagedError("its last voxels are missing")
    return values.astype(header.dtype)


def _true_values(array: np.ndarray, header: ImageHeader) -> np.ndarray:
    if (header.slope, header.intercept) == (1.0, 0.0):
        return array
    kind = np.float32 if array.dtype.itemsize <= 2 or array.dtype == np.float32 else np.float64
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is infinite, and refused as such
        true: np.ndarray = array.astype(kind)
        return true * kind(header.slope) + kind(header.intercept)
