"""How the pixels of a DICOM file are stored, as its header says."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom import Dataset

from icac.ct.dicom.header_values import BadValueError, as_numbers, value_of, whole_of

#: Largest number of rows or columns. CTs have 512 to 2048.
MAX_SIDE = 8192


@dataclass(frozen=True)
class PixelFormat:
    """How pixels are stored.

    Attributes
    ----------
    rows, columns : int
    samples : int
        Values a pixel: 1 in CT.
    allocated, stored : int
        Bits of a pixel in the file, and how many of them hold its value.
    above : int
        Bits above the value: overlays or rubbish.
    signed : bool
    padding : tuple of int or None
        Smallest and largest stored value that mark pixels outside the reconstruction.

    """

    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    above: int
    signed: bool
    padding: tuple[int, int] | None

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncompressed frame."""
        return self.rows * self.columns * self.samples * self.allocated // 8


def pixel_format(header: Dataset) -> PixelFormat:
    """Read how the pixels are stored.

    Raises
    ------
    BadValueError
        The header does not say it, or says what cannot be.

    """
    rows, columns = (whole_of(header, keyword, None, 1, MAX_SIDE) for keyword in ("Rows", "Columns"))
    allocated = whole_of(header, "BitsAllocated", 16, 1, 64)
    stored = whole_of(header, "BitsStored", allocated, 1, 64)
    above = allocated - 1 - whole_of(header, "HighBit", stored - 1, 0, 63)
    if above < 0 or above + stored > allocated:  # nonsense; the pixels are taken as they are
        stored, above = allocated, 0
    signed = bool(whole_of(header, "PixelRepresentation", 0, 0, 1))
    return PixelFormat(rows, columns, whole_of(header, "SamplesPerPixel", 1, 1, 4), allocated, stored, above, signed,
                       _padding(header, stored, signed))


def _padding(header: Dataset, stored: int, signed: bool) -> tuple[int, int] | None:
    """Return the range of padding; None if the header has none, or none that can be understood."""
    try:
        ends = [as_numbers(value_of(header, keyword), keyword, 1, 2.0**31)
                for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    except BadValueError:
        return None
    known = [int(end[0]) for end in ends if end is not None]
    if ends[0] is None:
        return None
    if signed:
        # -2000 is often written as its unsigned twin, 63536.
        known = [end - (1 << stored) if end >= 1 << (stored - 1) else end for end in known]
    return min(known), max(known)
