"""Reading the voxels of one case onto one frame, that of the prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from icac.air import OUTSIDE_HU
from icac.ct.masks import TOLERANCE_MM, Mask, read_mask, refuse_inverted, taken_as_one
from icac.errors import InputError
from icac.evaluation.cases.acquisition import Acquisition, acquisition_of
from icac.evaluation.cases.case_input import CaseInput, Source
from icac.geometry import Frame, Volume, three
from icac.report import Report


@dataclass(frozen=True, eq=False)
class CaseArrays:
    """The voxels of one case; all arrays have the shape (z, y, x) of the frame.

    Attributes
    ----------
    frame : Frame
    predicted, truth : numpy.ndarray of bool
    probability : numpy.ndarray of float32 or None
    hu : numpy.ndarray or None
        CT numbers.
    notes : tuple of str
        Sentences on what a user should know of the files.
    acquisition : Acquisition

    """

    frame: Frame
    predicted: np.ndarray
    truth: np.ndarray
    probability: np.ndarray | None
    hu: np.ndarray | None
    notes: tuple[str, ...] = ()
    acquisition: Acquisition = field(default_factory=Acquisition)


def read_case(case: CaseInput, assume: str | None = None) -> CaseArrays:
    """Read a case; ``assume`` as of :func:`icac.ct.read_ct`.

    Raises
    ------
    InputError
        A file cannot be read, or its voxels are not those of the prediction.

    """
    masks = {source: source if isinstance(source, Volume) else read_mask(source, assume=assume)
             for source in (case.predicted, case.truth)}
    notes = [note for mask in masks.values() if isinstance(mask, Mask) for note in mask.notes]
    notes += [note] if (note := taken_as_one(masks[case.truth], _name(case.truth))) else []
    volumes: dict[Source, Volume] = dict(masks)
    if case.probability is not None:
        volumes[case.probability] = _read_map(case.probability, assume)
    report = Report.load(case.courses, f"case {case.name}") if isinstance(case.courses, Path) else None
    identity: Mapping[str, str] = {}
    if isinstance(case.ct, Volume):
        volumes[case.ct] = case.ct
    elif case.ct is not None:
        volumes[case.ct], more_notes, identity = _measured_ct(case.ct, report, assume)
        notes += more_notes
    acquisition = acquisition_of(case.acquisition, identity, volumes[case.ct].frame if case.ct is not None else None,
                                 report)
    frame = _common_frame({source: volume.frame for source, volume in volumes.items()}, case)

    def placed(source: Source, outside: float) -> np.ndarray:
        return _placed(volumes[source].array, _offset(volumes[source].frame, frame, source, case), frame, outside)

    predicted, truth = placed(case.predicted, 0) > 0, placed(case.truth, 0) > 0
    probability = None if case.probability is None else placed(case.probability, 0)
    if case.probability is not None and probability is not None and not (
            np.min(probability) >= 0 and np.max(probability) <= 1):  # nor if it is NaN
        raise InputError(f"{_name(case.probability)} of case {case.name} has values outside 0 to 1; give "
                         "probabilities.")
    hu = None if case.ct is None else placed(case.ct, OUTSIDE_HU)
    if hu is not None:  # else it is not known how large the scan is: files may hold but a box around what they mark
        refuse_inverted(truth, f"{_name(case.truth)} of case {case.name}")
    return CaseArrays(frame, predicted, truth, probability, hu, tuple(notes), acquisition)


def _read_map(source: Source, assume: str | None) -> Volume:
    from icac.ct.images import read_image
    from icac.ct.read import image_kind

    if isinstance(source, Volume):
        return source
    kind = image_kind(source)
    if kind is None or not source.is_file():
        raise InputError(f"{source} is not an image file; give NIfTI, NRRD or MetaImage.")
    return read_image(source, kind, assume).volume


def _measured_ct(ct: Path, report: Report | None,
                 assume: str | None) -> tuple[Volume, tuple[str, ...], Mapping[str, str]]:
    """Read the CT in the form in which it was measured, if a report tells, with sentences on it and what it tells."""
    from icac.ct import read_ct
    from icac.report.report import another_ct

    scan = read_ct(ct, assume=assume)
    if report is None:
        return scan.volume, scan.corrections, scan.identity
    other = (another_ct(report.source, ct),) if report.is_of_another_ct(scan) else ()
    return report.measured(scan.volume), (*scan.corrections, *other), scan.identity


def _common_frame(frames: dict[Source, Frame], case: CaseInput) -> Frame:
    """Return the frame that holds all: 3D Slicer may save only the box around the segments."""
    first = frames[case.predicted]
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
            f"{_name(source)} of case {case.name} does not lie on the voxels of the prediction "
            f"{_name(case.predicted)} ({_words(inner)} instead of {_words(frame)}); resample it to the scan that was "
            "segmented.")
    return whole


def _words(frame: Frame) -> str:
    size, spacing = " x ".join(map(str, frame.size)), " x ".join(f"{v:.3g}" for v in frame.spacing)
    return f"{size} voxels of {spacing} mm from {', '.join(f'{v:.1f}' for v in frame.origin)}"


def _name(source: Source) -> str:
    return "the volume in memory" if isinstance(source, Volume) else str(source)
