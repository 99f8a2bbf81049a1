"""Reading masks: labelmaps of any program, segmentations of 3D Slicer with layers and names, and DICOM ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.ct.formats import StoredImage
from icac.ct.images import frame_of, load
from icac.ct.read import image_kind, is_there, shortened
from icac.errors import InputError
from icac.geometry import Frame, Volume, three

#: Largest distance in mm between voxels that still count as the same; file formats round positions.
TOLERANCE_MM = 0.02

#: A region drawn around calcium is a small part of a scan.
MOST_MARKED = 0.5

#: So many segments or labels are named in a sentence.
_NAMED = 12

#: Values from 0 to 1 are shares of a voxel; resampling with splines oversteps both ends by less than this.
_OVERSTEP = 0.5


@dataclass(frozen=True, eq=False)
class Mask(Volume):
    """A mask that was read: bool, with sentences on what a user should know of how it was read.

    Attributes
    ----------
    notes : tuple of str
    segments : tuple of str
        Names of the segments that count, where the file has names.
    labels : tuple of int
        Values that count, where it has none.

    """

    notes: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()


def read_mask(path: str | Path, segment: str | None = None, assume: str | None = None) -> Mask:
    """Read a mask.

    Parameters
    ----------
    path : str or pathlib.Path
        NIfTI, NRRD (``.seg.nrrd`` of 3D Slicer included, which may cover only the box around its segments) or
        MetaImage, or a DICOM segmentation or its folder (see :mod:`icac.ct.dicom.segmentation`).
    segment : str, optional
        Name of the segment of a ``.seg.nrrd`` or DICOM segmentation. Without it every label above 0 counts, of all
        segments and layers. Of values from 0 to 1, as resampling and networks make them, those from 0.5 on count.
    assume : {"lps", "ras"}, optional
        Where the axes of the file run if it does not tell, see :func:`icac.ct.read_ct`.

    Returns
    -------
    Mask
        bool, on its own frame; sheared frames are kept.

    Raises
    ------
    InputError
        There is no such file or segment, or the file is damaged, not one 3D image, or no mask.

    """
    path = Path(path)
    kind = image_kind(path)
    if not is_there(path):
        raise InputError(f"{shortened(path)} does not exist; give a mask as NIfTI, NRRD, MetaImage or DICOM SEG.")
    if kind is None:
        from icac.ct.dicom.segmentation import read_segmentation

        found = read_segmentation(path, segment)
        return Mask(found.array, found.frame, segments=found.segments)
    if segment is not None and kind != "nrrd":
        raise InputError(f"{path} has no named segments; leave the name {segment!r} out, or give a .seg.nrrd.")
    stored = load(path, kind)
    if len(stored.layers) > 1 and kind != "nrrd":
        raise InputError(f"{path} has {len(stored.layers)} values a voxel (colours or vectors); give a mask with one.")
    frame, notes = frame_of(stored.header, path, assume)
    marked, soft = _marked(stored, segment, path)
    names = (segment,) if segment is not None else tuple(_segment_names(stored))
    labels = () if names or soft else tuple(int(value) for value in np.unique(stored.layers[stored.layers > 0]))
    return Mask(marked.reshape(frame.shape), frame, (*notes, *([soft] if soft else [])), names, labels)


def taken_as_one(drawn: Volume, path: str | Path) -> str:
    """Return a sentence if several segments or labels of a drawn region are taken as one; empty if there is one."""
    if not isinstance(drawn, Mask):
        return ""
    what, found = ("segments", drawn.segments) if drawn.segments else ("labels", tuple(map(str, drawn.labels)))
    if len(found) < 2:
        return ""
    named = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
    return f"{path} has {len(found)} {what} ({named}), which were taken together."


def place_mask(mask: Volume, frame: Frame) -> tuple[np.ndarray, bool]:
    """Bring a mask onto the voxels of a scan.

    Parameters
    ----------
    mask : Volume
        bool; may cover a part of the scan, or reach beyond it.
    frame : Frame
        Of the scan.

    Returns
    -------
    array : numpy.ndarray of bool
        Shape (z, y, x) of the frame.
    resampled : bool
        False if the voxels are the same; True if the mask had to be resampled (half a voxel or more inside counts).

    """
    start = np.rint(frame.to_index(np.asarray(mask.frame.origin))).astype(int)
    if not frame.crop(three(int(v) for v in start), mask.frame.size).matches(mask.frame, TOLERANCE_MM):
        return mask.like(mask.array.astype(np.float32)).resample(frame).array >= 0.5, True
    array = np.zeros(frame.shape, dtype=bool)
    first, size = start[::-1], np.asarray(mask.array.shape)
    low, high = np.maximum(first, 0), np.minimum(first + size, frame.shape)
    if (low < high).all():
        inner = tuple(slice(a, b) for a, b in zip(low - first, high - first, strict=True))
        array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = mask.array[inner]
    return array, False


def refuse_beside(drawn: Volume, placed: np.ndarray, path: str | Path, ct: object) -> None:
    """Raise InputError if a region marks voxels of its own file, but none of the scan (its path, or what it is called).
    """
    if drawn.array.any() and not placed.any():
        raise InputError(f"{path} marks no voxel of {ct}: it lies beside it; give a region that was drawn on this "
                         "CT, with its place in the patient.")


def refuse_inverted(marked: np.ndarray, path: str | Path) -> None:
    """Raise InputError if a mask on the voxels of a scan marks most of it, as one does whose background was saved."""
    share = np.count_nonzero(marked) / marked.size
    if share > MOST_MARKED:
        raise InputError(f"{path} marks {share:.0%} of the voxels of the scan, so it seems to be inverted; give a mask "
                         "in which the region itself is marked.")


def _marked(stored: StoredImage, segment: str | None, path: Path) -> tuple[np.ndarray, str]:
    """Return which voxels count, and a sentence if that is not plain."""
    if segment is not None:
        layer, value = _find_segment(stored, segment, path)
        return stored.layers[layer] == value, ""
    found = [_above(layer, path) for layer in stored.layers]
    return np.logical_or.reduce([marked for marked, _ in found]), next((note for _, note in found if note), "")


def _above(values: np.ndarray, path: Path) -> tuple[np.ndarray, str]:
    """Return which voxels count of a layer of labels, or of shares of a voxel, and a sentence on the latter."""
    with np.errstate(invalid="ignore"):
        low, high = np.nanmin(values), np.nanmax(values)
        is_whole = values.dtype.kind != "f" or bool((np.isnan(values) | (values == np.rint(values))).all())
        if low < -1 or high == np.inf or not (is_whole or (low > -_OVERSTEP and high < 1 + _OVERSTEP)):
            raise InputError(f"{path} is no mask: its values run from {low:g} to {high:g}, which are neither labels "
                             "nor shares from 0 to 1; give the region as a labelmap.")
        if is_whole:
            return values > 0, ""
        return values >= 0.5, f"{path} has values between 0 and 1: those from 0.5 on were taken as marked."


def _segment_names(stored: StoredImage) -> list[str]:
    """Return the names of the segments of a ``.seg.nrrd``, by their numbers."""
    texts = stored.header.texts
    names: list[str] = []
    while (name := texts.get(f"Segment{len(names)}_Name")) is not None:
        names.append(name)
    return names


def _find_segment(stored: StoredImage, segment: str, path: Path) -> tuple[int, int]:
    """Return the layer and the label value of a named segment."""
    texts, places = stored.header.texts, {}
    for number, name in enumerate(_segment_names(stored)):
        layer, value = (_number(texts.get(f"Segment{number}_{key}", ""), path) for key in ("Layer", "LabelValue"))
        places[name] = layer, value
    if segment not in places:
        names = ", ".join(places) or "none with a name"
        raise InputError(f"{path} has no segment {segment!r}; it has {names}.")
    if not places[segment][0] < len(stored.layers):
        raise InputError(f"{path} has no layer {places[segment][0]} in which segment {segment!r} should lie; save it "
                         "again.")
    return places[segment]


def _number(text: str, path: Path) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise InputError(f"{path} describes its segments by '{text[:20]}' where a number is expected; save it again.")
    return int(text)
