"""Reading the voxels of one case onto one frame, that of the prediction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.ct.masks import TOLERANCE_MM, read_mask
from icac.ct.scan import AIR_HU
from icac.errors import InputError
from icac.evaluation.cases.case_input import CaseInput, Source
from icac.geometry import Frame, Volume, three


@dataclass(frozen=True, eq=False)
class CaseArrays:
    """The voxels of one case; all arrays have the shape (z, y, x) of the frame.

    Attributes
    ----------
    frame : Frame
    pred, truth : numpy.ndarray of bool
    probability : numpy.ndarray of float32 or None
    hu : numpy.ndarray or None
        CT numbers.

    """

    frame: Frame
    pred: np.ndarray
    truth: np.ndarray
    probability: np.ndarray | None
    hu: np.ndarray | None


def read_case(case: CaseInput) -> CaseArrays:
    """Read a case.

    Raises
    ------
    InputError
        A file cannot be read, or its voxels are not those of the prediction.

    """
    volumes = {source: _read_mask(source) for source in (case.pred, case.truth)}
    if case.probability is not None:
        volumes[case.probability] = _read_map(case.probability)
    if case.ct is not None:
        volumes[case.ct] = case.ct if isinstance(case.ct, Volume) else _measured_ct(case, case.ct)
    frame = _common_frame({source: volume.frame for source, volume in volumes.items()}, case)

    def placed(source: Source, outside: float) -> np.ndarray:
        return _placed(volumes[source].array, _offset(volumes[source].frame, frame, source, case), frame, outside)

    pred, truth = placed(case.pred, 0) > 0, placed(case.truth, 0) > 0
    probability = None if case.probability is None else placed(case.probability, 0)
    if case.probability is not None and probability is not None and not (
            np.nanmin(probability) >= 0 and np.nanmax(probability) <= 1):
        raise InputError(f"{_name(case.probability)} of case {case.name} has values outside 0 to 1; give "
                         "probabilities.")
    hu = None if case.ct is None else placed(case.ct, AIR_HU)
    return CaseArrays(frame, pred, truth, probability, hu)


def _read_mask(source: Source) -> Volume:
    return source if isinstance(source, Volume) else read_mask(source)


def _read_map(source: Source) -> Volume:
    from icac.ct.images import read_image
    from icac.ct.read import image_kind

    if isinstance(source, Volume):
        return source
    kind = image_kind(source)
    if kind is None or not source.is_file():
        raise InputError(f"{source} is not an image file; give NIfTI, NRRD or MetaImage.")
    return read_image(source, kind).volume


def _measured_ct(case: CaseInput, path: Path) -> Volume:
    """Read the CT in the form in which it was measured, if the report of the case tells."""
    from icac.ct import read_ct
    from icac.report.quality import measured_ct

    ct = read_ct(path).volume
    if not isinstance(case.courses, Path):
        return ct
    try:
        return measured_ct(ct, json.loads(case.courses.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{case.courses} of case {case.name} is not a report of 'icac segment'; segment the scan "
                         "again or leave the report out.") from error


def _common_frame(frames: dict[Source, Frame], case: CaseInput) -> Frame:
    """Return the frame that holds all: 3D Slicer may save only the box around the segments."""
    first = frames[case.pred]
    low, high = np.zeros(3, int), np.asarray(first.size)
    for source, frame in frames.items():
        start = _offset(frame, first, source, case)
        low, high = np.minimum(low, start), np.maximum(high, start + np.asarray(frame.size))
    if (low == 0).all() and tuple(high) == first.size:
        return first
    return first.crop(three(int(v) for v in low), three(int(v) for v in high - low))


def _placed(values: np.ndarray, start: np.ndarray, frame: Frame, outside: float) -> np.ndarray:
    """Return values (z, y, x) from index ``start`` (x, y, z) on of a frame that holds them all."""
    if values.shape == frame.shape:
        return values
    array = np.full(frame.shape, outside, values.dtype)
    array[tuple(slice(first, first + size) for first, size in zip(start[::-1], values.shape, strict=True))] = values
    return array


def _offset(inner: Frame, frame: Frame, source: Source, case: CaseInput) -> np.ndarray:
    """Return the index (x, y, z) in ``frame`` of the first voxel of ``inner``, which must have the same voxels."""
    start = frame.to_index(np.asarray(inner.origin))
    whole = np.rint(start).astype(int)
    if not frame.crop(tuple(whole), inner.size).matches(inner, TOLERANCE_MM):
        raise InputError(
            f"{_name(source)} of case {case.name} does not lie on the voxels of the prediction {_name(case.pred)} "
            f"({_words(inner)} instead of {_words(frame)}); resample it to the scan that was segmented.")
    return whole


def _words(frame: Frame) -> str:
    size, spacing = " x ".join(map(str, frame.size)), " x ".join(f"{v:.3g}" for v in frame.spacing)
    return f"{size} voxels of {spacing} mm from {', '.join(f'{v:.1f}' for v in frame.origin)}"


def _name(source: Source) -> str:
    return "the volume in memory" if isinstance(source, Volume) else str(source)
