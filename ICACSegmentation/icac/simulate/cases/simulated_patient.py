"""A simulated patient and its scan, from one seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.geometry import Frame
from icac.phantom import sample_head
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.burden import burden_score
from icac.simulate.patient.calcification import Calcification, draw_calcification
from icac.simulate.patient.contrast import draw_contrast
from icac.simulate.patient.mimics import Strand, draw_mimics
from icac.simulate.scanner.acquisition import Acquisition, draw_acquisition
from icac.simulate.scanner.scan import SimulatedScan, acquire


@dataclass(frozen=True, eq=False)
class Patient:
    """A head with its calcifications and their mimics."""

    anatomy: Anatomy
    calcification: Calcification
    mimics: tuple[Strand, ...]


def draw_patient(rng: np.random.Generator, protocol: str, anatomy: Anatomy | None = None,
                 total_mm3: float | None = None, dense_blood: bool = False) -> Patient:
    """Draw a patient.

    Parameters
    ----------
    rng : numpy.random.Generator
    protocol : str
        Population: ``rotterdam``, ``stroke`` or ``routine``.
    anatomy : Anatomy, optional
        The head; a random parametric head if omitted. The young among these have no ICAC.
    total_mm3 : float, optional
        Fix the ICAC volume.
    dense_blood : bool
        Give the patient dense blood, which others have by chance.

    """
    if anatomy is None:
        anatomy = sample_head(rng)
        if total_mm3 is None and anatomy.parameters.age_years is not None:
            total_mm3 = 0.0
    calcification = draw_calcification(anatomy.courses, rng, protocol, total_mm3)
    score = burden_score(calcification.burden.total_mm3, protocol)
    return Patient(anatomy, calcification, tuple(draw_mimics(anatomy, rng, score, dense_blood)))


def simulate_patient(seed: int, protocol: str = "stroke", region: Frame | None = None,
                     acquisition: Acquisition | None = None, total_mm3: float | None = None,
                     contrast: bool = False) -> SimulatedScan:
    """Simulate the scan of a random parametric head.

    Parameters
    ----------
    seed : int
        Same seed, same scan.
    protocol : str
        Population and scan protocol: ``rotterdam``, ``stroke`` or ``routine``.
    region : Frame, optional
        Box in head space to scan (LPS mm, sella-centred); the protocol's usual range if omitted.
    acquisition : Acquisition, optional
        Scan settings; drawn for the protocol if omitted.
    total_mm3 : float, optional
        Fix the ICAC volume instead of drawing it.
    contrast : bool
        Give the patient contrast agent, with which a scan must not be measured.

    """
    rng = np.random.default_rng(seed)
    patient = draw_patient(rng, protocol, total_mm3=total_mm3)
    acquisition = acquisition or draw_acquisition(rng, protocol)
    blood = draw_contrast(patient.anatomy, rng.spawn(1)[0]) if contrast else []
    return acquire(patient.anatomy, patient.calcification.lesions, (*patient.mimics, *blood), acquisition, rng,
                   region or scan_range(protocol))


def scan_range(protocol: str) -> Frame:
    """Return the box that a protocol scans, as a 1 mm frame in head space (LPS mm).

    Rotterdam: a field of view of 120 mm around the carotids from the neck up to above the circle of Willis. Others:
    the whole head from the foramen magnum to the vertex.
    """
    if protocol == "rotterdam":
        low, high = (-60.0, -57.0, -60.0), (60.0, 63.0, 35.0)
    else:
        low, high = (-95.0, -110.0, -55.0), (95.0, 115.0, 105.0)
    size = tuple(int(b - a) + 1 for a, b in zip(low, high, strict=True))
    return Frame.regular((1.0, 1.0, 1.0), size, origin=low)
