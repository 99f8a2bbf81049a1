"""DICOM files whose data set is deflated (PS3.5, A.5): the same file uncompressed, and never more than is needed.

A small file can inflate to gigabytes, so pydicom is not left to do it.
"""

from __future__ import annotations

import io
import zlib
from io import BufferedIOBase
from typing import BinaryIO

SYNTAX = b"1.2.840.10008.1.2.1.99"
_EXPLICIT = b"1.2.840.10008.1.2.1".ljust(len(SYNTAX), b"\0")

#: Bytes that are inflated at most to find the header and the beginning of the pixels.
HEADER_BYTES = 1 << 26

#: The file meta information begins after preamble, prefix, and the element that tells its length.
_META_START, _MOST_META = 144, 1 << 16


def is_deflated(start: bytes) -> bool:
    """Tell by the first kilobyte of a file whether its data set is deflated."""
    return start[128:132] == b"DICM" and SYNTAX in start[:1024]


def inflated(stream: BinaryIO | BufferedIOBase, most: int = HEADER_BYTES) -> BinaryIO:
    """Return the file as explicit little endian, up to ``most`` bytes of its data set.

    Raises
    ------
    zlib.error, EOFError
        It is damaged.

    """
    start = stream.read(_META_START)
    length = int.from_bytes(start[-4:], "little")
    if len(start) < _META_START or length > _MOST_META:
        raise EOFError("no file meta information")
    meta = stream.read(length).replace(SYNTAX, _EXPLICIT)
    return io.BytesIO(start + meta + zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.read(), most))
