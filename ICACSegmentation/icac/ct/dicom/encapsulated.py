"""Compressed pixels as they lie in a DICOM file (PS3.5, A.4), checked before any native code sees them.

A file that was cut within, and an announced size that the compressed picture does not have, are found here. They end a
native decoder with a crash, or without any word in grey pixels.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from icac.ct.dicom.pixel_format import PixelFormat

JPEG_2000_SYNTAXES = {JPEG2000Lossless, JPEG2000}
JPEG_SYNTAXES = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless}
LOSSY_SYNTAXES = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless}
SYNTAXES = {RLELossless, *JPEG_SYNTAXES, *JPEG_2000_SYNTAXES}

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_UNDEFINED = 0xFFFFFFFF

#: Markers of the start of a JPEG or JPEG-LS frame, after which its size stands; not those of tables (C4, C8, CC).
_FRAME_MARKERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}


class DamagedPixelsError(Exception):
    """The pixels of a file are damaged; the message completes a sentence that begins with the file."""


def compressed_frames(stream: BinaryIO, offset: int, frames: int) -> list[bytes]:
    """Return the compressed picture of each frame.

    Parameters
    ----------
    stream : file
    offset : int
        Position of the pixel data element.
    frames : int
        Number of frames that the header tells.

    Raises
    ------
    DamagedPixelsError
        The file is cut, or has another number of pictures.

    """
    stream.seek(offset)
    start = stream.read(12)
    length = int.from_bytes(start[8:], "little")
    if start[:4] != b"\xe0\x7f\x10\x00" or length != _UNDEFINED:
        raise DamagedPixelsError("has no compressed pixels although its header says so")
    offsets, *fragments = _items(stream)
    if frames == 1:
        return [b"".join(fragments)]
    if len(fragments) == frames:
        return fragments
    if len(fragments) < frames or len(offsets) != 4 * frames:
        raise DamagedPixelsError(f"has {len(fragments)} pictures for the {frames} frames of its header")
    return _grouped(fragments, struct.unpack(f"<{frames}I", offsets))


def _items(stream: BinaryIO) -> list[bytes]:
    """Return the table of offsets and the fragments after it."""
    items = []
    while (head := stream.read(8))[:4] == _ITEM and len(head) == 8:
        size = int.from_bytes(head[4:], "little")
        items.append(stream.read(size) if size != _UNDEFINED else b"")
        if len(items[-1]) < size:
            raise DamagedPixelsError("is truncated: its pixels are incomplete")
    if head[:4] != _END or len(items) < 2:
        raise DamagedPixelsError("is truncated: its pixels are incomplete")
    return items


def _grouped(fragments: list[bytes], offsets: tuple[int, ...]) -> list[bytes]:
    """Join the fragments of each frame, whose first one stands at an offset from the first of all."""
    frames: list[list[bytes]] = []
    position = 0
    for fragment in fragments:
        if position in offsets:
            frames.append([])
        if not frames:
            break
        frames[-1].append(fragment)
        position += 8 + len(fragment)
    if len(frames) != len(offsets):
        raise DamagedPixelsError("is damaged: its table of frames does not fit its pixels")
    return [b"".join(parts) for parts in frames]


def check_jpeg(data: bytes, syntax: UID, pixels: PixelFormat) -> None:
    """Check that a JPEG, JPEG-LS or JPEG 2000 picture is whole and has the size that the header tells.

    Raises
    ------
    DamagedPixelsError

    """
    size = _jpeg_2000_size(data) if syntax in JPEG_2000_SYNTAXES else _jpeg_size(data)
    if size is None or data.rfind(b"\xff\xd9") < len(data.rstrip(b"\0")) - 4:
        raise DamagedPixelsError("is truncated: its compressed picture is cut or damaged")
    if size != (pixels.rows, pixels.columns, 1):
        raise DamagedPixelsError(f"is damaged: its picture has {size[1]} x {size[0]} pixels of {size[2]} values, its "
                                 f"header says {pixels.columns} x {pixels.rows}")


def loses_detail(data: bytes, syntax: UID) -> bool:
    """Tell whether a picture was changed to make it smaller, by its kind or, of JPEG 2000, by its wavelets."""
    coding = data.find(b"\xff\x52")  # the coding style, of which the fourteenth byte names the wavelets; 0 loses
    return syntax in LOSSY_SYNTAXES or (syntax == JPEG2000 and 0 < coding < len(data) - 13 and data[coding + 13] == 0)


def _jpeg_size(data: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and values a pixel of a JPEG or JPEG-LS picture; None if it has no readable header."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 10 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        if marker in _FRAME_MARKERS:
            return (*struct.unpack(">HH", data[at + 5:at + 9]), data[at + 9])
        at += 1 if marker == 0xFF else 2 + length
    return None


def _jpeg_2000_size(data: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and values a pixel of a JPEG 2000 code stream; None if it has no readable header."""
    at = data.find(b"\xff\x4f\xff\x51")  # start of code stream and size; some writers put boxes of a file before it
    if at < 0 or at + 42 > len(data):
        return None
    right, bottom, left, top = struct.unpack(">4I", data[at + 8:at + 24])
    return bottom - top, right - left, int.from_bytes(data[at + 40:at + 42], "big")
