"""Simulated patients scanned twice, between which some calcifications grew, came, went, met or fell apart.

What happened to each calcification is drawn, so it is known; the second scan has another pose, other noise and often
another protocol. ``change_accuracy.py`` scans them and asks ``icac change``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.geometry import Frame
from icac.simulate.cases.simulated_patient import Patient, draw_patient
from icac.simulate.patient.calcification import draw_calcification
from icac.simulate.patient.lesions import FULL_TURN, Lesion
from icac.simulate.scanner.scan import SimulatedScan, acquire
from repeated_scans import PROTOCOLS, acquisition_of

#: The whole width of the head from the foramen magnum to the orbital roof, head space.
REGION = Frame.regular((1.0, 1.0, 1.0), (191, 226, 90), origin=(-95.0, -110.0, -48.0))

#: Protocols of the first and the second scan; one pair after the other.
PAIRS = (("1 mm soft", "1 mm soft"), ("1 mm soft", "5 mm soft"), ("2.5 mm soft", "2.5 mm soft"),
         ("5 mm soft", "5 mm soft"), ("1 mm sharp", "1 mm soft"), ("5 mm soft", "2.5 mm soft"))

#: Total volume in mm3 of the first scan, evenly spread over the logarithm.
TOTALS_MM3 = (60.0, 400.0)

#: What happens to a calcification, and how often.
FATES = {"stable": 0.5, "grown": 0.25, "shrunk": 0.1, "gone": 0.15}

#: Factors of length, thickness and arc of one that grows; one that shrinks has been as large.
GROWTH = (1.5, 1.3, 1.25)

#: Gap in mm between two calcifications that will meet, and the shortest that can be made of two.
GAP_MM, BRIDGED_MM = 3.0, 8.0

#: New ones together, mm3, and their least distance from the others, centre to centre.
NEW_MM3, APART_MM = 40.0, 7.0


@dataclass(frozen=True, eq=False)
class Fated:
    """A calcification in both scans: what is there of it, and what happened to it."""

    before: tuple[Lesion, ...]
    after: tuple[Lesion, ...]
    fate: str


@dataclass(frozen=True, eq=False)
class ChangedPatient:
    """A patient and what happens to each calcification."""

    patient: Patient
    fated: tuple[Fated, ...]

    def at(self, second: bool) -> tuple[list[Lesion], list[int]]:
        """Return the calcifications at the first or the second scan in the order in which these number them.

        And which of :attr:`fated` each is of.
        """
        found = [(lesion, number) for number, one in enumerate(self.fated)
                 for lesion in (one.after if second else one.before)]
        ordered = [pair for side in self.patient.anatomy.courses for pair in found if pair[0].side is side]
        return [lesion for lesion, _ in ordered], [number for _, number in ordered]


def changed_patient(seed: int) -> ChangedPatient:
    """Draw a patient and what happens."""
    rng = np.random.default_rng((seed, 17))
    patient = draw_patient(np.random.default_rng(seed), "stroke", total_mm3=float(np.exp(rng.uniform(
        *np.log(TOTALS_MM3)))))
    lesions = list(patient.calcification.lesions)
    long = [le for le in lesions if le.length_mm >= BRIDGED_MM and le.arc < FULL_TURN]
    bridged = [long[n] for n in rng.permutation(len(long))[:2]]
    fated = [_bridged(lesion, fate) for lesion, fate in zip(bridged, ("merged", "split"), strict=False)]
    fated += [_drawn(lesion, rng) for lesion in lesions if lesion not in bridged]
    fated += [Fated((), (lesion,), "new") for lesion in _new(patient, lesions, rng)]
    return ChangedPatient(patient, tuple(fated))


def _bridged(lesion: Lesion, fate: str) -> Fated:
    """Return a calcification that was, or will be, two halves with a gap."""
    half = (lesion.length_mm - GAP_MM) / 2
    halves = tuple(replace(lesion, s_mm=lesion.s_mm + sign * (half + GAP_MM) / 2, length_mm=half) for sign in (-1, 1))
    return Fated(halves, (lesion,), fate) if fate == "merged" else Fated((lesion,), halves, fate)


def _drawn(lesion: Lesion, rng: np.random.Generator) -> Fated:
    fate = str(rng.choice(list(FATES), p=list(FATES.values())))
    larger = replace(lesion, length_mm=lesion.length_mm * GROWTH[0], thickness_mm=lesion.thickness_mm * GROWTH[1],
                     arc=min(lesion.arc * GROWTH[2], FULL_TURN))
    return {"stable": Fated((lesion,), (lesion,), fate), "grown": Fated((lesion,), (larger,), fate),
            "shrunk": Fated((larger,), (lesion,), fate), "gone": Fated((lesion,), (), fate)}[fate]


def _new(patient: Patient, lesions: Sequence[Lesion], rng: np.random.Generator) -> list[Lesion]:
    drawn = draw_calcification(patient.anatomy.courses, rng, "stroke", NEW_MM3).lesions
    return [lesion for lesion in drawn if all(np.linalg.norm(lesion.center - old.center) > APART_MM + (
        lesion.length_mm + old.length_mm) / 2 for old in lesions)]


def scan(changed: ChangedPatient, seed: int, second: bool) -> SimulatedScan:
    """Scan a patient for the first or the second time."""
    protocol = PROTOCOLS[PAIRS[seed % len(PAIRS)][second]]
    rng = np.random.default_rng((seed, int(second), 23))
    patient = changed.patient
    return acquire(patient.anatomy, changed.at(second)[0], patient.mimics, acquisition_of(protocol, rng), rng, REGION)


def truth_of(made: SimulatedScan, owner: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the voxels of all visible calcifications: points (n, 3) in head space, whose they are, and mm3 of each."""
    index = np.argwhere(made.icac.array > 0)
    to_head = np.linalg.inv(made.acquisition.pose)
    points = made.ct.frame.to_lps(index[:, ::-1]) @ to_head[:3, :3].T + to_head[:3, 3]
    number = made.lesion_labels.array[tuple(index.T)].astype(int) - 1
    return {"points": points.astype(np.float32), "fated": np.array(owner, dtype=int)[number],
            "voxel_mm3": np.array(made.ct.frame.voxel_volume_mm3), "spacing": np.array(made.ct.frame.spacing),
            "pose": made.acquisition.pose}

