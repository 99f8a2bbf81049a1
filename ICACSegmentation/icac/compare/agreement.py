"""A predicted and a manual segmentation of one scan: where they agree, how much, and lesion by lesion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icac.anatomy import Course, Segment, Side
from icac.compare.matching import CoveredLesion, as_labels, covered_lesions
from icac.compare.overlap import Overlap
from icac.errors import InputError
from icac.geometry import Frame
from icac.geometry.box import bounding_box, span
from icac.lesions.assign import assign_points, nearest_artery

#: Values of :attr:`Agreement.labels`.
BOTH, PREDICTED_ONLY, MANUAL_ONLY = 1, 2, 3


@dataclass(frozen=True)
class MatchedLesion:
    """One lesion of either segmentation, and what the other one has of it.

    Attributes
    ----------
    source : {"predicted", "manual"}
    id : int
        Number of the lesion in its segmentation.
    partners : tuple of int
        Ids of the lesions of the other segmentation that share voxels with it; the largest share first.
    matched : bool
        True if it has any: a manual lesion was found, a predicted one is true.
    side : Side or None
        Artery of most of its voxels; None without courses.
    segment : Segment or None
    volume_mm3, shared_mm3, partners_mm3 : float
        Of the lesion, of its voxels that are in both segmentations, and of its partners together.
    center_lps_mm : tuple of float
        Mean position (x, y, z) of its voxels.

    """

    source: str
    id: int
    partners: tuple[int, ...]
    side: Side | None
    segment: Segment | None
    volume_mm3: float
    shared_mm3: float
    partners_mm3: float
    center_lps_mm: tuple[float, float, float]

    @property
    def matched(self) -> bool:
        """True if the other segmentation has any of it."""
        return bool(self.partners)

    @property
    def covered_share(self) -> float:
        """Share of it in the other segmentation: sensitivity of a manual lesion, PPV of a predicted one."""
        return self.shared_mm3 / self.volume_mm3

    @property
    def dice(self) -> float:
        """Dice coefficient of the lesion with its partners together; 0 without any."""
        return 2 * self.shared_mm3 / (self.volume_mm3 + self.partners_mm3)

    @property
    def difference_mm3(self) -> float:
        """Predicted minus manual volume: of the lesion and its partners together."""
        difference = self.volume_mm3 - self.partners_mm3
        return difference if self.source == "predicted" else -difference


@dataclass(frozen=True, eq=False)
class Agreement:
    """Where and how much two segmentations of a scan agree.

    Attributes
    ----------
    frame : Frame
        Of the scan.
    labels : numpy.ndarray of uint8
        Shape (z, y, x): 0 in neither, :data:`BOTH`, :data:`PREDICTED_ONLY` or :data:`MANUAL_ONLY`.
    overlap : Overlap
        Of all ICAC: Dice, sensitivity and PPV; the conventions for empty masks are
        :data:`icac.compare.overlap.CONVENTION`.
    overlap_by_side : dict of Side to Overlap
        Each voxel counts for the artery nearest to it; empty without courses.
    predicted, manual : tuple of MatchedLesion
        Lesions of each segmentation by number.

    """

    frame: Frame
    labels: np.ndarray
    overlap: Overlap
    overlap_by_side: dict[Side, Overlap]
    predicted: tuple[MatchedLesion, ...]
    manual: tuple[MatchedLesion, ...]

    @cached_property
    def both(self) -> np.ndarray:
        """Voxels in both segmentations, bool (z, y, x)."""
        return self.labels == BOTH

    @cached_property
    def predicted_only(self) -> np.ndarray:
        """Voxels in the prediction only, bool (z, y, x)."""
        return self.labels == PREDICTED_ONLY

    @cached_property
    def manual_only(self) -> np.ndarray:
        """Voxels in the manual segmentation only, bool (z, y, x)."""
        return self.labels == MANUAL_ONLY

    @property
    def dice(self) -> float:
        """Dice coefficient; 1 if both are empty, 0 if only one is."""
        return self.overlap.dice

    @property
    def sensitivity(self) -> float:
        """Share of the manual volume that was found; not a number without any."""
        return self.overlap.sensitivity

    @property
    def ppv(self) -> float:
        """Share of the predicted volume that is in the manual one; not a number without any."""
        return self.overlap.ppv

    @property
    def predicted_mm3(self) -> float:
        """Volume of the prediction."""
        return self.overlap.predicted_mm3

    @property
    def manual_mm3(self) -> float:
        """Volume of the manual segmentation."""
        return self.overlap.truth_mm3

    @property
    def difference_mm3(self) -> float:
        """Predicted minus manual volume."""
        return self.predicted_mm3 - self.manual_mm3


def compare(frame: Frame, predicted: np.ndarray, manual: np.ndarray,
            courses: Mapping[Side, Course] | None = None) -> Agreement:
    """Compare two segmentations of one scan.

    Parameters
    ----------
    frame : Frame
        Of the scan.
    predicted, manual : numpy.ndarray of bool or int
        Shape (z, y, x) on the voxels of the scan: masks, whose 26-connected components are the lesions, or labels (0,
        or the number of the lesion), whose numbers are kept. The manual one is calcium already
        (:func:`icac.compare.manual_truth`).
    courses : mapping of Side to Course, optional
        Courses of the carotids in the space of the scan, LPS mm, to tell side and segment.

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        An array does not have the shape of the scan.

    """
    for name, array in (("predicted", predicted), ("manual", manual)):
        if array.shape != frame.shape:
            raise InputError(f"The {name} segmentation has {array.shape} voxels (z, y, x) and the CT {frame.shape}; "
                             "resample it to the CT.")
    # Calcium fills a thousandth of a head: all work is done in the box that holds it.
    boxes = [box for box in (bounding_box(predicted > 0), bounding_box(manual > 0)) if box is not None]
    box = span(boxes) if boxes else (slice(0, 1),) * 3
    labels = np.zeros(frame.shape, dtype=np.uint8)
    labels[box] = _agreement_labels(predicted[box], manual[box])
    block = frame.part(box)
    index_zyx = np.argwhere(labels[box])
    kinds = labels[box][tuple(index_zyx.T)]
    ours, theirs = as_labels(predicted[box]), as_labels(manual[box])
    return Agreement(
        frame, labels, _overlap(kinds, frame), _by_side(index_zyx, kinds, block, courses),
        _matched("predicted", ours, theirs, block, courses), _matched("manual", theirs, ours, block, courses))


def _agreement_labels(predicted: np.ndarray, manual: np.ndarray) -> np.ndarray:
    ours, theirs = predicted > 0, manual > 0
    labels = ours.astype(np.uint8) * PREDICTED_ONLY
    labels[theirs] = MANUAL_ONLY
    labels[ours & theirs] = BOTH
    return labels


def _overlap(kinds: np.ndarray, frame: Frame) -> Overlap:
    counts = np.bincount(kinds, minlength=MANUAL_ONLY + 1) * frame.voxel_volume_mm3
    return Overlap(float(counts[BOTH]), float(counts[PREDICTED_ONLY]), float(counts[MANUAL_ONLY]))


def _by_side(index_zyx: np.ndarray, kinds: np.ndarray, frame: Frame,
             courses: Mapping[Side, Course] | None) -> dict[Side, Overlap]:
    if not courses:
        return {}
    found = assign_points(frame.to_lps(index_zyx[:, ::-1]), courses)
    return {side: _overlap(kinds[found.side_index == n], frame) for n, side in enumerate(found.sides)}


def _matched(source: str, labels: np.ndarray, other: np.ndarray, frame: Frame,
             courses: Mapping[Side, Course] | None) -> tuple[MatchedLesion, ...]:
    sizes = np.bincount(other.ravel())
    return tuple(_match(source, lesion, sizes, frame, courses) for lesion in covered_lesions(labels, other))


def _match(source: str, lesion: CoveredLesion, sizes: np.ndarray, frame: Frame,
           courses: Mapping[Side, Course] | None) -> MatchedLesion:
    points = frame.to_lps(lesion.index_zyx[:, ::-1])
    side, segment = _territory(points, courses)
    voxel = frame.voxel_volume_mm3
    return MatchedLesion(source, lesion.number, tuple(lesion.partners), side, segment, lesion.voxels * voxel,
                         lesion.covered * voxel, float(sum(sizes[n] for n in lesion.partners) * voxel),
                         tuple(float(v) for v in points.mean(axis=0)))


def _territory(points: np.ndarray, courses: Mapping[Side, Course] | None) -> tuple[Side | None, Segment | None]:
    """Return the side of most points, and the segment of most of them on the course of that side."""
    if not courses:
        return None, None
    found = nearest_artery(points, courses)
    return found.side, Segment(int(np.bincount(found.segments).argmax()))
