"""DICOM segmentations (SEG): their frames as one mask, on a grid of their own.

After DICOM PS3.3, C.8.20 (Segmentation Image). Writers leave out empty slices, so that the frames need not follow
each other; they still lie on one even stack.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from icac.errors import IcacError, InputError
from icac.files import is_hidden
from icac.files.bounded import BoundedFile
from icac.geometry import Frame, Volume

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LABELMAP_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.7"
SEGMENTATION_CLASSES = (SEGMENTATION, LABELMAP_SEGMENTATION)

#: Frames no farther than this (mm) from an even stack count as lying on it.
TOLERANCE_MM = 0.1

#: Voxels of a fractional segmentation count from this share on.
INSIDE_FRACTION = 0.5


@dataclass(frozen=True, eq=False)
class Segmentation(Volume):
    """A segmentation that was read: bool, and the labels of the segments that count."""

    segments: tuple[str, ...] = ()


def read_segmentation(path: Path, segment: str | None = None) -> Segmentation:
    """Read the segments of a DICOM segmentation as one mask.

    Binary, fractional (inside from one half on) and labelmap segmentations are understood.

    Parameters
    ----------
    path : Path
        The file, or the folder of this one DICOM file.
    segment : str, optional
        Label of the segment. Without it all count.

    Returns
    -------
    Segmentation
        bool, from the first to the last slice that has a frame; the frame is sheared where the slices step sideways.

    Raises
    ------
    InputError
        It is damaged, no segmentation, has no such segment or no place in the patient, or its slices are uneven.

    """
    file = _only_file(path) if path.is_dir() else path
    dataset = _read(file)
    try:
        mask = _mask(dataset, segment, file)
        names = (segment,) if segment is not None else tuple(_labels(dataset).values())
        return Segmentation(mask.array, mask.frame, names)
    except IcacError:
        raise
    except Exception as error:  # pydicom raises nearly anything when it first looks at a damaged value
        raise InputError(f"{file} has a damaged header; export it again.") from error


def _mask(dataset: Dataset, segment: str | None, file: Path) -> Volume:
    """Return the segments of a data set as one mask."""
    if dataset.get("SOPClassUID") not in SEGMENTATION_CLASSES:
        kind = UID(dataset.get("SOPClassUID", "")).name or "of no kind"
        raise InputError(f"{file} is no DICOM segmentation but {kind}; give DICOM SEG, NIfTI, NRRD or MetaImage.")
    positions, axes = _geometry(dataset, file)
    slots, step = _slots(positions, axes, _nominal_step(dataset), file)
    inside = _inside(dataset, _wanted_numbers(dataset, segment, file), file)
    mask = np.zeros((int(slots.max()) + 1, *inside.shape[1:]), dtype=bool)
    for slot, frame in zip(slots, inside, strict=True):
        mask[slot] |= frame
    affine = np.eye(4)
    affine[:3, :2] = axes
    affine[:3, 2] = step
    affine[:3, 3] = positions[int(np.argmin(slots))]
    return Volume(mask, Frame(affine, mask.shape[::-1]))


def is_dicom(path: Path) -> bool:
    """Tell whether a file is DICOM, by its content."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with open(path, "rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _only_file(folder: Path) -> Path:
    files = [path for path in sorted(folder.iterdir())
             if not is_hidden(path.name) and path.is_file() and is_dicom(path)]
    if len(files) != 1:
        raise InputError(f"{folder} holds {len(files) or 'no'} DICOM files; give the file of the segmentation.")
    return files[0]


def _read(path: Path) -> Dataset:
    if not is_dicom(path):
        raise InputError(f"{path} is not an image file; give NIfTI, NRRD, MetaImage or DICOM SEG.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with BoundedFile(path) as stream:
                return pydicom.dcmread(stream)
    except Exception as error:  # pydicom raises nearly anything for a damaged file
        raise InputError(f"{path} cannot be read: it is damaged; export it again.") from error


def _labels(dataset: Dataset) -> dict[int, str]:
    """Return the label of each segment by its number."""
    labels = {int(one.SegmentNumber): str(one.get("SegmentLabel", "")) for one in dataset.get("SegmentSequence", [])}
    return {number: label for number, label in labels.items() if number != _background(dataset)}


def _background(dataset: Dataset) -> int | None:
    """Return the number that marks nothing in a labelmap; None in segmentations of other types."""
    is_labelmap = dataset.get("SegmentationType") == "LABELMAP"
    return int(dataset.get("PixelPaddingValue", 0)) if is_labelmap else None


def _wanted_numbers(dataset: Dataset, segment: str | None, path: Path) -> set[int] | None:
    """Return the numbers of the segments of a label, None for all segments."""
    if segment is None:
        return None
    labels = _labels(dataset)
    if segment not in labels.values():
        names = ", ".join(label for label in labels.values() if label) or "none with a name"
        raise InputError(f"{path} has no segment {segment!r}; it has {names}.")
    return {number for number, label in labels.items() if label == segment}


def _inside(dataset: Dataset, wanted: set[int] | None, path: Path) -> np.ndarray:
    """Return which pixels of each frame are inside, bool of shape (frames, rows, columns)."""
    try:
        pixels = dataset.pixel_array.reshape(-1, int(dataset.Rows), int(dataset.Columns))
    except Exception as error:  # decoders raise nearly anything for damaged pixels
        raise InputError(f"{path}: its pixels cannot be read ({error}); export it again without compression."
                         ) from error
    kind = dataset.get("SegmentationType", "BINARY")
    if kind == "LABELMAP":
        return pixels != _background(dataset) if wanted is None else np.isin(pixels, sorted(wanted))
    least = INSIDE_FRACTION * float(dataset.get("MaximumFractionalValue", 255)) if kind == "FRACTIONAL" else 1
    inside = pixels >= least
    if wanted is not None:
        inside &= np.array([number in wanted for number in _segment_numbers(dataset, path)])[:, None, None]
    return inside


def _segment_numbers(dataset: Dataset, path: Path) -> list[int]:
    """Return the number of the segment that each frame shows."""
    shared = _shared(dataset)
    try:
        return [int(_group(frame, shared, "SegmentIdentificationSequence").ReferencedSegmentNumber)
                for frame in dataset.PerFrameFunctionalGroupsSequence]
    except (AttributeError, KeyError, IndexError) as error:
        raise InputError(f"{path}: it does not say which segments its frames show; export it again.") from error


def _geometry(dataset: Dataset, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the LPS of the first voxel of each frame, (frames, 3), and the axes of rows and columns, 3 x 2, in mm."""
    try:
        shared = _shared(dataset)
        frames = dataset.PerFrameFunctionalGroupsSequence
        positions = np.array([_group(frame, shared, "PlanePositionSequence").ImagePositionPatient for frame in frames],
                             dtype=float)
        axes = np.array([_axes(frame, shared) for frame in frames])
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(f"{path}: it does not say where its frames lie in the patient; give another format."
                         ) from error
    if len(positions) != int(dataset.get("NumberOfFrames", 1)):
        raise InputError(f"{path}: it has {dataset.get('NumberOfFrames', 1)} frames and says of {len(positions)} where "
                         "they lie; export it again.")
    if np.abs(axes - axes[0]).max() > 1e-4:
        raise InputError(f"{path}: its frames are turned against each other; export it as NRRD.")
    return positions, axes[0]


def _axes(frame: Dataset, shared: Dataset) -> np.ndarray:
    rows, columns = np.array(_group(frame, shared, "PlaneOrientationSequence").ImageOrientationPatient,
                             dtype=float).reshape(2, 3)
    between_rows, between_columns = (float(v) for v in _group(frame, shared, "PixelMeasuresSequence").PixelSpacing)
    # The first axis runs along a row, from column to column.
    return np.stack([rows * between_columns, columns * between_rows], axis=1)


def _shared(dataset: Dataset) -> Dataset:
    """Return what holds for all frames."""
    return next(iter(dataset.get("SharedFunctionalGroupsSequence", [])), Dataset())


def _group(frame: Dataset, shared: Dataset, name: str) -> Dataset:
    """Return a functional group of a frame, which may stand once for all frames."""
    return (frame if name in frame else shared)[name][0]


def _nominal_step(dataset: Dataset) -> float:
    """Return the distance between slices in mm as the header has it, 0 if it has none."""
    groups = [*dataset.get("SharedFunctionalGroupsSequence", []), *dataset.PerFrameFunctionalGroupsSequence[:1]]
    measures = [group.PixelMeasuresSequence[0] for group in groups if "PixelMeasuresSequence" in group]
    values = [one.get(name) for name in ("SpacingBetweenSlices", "SliceThickness") for one in measures]
    return next((abs(float(value)) for value in values if value), 0.0)


def _slots(positions: np.ndarray, axes: np.ndarray, nominal: float, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the slice of each frame, counted along the normal, and the LPS step from slice to slice."""
    normal = np.cross(*axes.T)
    normal /= np.linalg.norm(normal)
    depth = positions @ normal
    first = positions[int(np.argmin(depth))]
    depth = depth - depth.min()
    distances = np.diff(np.unique(np.round(depth / TOLERANCE_MM))) * TOLERANCE_MM
    if not distances.size:
        if not nominal:
            raise InputError(f"{path}: it has one slice and no slice thickness; give another format.")
        return np.zeros(len(depth), dtype=int), normal * nominal
    for spacing in (nominal, float(distances.min())):
        slots = np.rint(depth / spacing).astype(int) if spacing > TOLERANCE_MM else np.zeros(len(depth), dtype=int)
        if slots.max() == 0:
            continue
        step = (slots @ (positions - first)) / (slots @ slots)
        if np.abs(positions - first - np.outer(slots, step)).max() <= TOLERANCE_MM:
            return slots, step
    raise InputError(f"{path}: its slices are unevenly spaced; export it as NRRD on the voxels of the scan.")
