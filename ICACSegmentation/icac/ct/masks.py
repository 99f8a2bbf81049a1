"""Reading masks: labelmaps of any program, segmentations of 3D Slicer with layers and names, and DICOM ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

from icac.ct.images import read_image
from icac.ct.read import image_kind
from icac.errors import InputError
from icac.geometry import Frame, Volume

#: Largest distance in mm between voxels that still count as the same; file formats round positions.
TOLERANCE_MM = 0.02


def read_mask(path: str | Path, segment: str | None = None) -> Volume:
    """Read a mask.

    Parameters
    ----------
    path : str or pathlib.Path
        NIfTI, NRRD (``.seg.nrrd`` of 3D Slicer included, which may cover only the box around its segments) or
        MetaImage, or a DICOM segmentation or its folder (see :mod:`icac.ct.dicom.segmentation`).
    segment : str, optional
        Name of the segment of a ``.seg.nrrd`` or DICOM segmentation. Without it every voxel above 0 counts, of all
        segments and layers.

    Returns
    -------
    Volume
        bool, on its own frame; sheared frames are kept.

    Raises
    ------
    InputError
        There is no such file or segment, or the file is damaged or not one 3D image.

    """
    path = Path(path)
    kind = image_kind(path)
    if not path.exists():
        raise InputError(f"{path} does not exist; give a mask as NIfTI, NRRD, MetaImage or DICOM SEG.")
    if kind is None:
        from icac.ct.dicom.segmentation import read_segmentation

        return read_segmentation(path, segment)
    if kind == "nrrd":
        return _read_segments(path, segment)
    if segment is not None:
        raise InputError(f"{path} has no named segments; leave the name {segment!r} out, or give a .seg.nrrd.")
    volume = read_image(path, kind)[0]
    return volume.like(volume.array > 0)


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
    if not frame.crop(tuple(int(v) for v in start), mask.frame.size).matches(mask.frame, TOLERANCE_MM):
        return mask.like(mask.array.astype(np.float32)).resample(frame).array >= 0.5, True
    array = np.zeros(frame.shape, dtype=bool)
    first, size = start[::-1], np.asarray(mask.array.shape)
    low, high = np.maximum(first, 0), np.minimum(first + size, frame.shape)
    if (low < high).all():
        inner = tuple(slice(a, b) for a, b in zip(low - first, high - first, strict=True))
        array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = mask.array[inner]
    return array, False


def _read_segments(path: Path, segment: str | None) -> Volume:
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"{path} cannot be read: it is damaged or not what its name says; export it again."
                         ) from error
    if image.GetDimension() != 3:
        raise InputError(f"{path} has {image.GetDimension()} dimensions; give a mask of three.")
    count = image.GetNumberOfComponentsPerPixel()
    layers = [image] if count == 1 else [sitk.VectorIndexSelectionCast(image, n) for n in range(count)]
    first = Volume.from_sitk(layers[0])
    if segment is not None:
        layer, value = _find_segment(image, segment, path)
        return first.like(sitk.GetArrayFromImage(layers[layer]) == value)
    return first.like(np.logical_or.reduce([sitk.GetArrayViewFromImage(layer) > 0 for layer in layers]))


def _find_segment(image: sitk.Image, segment: str, path: Path) -> tuple[int, int]:
    """Return the layer and the label value of a named segment."""
    places, number = {}, 0
    while image.HasMetaDataKey(f"Segment{number}_Name"):
        fields = [image.GetMetaData(f"Segment{number}_{key}") for key in ("Name", "Layer", "LabelValue")]
        places[fields[0]] = int(fields[1]), int(fields[2])
        number += 1
    if segment not in places:
        names = ", ".join(places) or "none with a name"
        raise InputError(f"{path} has no segment {segment!r}; it has {names}.")
    return places[segment]
