"""Run-length compressed pictures (PS3.5, Annex G), decompressed here: native decoders fail on some that are whole."""

from __future__ import annotations

import struct

import numpy as np

from icac.ct.dicom.encapsulated import DamagedPixelsError
from icac.ct.dicom.pixel_format import PixelFormat

#: Bytes of the header: the number of segments, and where each of up to 15 starts.
_HEADER = 64


def decode_run_lengths(data: bytes, pixels: PixelFormat) -> np.ndarray:
    """Return the stored values of a picture, unsigned, shape (rows, columns).

    Raises
    ------
    DamagedPixelsError
        It is cut or damaged.

    """
    size, number = pixels.rows * pixels.columns, pixels.allocated // 8
    count, *starts = struct.unpack("<16I", data[:_HEADER].ljust(_HEADER, b"\0"))
    if count != number or starts[0] != _HEADER:
        raise DamagedPixelsError("is damaged: the header of its compressed picture is none")
    ends = [*starts[1:count], len(data)]
    segments = [_segment(data[a:b], size) for a, b in zip(starts, ends, strict=False)]
    # The most significant byte comes first.
    values = np.frombuffer(b"".join(segments), np.uint8).reshape(number, size)
    return np.ascontiguousarray(values.T).view(f">u{number}").astype(f"<u{number}").reshape(pixels.rows, pixels.columns)


def _segment(data: bytes, size: int) -> bytes:
    """Decompress one byte of every pixel."""
    out, at = bytearray(), 0
    while len(out) < size and at < len(data):
        head = data[at]
        if head < 128:  # so many bytes follow, and one
            out += data[at + 1:at + 2 + head]
            at += head + 2
        else:  # one byte is repeated; 128 means nothing
            out += data[at + 1:at + 2] * (257 - head) if head > 128 else b""
            at += 2 if head > 128 else 1
    if len(out) < size:
        raise DamagedPixelsError("is truncated: its compressed picture is cut or damaged")
    return bytes(out[:size])
