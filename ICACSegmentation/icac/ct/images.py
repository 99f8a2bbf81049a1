"""NIfTI, NRRD and MetaImage files: one 3D image of one value a voxel, on its own frame."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

from icac.ct import nifti
from icac.ct.scan import compact_hu
from icac.errors import InputError
from icac.geometry import Frame, Volume

#: Fields of the JSON file that dcm2niix writes beside a NIfTI, and their keys in the identity.
SIDECAR_FIELDS = {
    "Modality": "modality", "Manufacturer": "manufacturer", "ManufacturersModelName": "model",
    "SeriesDescription": "series_description", "ProtocolName": "protocol", "BodyPartExamined": "body_part",
    "ConvolutionKernel": "kernel", "KVP": "kvp", "XRayExposure": "exposure_mas",
    "SliceThickness": "slice_thickness_mm", "SeriesNumber": "series_number", "SeriesInstanceUID": "series_uid",
    "StudyInstanceUID": "study_uid", "ContrastBolusIngredient": "contrast_agent",
}


def read_image(path: Path, kind: str) -> tuple[Volume, dict[str, str]]:
    """Read an image file.

    Parameters
    ----------
    path : pathlib.Path
    kind : {"nifti", "nrrd", "metaimage"}

    Returns
    -------
    Volume
        int16 where all values are whole and fit, otherwise float32.
    dict of str to str
        What a sidecar file tells of the scan, for `CTScan.identity`.

    Raises
    ------
    InputError
        The file is damaged, in colour, or does not hold one 3D image.

    """
    try:
        image, frame = _read_nifti(path) if kind == "nifti" else (sitk.ReadImage(str(path)), None)
    except (RuntimeError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: it is damaged or not what its name says; export it again."
                         ) from error
    volume = Volume.from_sitk(_one_volume(image, path))
    frame = volume.frame if frame is None else Frame(frame.affine, volume.frame.size)
    if frame.voxel_volume_mm3 < 1e-6:
        raise InputError(f"The geometry of {path} is not valid (its voxels have no volume); export it again.")
    return Volume(compact_hu(volume.array), frame), _sidecar(path)


def _read_nifti(path: Path) -> tuple[sitk.Image, Frame | None]:
    """Return the image, and its true frame where that is sheared."""
    header = nifti.read_header(path)
    if header is None:
        raise RuntimeError("no NIfTI header")
    if nifti.is_truncated(path, header):
        raise InputError(f"{path} is truncated: its last voxels are missing; copy or export it again.")
    frame = nifti.sheared_frame(header)
    return sitk.ReadImage(str(path)) if frame is None else nifti.read_voxels(path, header.layout), frame


def _one_volume(image: sitk.Image, path: Path) -> sitk.Image:
    """Drop further dimensions of size 1; refuse colours, time series and flat images."""
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(f"{path} has {image.GetNumberOfComponentsPerPixel()} values a voxel (colours or vectors); "
                         "give a CT with one value a voxel.")
    size = image.GetSize()
    if len(size) < 3 or min(size[:3]) < 2:
        raise InputError(f"{path} is a flat image of {' x '.join(map(str, size))}; give a 3D CT.")
    if np.prod(size[3:]) > 1:
        raise InputError(f"{path} is a 4D image of {' x '.join(map(str, size))}; give one 3D CT.")
    return image[:, :, :, 0] if len(size) == 4 else image


def _sidecar(path: Path) -> dict[str, str]:
    """Return what the JSON file of the same name tells; nothing if there is none that can be read."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    try:
        fields = json.loads(path.with_name(name).with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {key: str(fields[field]) for field, key in SIDECAR_FIELDS.items() if fields.get(field) not in (None, "")}
