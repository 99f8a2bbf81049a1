"""From stored pixels to HU: byte order, stored bits, sign, rescale, padding, and compressed transfer syntaxes."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pydicom

from icac.ct.dicom.headers import DicomFile, Slice, slices_of, transfer_syntax
from icac.ct.scan import AIR_HU
from icac.errors import InputError

#: A padding value whose HU lies in this range is not believed: some exports name a value that tissue has (0, say),
#: and taking it at its word would drill holes of air into the head.
TISSUE_HU = (-300.0, 3000.0)


def read_hu(slices: list[Slice]) -> np.ndarray:
    """Read the HU of slices that have the same rows and columns.

    Parameters
    ----------
    slices : list of Slice

    Returns
    -------
    numpy.ndarray
        Shape (slices, rows, columns); int16 if every slope and intercept is whole, otherwise float32. Padding and
        everything below -1024 is -1024.

    Raises
    ------
    InputError
        A file is truncated, damaged, in colour, or compressed in a way that cannot be decoded.

    """
    header = slices[0].file.header
    whole = all(float(s.slope).is_integer() and float(s.intercept).is_integer() for s in slices)
    hu = np.empty((len(slices), int(header.Rows), int(header.Columns)), dtype=np.int16 if whole else np.float32)
    opened = slices[0].file
    stored = _read_file(opened)
    for n, one in enumerate(slices):
        if one.file is not opened:
            stored, opened = _read_file(one.file), one.file
        if one.frame >= len(stored):
            raise InputError(f"{one.file.path} is truncated: it has fewer frames than its header says; copy it again.")
        hu[n] = _to_hu(stored[one.frame], one, whole)
    return hu


def _read_file(file: DicomFile) -> np.ndarray:
    """Return the stored values of a file, shape (frames, rows, columns), before any rescaling."""
    header = file.header
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise InputError(f"{file.path} is a colour picture, not a CT image; give the original CT series.")
    syntax = transfer_syntax(header)
    if syntax.is_encapsulated:
        return _decode(file)
    try:
        data = _native_bytes(file, syntax)
    except (OSError, AttributeError, ValueError, EOFError) as error:
        raise InputError(f"The pixels of {file.path} cannot be read; copy or export the file again.") from error
    bits, signed = int(header.get("BitsAllocated", 16)), int(header.get("PixelRepresentation", 0))
    if bits not in (8, 16, 32):
        raise InputError(f"{file.path} stores {bits} bits a pixel, which no CT does; export the series again.")
    kind = np.dtype(f"{'<' if syntax.is_little_endian else '>'}{'i' if signed else 'u'}{bits // 8}")
    frames, rows, columns = int(header.get("NumberOfFrames") or 1), int(header.Rows), int(header.Columns)
    if len(data) < frames * rows * columns * kind.itemsize:
        raise InputError(f"{file.path} is truncated: its pixels are incomplete; copy or export the file again.")
    values = np.frombuffer(data, dtype=kind, count=frames * rows * columns)
    return _stored_bits(values.reshape(frames, rows, columns), header)


def _native_bytes(file: DicomFile, syntax: pydicom.uid.UID) -> bytes:
    """Return the bytes of uncompressed pixels, without parsing the header again where possible."""
    if file.pixel_offset is None:
        return pydicom.dcmread(file.path, force=True).PixelData
    with open(file.path, "rb") as stream:
        stream.seek(file.pixel_offset)
        # Group, element, then VR and two reserved bytes where the VR is explicit, then a length of four bytes.
        skip = 8 if syntax.is_implicit_VR else 12
        start = stream.read(skip)
        order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
        group, element = (int.from_bytes(start[a:a + 2], order) for a in (0, 2))
        if (group, element) != (0x7FE0, 0x0010):
            raise ValueError("no pixel data")
        return stream.read(int.from_bytes(start[-4:], order))


def _stored_bits(values: np.ndarray, header: pydicom.Dataset) -> np.ndarray:
    """Drop the bits above (overlays, rubbish) and below the stored ones, and extend the sign."""
    allocated = int(header.get("BitsAllocated", 16))
    stored = int(header.get("BitsStored", allocated))
    above = allocated - 1 - int(header.get("HighBit", stored - 1))
    if stored >= allocated or above < 0 or above + stored > allocated:
        return values
    # Shifts on the array's own signed or unsigned type extend the sign or fill with zeros as they should.
    return (values << above) >> (allocated - stored)


def _decode(file: DicomFile) -> np.ndarray:
    """Decompress with GDCM and undo the rescale that it applies, so that both ways give stored values."""
    import SimpleITK as sitk  # noqa: N813

    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file.path))
    try:
        image = reader.Execute()
    except RuntimeError as error:
        name = transfer_syntax(file.header).name
        raise InputError(f"The pixels of {file.path} ({name}) cannot be decoded; export the series uncompressed."
                         ) from error
    array = sitk.GetArrayFromImage(image)
    array = array[None] if array.ndim == 2 else array
    # GDCM takes the slope and intercept of the header, those of the first frame in a multi-frame file.
    first = slices_of(file)[0]
    return np.rint((array.astype(np.float64) - first.intercept) / first.slope).astype(np.int32)


def _to_hu(stored: np.ndarray, one: Slice, whole: bool) -> np.ndarray:
    """Rescale one slice, shape (rows, columns), and turn padding into air."""
    kind = np.int32 if whole else np.float32
    hu = stored.astype(kind) * kind(one.slope) + kind(one.intercept)
    limits = _padding(one)
    if limits is not None:
        hu[(stored >= limits[0]) & (stored <= limits[1])] = AIR_HU
    np.clip(hu, AIR_HU, np.iinfo(np.int16).max, out=hu)
    return hu


def _padding(one: Slice) -> tuple[int, int] | None:
    """Return the range of stored values that mark pixels outside the reconstruction, or None."""
    header = one.file.header
    value = header.get("PixelPaddingValue")
    if value is None or isinstance(value, bytes):
        return None
    other = header.get("PixelPaddingRangeLimit")
    ends = [int(value), int(value if other is None or isinstance(other, bytes) else other)]
    bits = int(header.get("BitsStored", 16))
    if int(header.get("PixelRepresentation", 0)):
        # -2000 is often written as its unsigned twin, 63536.
        ends = [end - (1 << bits) if end >= 1 << (bits - 1) else end for end in ends]
    low, high = min(ends), max(ends)
    in_hu = sorted(end * one.slope + one.intercept for end in (low, high))
    overlaps_tissue = in_hu[1] > TISSUE_HU[0] and in_hu[0] < TISSUE_HU[1]
    return None if overlaps_tissue else (low, high)
