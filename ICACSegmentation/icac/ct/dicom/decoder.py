"""Decompressing JPEG pictures in a process of its own: GDCM is native code, and a damaged picture can end its process.

The process is started for the first compressed picture and serves all that follow. If it dies or does not answer, the
picture is damaged, and a new process takes the next one.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from pydicom.uid import UID

from icac.ct.dicom.encapsulated import DamagedPixelsError
from icac.ct.dicom.pixel_format import PixelFormat

#: Seconds after which a picture that is still not decompressed is given up.
PATIENCE_S = 60.0

#: Bytes before the pixels in an answer of the process.
ANSWER_BYTES = 8

_SECONDARY_CAPTURE = b"1.2.840.10008.5.1.4.1.1.7\0"


class Decoder:
    """Decompresses pictures; a context, at whose end the process is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="icac-")

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    def decode(self, picture: bytes, syntax: UID, pixels: PixelFormat) -> np.ndarray:
        """Return the stored values of a picture, unsigned and with all bits that it has, shape (rows, columns).

        Raises
        ------
        DamagedPixelsError
            It cannot be decompressed.

        """
        kind = np.dtype(f"<u{pixels.allocated // 8}")
        path = Path(self._folder.name, "picture.dcm")
        path.write_bytes(_bare_file(picture, syntax, pixels))
        answer = self._ask(path)
        if len(answer) != pixels.rows * pixels.columns * kind.itemsize:
            raise DamagedPixelsError(f"has pixels ({syntax.name}) that cannot be decoded")
        return np.frombuffer(answer, kind).reshape(pixels.rows, pixels.columns)

    def _ask(self, path: Path) -> bytes:
        """Let the process read a file; empty if it cannot."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None, "both are pipes"
        watch = threading.Timer(PATIENCE_S, process.kill)
        watch.start()
        try:
            process.stdin.write(os.fsencode(path) + b"\n")
            process.stdin.flush()
            head = process.stdout.read(ANSWER_BYTES)
            answer = process.stdout.read(int.from_bytes(head, "little"))
        except OSError:
            head, answer = b"", b""
        finally:
            watch.cancel()
        if len(head) < ANSWER_BYTES:  # it died
            self._end()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            script = Path(__file__).with_name("decoder_process.py")
            self._process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _bare_file(picture: bytes, syntax: UID, pixels: PixelFormat) -> bytes:
    """Return a DICOM file that holds a picture and nothing else that a decoder could change it by.

    There is no rescale in it, and all bits count as stored and unsigned: what they mean is decided later.
    """
    fragment = picture + b"\0" * (len(picture) % 2)
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = (_element(2, 2, b"UI", _SECONDARY_CAPTURE) + _element(2, 3, b"UI", b"1.2\0")
            + _element(2, 0x10, b"UI", uid))
    shorts = {(0x28, 2): 1, (0x28, 0x10): pixels.rows, (0x28, 0x11): pixels.columns, (0x28, 0x100): pixels.allocated,
              (0x28, 0x101): pixels.allocated, (0x28, 0x102): pixels.allocated - 1, (0x28, 0x103): 0}
    image = [_element(*tag, b"US", struct.pack("<H", value)) for tag, value in shorts.items()]
    image.insert(1, _element(0x28, 4, b"CS", b"MONOCHROME2 "))
    items = [(b"\x00\xe0", b""), (b"\x00\xe0", fragment), (b"\xdd\xe0", b"")]
    data = b"".join(b"\xfe\xff" + tag + struct.pack("<I", len(part)) + part for tag, part in items)
    return b"".join([bytes(128), b"DICM", _element(2, 0, b"UL", struct.pack("<I", len(meta))), meta,
                     _element(8, 0x16, b"UI", _SECONDARY_CAPTURE), _element(8, 0x18, b"UI", b"1.2\0"), *image,
                     b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff", data])


def _element(group: int, element: int, kind: bytes, value: bytes) -> bytes:
    return struct.pack("<HH", group, element) + kind + struct.pack("<H", len(value)) + value
