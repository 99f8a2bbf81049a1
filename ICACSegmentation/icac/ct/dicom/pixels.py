"""From stored pixels to HU: byte order, stored bits, sign, rescale, padding, and compressed transfer syntaxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from icac.air import OUTSIDE_HU
from icac.ct.dicom.decoder import Decoder
from icac.ct.dicom.deflated import inflated
from icac.ct.dicom.encapsulated import SYNTAXES, DamagedPixelsError, check_jpeg, compressed_frames, loses_detail
from icac.ct.dicom.header_values import BadValueError, whole_of
from icac.ct.dicom.headers import DicomFile, Slice, transfer_syntax
from icac.ct.dicom.run_lengths import decode_run_lengths
from icac.ct.dicom.stored_values import has_bits_above, is_sign_wrong, stored_values
from icac.ct.dicom.unread import UnreadFile
from icac.errors import InputError
from icac.files.bounded import BoundedFile

#: A padding value whose HU lies in this range is not believed: some exports name a value that tissue has (0, say),
#: and taking it at its word would drill holes of air into the head.
TISSUE_HU = (-300.0, 3000.0)

#: Transfer syntaxes of uncompressed pixels, and most bits of a compressed one.
_NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
_MOST_COMPRESSED_BITS = 16

#: More frames in a file than any scan has.
_MOST_FRAMES = 1 << 20


@dataclass(eq=False)
class Pixels:
    """The pixels of slices.

    Attributes
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns); int16 if every slope and intercept is whole, otherwise float32. Padding and
        everything below -1024 is -1024.
    slices, lost : list of Slice
        Those that could be read, in the order given, and the others.
    unread : list of UnreadFile
        The files of the others.
    doubts : list of str
        Sentences on what makes the values doubtful.

    """

    hu: np.ndarray
    slices: list[Slice]
    lost: list[Slice]
    unread: list[UnreadFile]
    doubts: list[str]


def read_hu(slices: Sequence[Slice]) -> Pixels:
    """Read the HU of slices that have the same rows and columns.

    Raises
    ------
    InputError
        Their pixels are no CT's, have another sign than their headers say, or half of them or more cannot be read.

    """
    pixels = slices[0].file.pixels
    whole = all(float(s.slope).is_integer() and float(s.intercept).is_integer() for s in slices)
    hu = np.empty(0, np.int16 if whole else np.float32)
    read: list[Slice] = []
    lost: list[Slice] = []
    above: list[Slice] = []
    lossy: list[Slice] = []
    unread: dict[Path, UnreadFile] = {}
    with Decoder() as decoder:
        source = None
        for one in slices:
            try:
                source = source if source is not None and source.file is one.file else _Source(one.file, decoder)
                raw = source.frame(one.frame)
            except (DamagedPixelsError, BadValueError) as error:
                unread[one.file.path] = UnreadFile(one.file.path, str(error), one.file.series_uid, is_dicom=True)
                lost.append(one)
                continue
            if not hu.size:  # only now: a header may announce anything
                hu = np.empty((len(slices), pixels.rows, pixels.columns), hu.dtype)
            values = stored_values(raw, one.file.pixels)
            hu[len(read)] = _to_hu(values, one, whole)
            _check_sign(values, one)
            above += [one] if has_bits_above(raw, one.file.pixels) else []
            lossy += [one] if source.is_lossy else []
            read.append(one)
    if len(read) <= len(lost):
        raise _unreadable(next(iter(unread.values())), len(lost))
    return Pixels(hu[:len(read)], read, lost, list(unread.values()), [*_doubts(above), *_compressed_with_loss(lossy)])


class _Source:
    """The pixels of a file, of which frames are taken one by one."""

    def __init__(self, file: DicomFile, decoder: Decoder) -> None:
        self.file, self.decoder, self.pixels = file, decoder, file.pixels
        self.syntax = transfer_syntax(file.header)
        _check_kind(file)
        count = whole_of(file.header, "NumberOfFrames", 1, 1, _MOST_FRAMES)
        try:
            self.frames = self._compressed(count) if self.syntax in SYNTAXES else self._native(count)
        except OSError as error:
            raise DamagedPixelsError("cannot be read") from error

    def _compressed(self, count: int) -> list[bytes]:
        with BoundedFile(self.file.path) as stream:
            return compressed_frames(stream, self.file.pixel_offset, count)

    def _native(self, count: int) -> np.ndarray:
        order, data = _native_bytes(self.file, count * self.pixels.frame_bytes)
        kind = np.dtype(f"{order}{'i' if self.pixels.signed else 'u'}{self.pixels.allocated // 8}")
        values = np.frombuffer(data, dtype=kind).astype(kind.newbyteorder("="), copy=False)
        return values.reshape(count, self.pixels.rows, self.pixels.columns)

    @cached_property
    def is_lossy(self) -> bool:
        """Whether the pixels were changed to make the file smaller, by its header or by the pixels themselves."""
        told = self.file.text("LossyImageCompression") == "01"
        first = self.frames[0]
        return told or (isinstance(first, bytes) and loses_detail(first, self.syntax))

    def frame(self, number: int) -> np.ndarray:
        """Return all bits of the pixels of a frame, shape (rows, columns), as signed as the header says."""
        if number >= len(self.frames):
            raise DamagedPixelsError("is truncated: it has fewer frames than its header says")
        frame = self.frames[number]
        if isinstance(frame, np.ndarray):
            return frame
        if self.syntax == RLELossless:
            raw = decode_run_lengths(frame, self.pixels)
        else:
            check_jpeg(frame, self.syntax, self.pixels)
            raw = self.decoder.decode(frame, self.syntax, self.pixels)
        return raw.view(f"i{raw.itemsize}") if self.pixels.signed else raw


def _check_kind(file: DicomFile) -> None:
    """Refuse pixels that no CT has, or that nothing here can decode."""
    pixels, syntax = file.pixels, transfer_syntax(file.header)
    if pixels.samples != 1:
        raise InputError(f"{file.path} is a colour picture, not a CT image; give the original CT series.")
    if pixels.allocated not in (8, 16, 32):
        raise InputError(f"{file.path} stores {pixels.allocated} bits a pixel, which no CT does; export the series "
                         "again.")
    if syntax not in (SYNTAXES if pixels.allocated <= _MOST_COMPRESSED_BITS else ()) and syntax not in _NATIVE:
        raise InputError(f"The pixels of {file.path} are stored in a way that cannot be decoded ({syntax.name}); "
                         "export the series uncompressed.")


def _native_bytes(file: DicomFile, expected: int) -> tuple[str, bytes]:
    """Return the byte order and the bytes of uncompressed pixels."""
    with BoundedFile(file.path) as whole:
        stream: BinaryIO | BoundedFile = inflated(whole, file.pixel_offset + expected + 16) if file.deflated else whole
        stream.seek(file.pixel_offset)
        start = stream.read(12)
        order = next((o for o, tag in (("<", b"\xe0\x7f\x10\x00"), (">", b"\x7f\xe0\x00\x10")) if start[:4] == tag), "")
        if not order:
            raise DamagedPixelsError("is truncated: it has no pixels")
        # A length of four bytes follows the element, or two letters, two bytes and then the length; the file itself
        # shows which, whatever it says of itself.
        at = 8 if start[4:6] in (b"OB", b"OW", b"UN") else 4
        announced = int.from_bytes(start[at:at + 4], "little" if order == "<" else "big")
        stream.seek(file.pixel_offset + at + 4)
        data = stream.read(expected) if expected <= announced <= 2**32 - 2 else b""
    if len(data) < expected:
        raise DamagedPixelsError("is truncated: its pixels are incomplete")
    return order, data


def _to_hu(stored: np.ndarray, one: Slice, whole: bool) -> np.ndarray:
    """Rescale one slice, shape (rows, columns), and turn padding into air."""
    kind = np.int32 if whole else np.float32
    hu = stored.astype(kind) * kind(one.slope) + kind(one.intercept)
    limits = _padding(one)
    if limits is not None:
        hu[(stored >= limits[0]) & (stored <= limits[1])] = OUTSIDE_HU
    np.clip(hu, OUTSIDE_HU, np.iinfo(np.int16).max, out=hu)
    return hu


def _padding(one: Slice) -> tuple[int, int] | None:
    """Return the range of stored values that mark pixels outside the reconstruction, or None."""
    limits = one.file.pixels.padding
    if limits is None:
        return None
    in_hu = sorted(end * one.slope + one.intercept for end in limits)
    overlaps_tissue = in_hu[1] > TISSUE_HU[0] and in_hu[0] < TISSUE_HU[1]
    return None if overlaps_tissue else limits


def _check_sign(values: np.ndarray, one: Slice) -> None:
    pixels = one.file.pixels
    if is_sign_wrong(values, pixels, one.slope, one.intercept):
        said = "signed" if pixels.signed else "unsigned"
        raise InputError(f"The pixels of {one.file.path} cannot be {said} as its header says (bone or air would be "
                         "exchanged); export the series again from the scanner or the archive.")


def _doubts(above: list[Slice]) -> list[str]:
    if not above:
        return []
    first = above[0].file
    highest = ((1 << first.pixels.stored - first.pixels.signed) - 1) * above[0].slope + above[0].intercept
    return [f"{len(above)} slices (such as {first.path.name}) have bits set beyond the {first.pixels.stored} that "
            f"their header tells, which were left out: an overlay, or metal denser than {highest:.0f} HU that now "
            "looks like tissue; check the lesions near metal."]


def _compressed_with_loss(lossy: list[Slice]) -> list[str]:
    """Return a sentence if the pixels were changed to make the files smaller."""
    if not lossy:
        return []
    ratio = lossy[0].file.text("LossyImageCompressionRatio").split("\\")[-1].removesuffix(".0")
    return [f"The images were compressed with loss{f' (ratio {ratio})' if ratio else ''}, which blurs small "
            "calcifications and changes their density; take the original series if there is one."]


def _unreadable(first: UnreadFile, slices: int) -> InputError:
    others = f" (and {slices - 1} other slices of the series)" if slices > 1 else ""
    return InputError(f"{first.path}{others} {first.reason}; copy or export the series again, uncompressed.")
