"""One case of a cohort: a simulated scan, or a real one with implanted calcifications, and its truth.

The truth of a simulated scan is that of the form in which it is measured (:mod:`icac.ct.harmonise`); its files hold
the scan as it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from icac.geometry import Frame, Volume
from icac.simulate.cases.simulated_patient import draw_patient, scan_range
from icac.simulate.patient.burden import Burden
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.teeth import draw_teeth
from icac.simulate.scanner.acquisition import Acquisition, draw_acquisition, draw_pose
from icac.simulate.scanner.reconstruction import draw_style
from icac.simulate.scanner.scan import SimulatedScan, acquire
from icac.simulate.scanner.slices import Slices
from icac.simulate.scanner.surroundings import Part, draw_surroundings, field_of_view
from icac.simulate.truth.as_measured import observers_as_measured, truth_as_measured
from icac.simulate.truth.lesion_truth import LesionTruth, recount, visible_voxels
from icac.simulate.truth.rule import drawn_region

if TYPE_CHECKING:
    from icac.phantom import Head

#: Spread of how a whole head lies in the scanner: rotation about each axis, and place.
HEAD_ROTATION_SD_DEG, HEAD_OFFSET_SD_MM = 8.0, 15.0


@dataclass(frozen=True, eq=False)
class CohortCase:
    """What is written for a case.

    Attributes
    ----------
    ct : Volume
        HU, on the voxels that readers get from the file.
    labels, roi : Volume
        uint8 on the same voxels: number of the lesion, and the region that an observer would draw around those that
        are visible.
    lesions : tuple of LesionTruth
        Voxels and volumes are those of ``labels``.
    burden : Burden
        What was drawn.
    slices : Slices
        The scan as it was acquired, for DICOM.
    facts : dict
        Acquisition, head, mimics or background, for the record.
    observers : tuple of Volume
        uint8 on the same voxels: what each of several observers drew, if that was wanted.

    """

    ct: Volume
    labels: Volume
    roi: Volume
    lesions: tuple[LesionTruth, ...]
    burden: Burden
    slices: Slices
    facts: dict
    observers: tuple[Volume, ...] = ()

    @property
    def icac(self) -> Volume:
        """The labels of the lesions that an observer sees; these voxels are ICAC."""
        return self.labels.like(self.labels.array * visible_voxels(self.lesions, self.labels.array))

    @classmethod
    def assemble(cls, slices: Slices, labels: np.ndarray, lesions: Sequence[LesionTruth], burden: Burden, facts: dict,
                 as_read: bool, scan: SimulatedScan | None = None, observers: int = 0,
                 chance: np.random.Generator | None = None) -> CohortCase:
        """Put a case on the voxels of its files.

        Parameters
        ----------
        slices : Slices
            The scan.
        labels : numpy.ndarray
            (slices, rows, columns) number of the lesion.
        lesions : sequence of LesionTruth
        burden : Burden
        facts : dict
        as_read : bool
            True for the voxels that readers get from the DICOM series (straight and even), False for the scan's own
            voxels, which may be sheared. Slices that are uneven have no frame of their own and are always straightened.
        scan : SimulatedScan, optional
            From which the truth follows in the form in which the scan is measured; as ``labels`` say if omitted.
        observers : int
            So many draw the scan, which must be given.
        chance : numpy.random.Generator, optional
            Of what they draw.

        """
        if as_read or not slices.is_even:
            ct = slices.as_read()
            on_ct = slices.labels_as_read(labels, ct)
        else:
            ct = Volume(slices.hu, slices.own_frame())
            on_ct = ct.like(labels)
        measured = ct
        drawn: tuple[Volume, ...] = ()
        if scan is not None and observers and chance is not None:
            drawn = tuple(ct.like(one.astype(np.uint8)) for one in observers_as_measured(
                observers, ct, scan.lesion_image, scan.acquisition.pose, chance))
        if scan is not None:
            measured, on_ct, lesions = truth_as_measured(ct, on_ct, tuple(lesions), scan.lesion_image,
                                                         scan.acquisition.pose)
        icac = visible_voxels(lesions, on_ct.array)
        roi = drawn_region(icac, measured.array, slices.spacing[0]).astype(np.uint8)
        return cls(ct, on_ct, ct.like(roi), recount(lesions, on_ct), burden, slices, facts, drawn)


def simulate_case(rng: np.random.Generator, protocol: str, dicom: bool, region: Frame | None = None,
                  observers: int = 0) -> CohortCase:
    """Simulate a patient and a scan.

    Parameters
    ----------
    rng : numpy.random.Generator
    protocol : str
        ``rotterdam``, ``stroke`` or ``routine``.
    dicom : bool
        True to keep uneven slices where they were acquired; otherwise they come interpolated.
    region : Frame, optional
        Box in head space (LPS mm, sella-centred) to scan; the usual range of the protocol if omitted.
    observers : int
        So many draw the case (:mod:`icac.simulate.truth.observers`), which is else the same.

    """
    patient = draw_patient(rng, protocol)
    head = cast("Head", patient.anatomy)  # that of a drawn patient has parameters
    # Of a generator of their own, so that what is drawn later does not depend on them.
    teeth = draw_teeth(head, rng.spawn(1)[0], head.parameters.age_years is None)
    patient = replace(patient, mimics=(*patient.mimics, *teeth))
    acquisition, surroundings = _draw_scan(rng, protocol)
    uneven = dicom and acquisition.later_increment_mm is not None
    scan = acquire(patient.anatomy, patient.calcification.lesions, patient.mimics,
                   _finer(acquisition) if uneven else acquisition, rng,
                   region or (field_of_view(scan_range(protocol)) if surroundings else scan_range(protocol)),
                   surroundings)
    slices = Slices.of_volume(scan.ct, acquisition.thickness_mm)
    labels = scan.lesion_labels.array
    if uneven:
        acquisition, numbers = _acquired_slices(acquisition, scan)
        slices, labels = slices.taken(numbers), labels[numbers]
    facts = {"acquisition": _acquisition_facts(acquisition), "head": asdict(head.parameters),
             "surroundings": [part.name for part in surroundings],
             "mimics": [_mimic_facts(mimic, acquisition.pose) for mimic in patient.mimics]}
    return CohortCase.assemble(slices, labels, scan.lesions, patient.calcification.burden, facts, dicom, scan,
                               observers, rng.spawn(1)[0])


def _draw_scan(rng: np.random.Generator, protocol: str) -> tuple[Acquisition, tuple[Part, ...]]:
    """Draw the scan and what lies around the head: research scans show neither table nor bone kernel."""
    if protocol == "rotterdam":
        return draw_acquisition(rng, protocol), ()
    acquisition = draw_acquisition(rng, protocol, draw_style(rng))
    posture = draw_pose(rng, HEAD_ROTATION_SD_DEG, HEAD_OFFSET_SD_MM)
    return replace(acquisition, pose=posture), draw_surroundings(rng)


def _finer(acquisition: Acquisition) -> Acquisition:
    """Return the scan in half steps, evenly, of which uneven slices are some."""
    return replace(acquisition, increment_mm=acquisition.increment_mm / 2, later_increment_mm=None)


def _acquired_slices(acquisition: Acquisition, scan: SimulatedScan) -> tuple[Acquisition, np.ndarray]:
    """Choose the slices of a scan in two blocks from one in half steps; the later distance is 1.5 or 2 times."""
    assert acquisition.later_increment_mm is not None, "the slices are uneven"
    later = 3 if acquisition.later_increment_mm / acquisition.increment_mm < 1.75 else 4
    normal = np.cross(*scan.ct.frame.direction[:, :2].T)
    index = np.zeros((len(scan.ct.array), 3))
    index[:, 2] = np.arange(len(index))
    height = (scan.ct.frame.to_lps(index) - acquisition.pose[:3, 3]) @ normal
    lower = np.flatnonzero(height <= acquisition.block_break_mm)[::2]
    first = (lower[-1] if len(lower) else -later) + later
    numbers = np.concatenate([lower, np.arange(first, len(index), later)])
    return replace(acquisition, later_increment_mm=acquisition.increment_mm * later / 2), numbers


def _acquisition_facts(acquisition: Acquisition) -> dict:
    facts = asdict(acquisition)
    facts["head_to_scan"] = np.round(facts.pop("pose"), 6).tolist()
    facts["motion_mm"] = list(facts["motion_mm"])
    return facts


def _mimic_facts(mimic: Strand, pose: np.ndarray) -> dict:
    filled = mimic.points[mimic.radius_mm > 0]
    center = pose[:3, :3] @ (filled if len(filled) else mimic.points).mean(axis=0) + pose[:3, 3]
    return {"name": mimic.name, "side": "left" if mimic.points[:, 0].mean() > 0 else "right",
            "centre_lps_mm": [round(float(v), 2) for v in center], "radius_mm": round(float(mimic.radius_mm.max()), 2),
            "hu": round(float(mimic.hu), 1), "calcified": mimic.calcified}
