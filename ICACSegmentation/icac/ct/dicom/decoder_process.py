"""The process that decompresses pictures (see :mod:`icac.ct.dicom.decoder`): names of files in, pixels out.

It is run as a script and imports nothing of the library, so that it starts fast.
"""

from __future__ import annotations

import os
import sys

# The folder of a script comes first in the search for modules; its files must not stand in for others of their name.
sys.path = [folder for folder in sys.path if folder != os.path.dirname(os.path.abspath(__file__))]

import SimpleITK as sitk  # noqa: E402, N813


def serve() -> None:
    """Answer each line, the name of a file, with the number of bytes of its pixels and the pixels; 0 if it fails."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever native code prints is no answer
    for line in sys.stdin.buffer:
        pixels = _pixels(os.fsdecode(line.rstrip(b"\n")))
        answers.write(len(pixels).to_bytes(8, "little") + pixels)
        answers.flush()


def _pixels(path: str) -> bytes:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(path)
    try:
        image = reader.Execute()
        return sitk.GetArrayViewFromImage(image).tobytes()
    except RuntimeError:
        return b""


if __name__ == "__main__":
    serve()
