"""What is known of a scan once it was segmented: the pipeline makes it; reports, tables and pictures are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.harmonise import UNCHANGED, Harmonisation
from icac.ct.hidden_names import text_without_names, without_names
from icac.geometry import Volume
from icac.settings import USUAL, Settings

if TYPE_CHECKING:
    from icac.course import CourseFit
    from icac.ct import CTScan
    from icac.lesions import Burden, Lesion
    from icac.ood import Novelty
    from icac.registration import Registration


def algorithm_name(model: str, version: str) -> str:
    """Return what made a segmentation, as DICOM SEG and ``.seg.nrrd`` name it."""
    return f"ICACSegmentation {model} {version}"


@dataclass(frozen=True)
class ModelIdentity:
    """Which weights were used.

    Attributes
    ----------
    name, version : str
    checksum : str
        SHA-256 of the weights, hexadecimal.
    notice : str
        What every report must say about these weights, e.g. that they were trained on simulated scans.

    """

    name: str
    version: str
    checksum: str
    notice: str

    @property
    def full_notice(self) -> str:
        """Return the notice as sentences that always say that use is for research only."""
        own = self.notice.strip().rstrip(".")
        own = f"{own[:1].upper()}{own[1:]}. " if own else ""
        if "not a medical device" in own.lower():
            return own.strip()
        return own + ("Not a medical device." if "research use only" in own.lower()
                      else "For research use only; not a medical device.")


@dataclass(frozen=True, eq=False)
class MeasuredQuality:
    """The form in which a scan was measured: its sharpness, and what its noise supports.

    Attributes
    ----------
    ct : Volume
        HU on the voxels of the scan: the scan brought to the reference conditions where the network looked, or the
        scan itself.
    harmonisation : Harmonisation
        What was measured and done.
    noise_sd_hu : float
        Standard deviation of the noise of ``ct``; NaN if it is not known.
    rejected_lesions : int
        Lesions that do not stand out from the noise, see :mod:`icac.lesions.noise`.
    rejected_mm3 : float
        Their volume.

    """

    ct: Volume
    harmonisation: Harmonisation = UNCHANGED
    noise_sd_hu: float = float("nan")
    rejected_lesions: int = 0
    rejected_mm3: float = 0.0


@dataclass(frozen=True, eq=False)
class SegmentedScan:
    """One scan, everything that was found in it, and how.

    Attributes
    ----------
    scan : CTScan
        The scan as it was read.
    labels : numpy.ndarray of int
        Shape (z, y, x) on the voxels of the scan: 0 outside, else the id of the lesion.
    probability : numpy.ndarray of float32
        Probability of ICAC, shape (z, y, x).
    lesions : tuple of Lesion
        By falling volume.
    burden : Burden
    courses : mapping of Side to Course
        In the space of the scan, LPS mm.
    registration : Registration
    model : ModelIdentity
    device : str
        Words for the computing device, e.g. ``CPU (2 threads)``.
    threshold : float
        Probability above which a dense voxel is ICAC.
    lesion_threshold : float
        Probability that some voxel of a lesion must reach; 0 if nothing was asked.
    poses : int
        Over how many poses the mean was taken where there may be a lesion (:mod:`icac.poses`).
    region : str
        Where the network looked: ``carotid`` or ``crop``, see :func:`icac.network_region.analysed_frame`.
    engine : str
        What ran the network on the device, with its version.
    settings : Settings
        What the user chose; thresholds and region came of it.
    min_area_mm2 : float
        Smallest area in a slice that counts for the Agatston-type score; 0 if every one does.
    seconds : mapping of str to float
        Duration of each stage, in order.
    warnings : tuple of str
        One sentence each.
    quality : MeasuredQuality, optional
        The form in which the scan was measured; as it is if omitted.
    course_fits : mapping of Side to CourseFit
        How the courses were found; as registered where omitted.
    novelty : Novelty, optional
        How unlike the scan is to those that the model knows; None of models that cannot tell.
    features : numpy.ndarray, optional
        (f,) features of the network near the carotids, by which that is told.

    """

    scan: CTScan
    labels: np.ndarray
    probability: np.ndarray
    lesions: tuple[Lesion, ...]
    burden: Burden
    courses: Mapping[Side, Course]
    registration: Registration
    model: ModelIdentity
    device: str
    threshold: float
    lesion_threshold: float = 0.0
    poses: int = 1
    region: str = "carotid"
    engine: str = ""
    settings: Settings = USUAL
    min_area_mm2: float = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    quality: MeasuredQuality | None = None
    course_fits: Mapping[Side, CourseFit] = field(default_factory=dict)
    novelty: Novelty | None = None
    features: np.ndarray | None = None

    @property
    def measured(self) -> MeasuredQuality:
        """The form in which the scan was measured."""
        return self.quality or MeasuredQuality(self.scan.volume)

    @property
    def mask(self) -> np.ndarray:
        """The segmentation: voxels of any lesion, bool (z, y, x)."""
        return self.labels > 0

    def mask_of(self, side: Side, labels: np.ndarray | None = None) -> np.ndarray:
        """Tell which labels belong to lesions of one side: those of the scan, (z, y, x), or any others given.

        Returns bool of the shape of the labels.
        """
        on_side = np.zeros(max((lesion.id for lesion in self.lesions), default=0) + 1, dtype=bool)
        on_side[[lesion.id for lesion in self.lesions if lesion.side is side]] = True
        return on_side[self.labels if labels is None else labels]

    def of_side(self, side: Side) -> SegmentedScan:
        """Return the scan with the lesions and the course of one side alone; the burden stays that of the scan."""
        lesions = tuple(lesion for lesion in self.lesions if lesion.side is side)
        return replace(self, labels=np.where(self.mask_of(side), self.labels, 0), lesions=lesions,
                       courses={side: self.courses[side]})

    def without_names(self) -> SegmentedScan:
        """Return the same without what can carry the name of a patient: of files and folders, and descriptions."""
        warnings = tuple(text_without_names(text, self.scan) for text in self.warnings)
        return replace(self, scan=without_names(self.scan), warnings=warnings)
