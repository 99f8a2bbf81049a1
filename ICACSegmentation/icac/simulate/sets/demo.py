"""The embedded example: one simulated scan of the skull base, small enough to be made in seconds."""

from __future__ import annotations

from icac.geometry import Frame
from icac.simulate.cases.simulated_patient import simulate_patient
from icac.simulate.scanner.acquisition import Acquisition, rotation
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import SimulatedScan

#: Seed of the default example.
DEMO_SEED = 2017

#: ICAC volume of the example in mm3, between the medians of the general population (44) and of stroke patients (87).
DEMO_VOLUME_MM3 = 80.0

#: What is scanned, as a 1 mm frame in head space (LPS mm): from the foramen magnum to the middle of the ventricles.
DEMO_REGION = Frame.regular((1.0, 1.0, 1.0), (170, 205, 86), origin=(-85.0, -97.0, -46.0))


def simulate_demo_scan(seed: int = DEMO_SEED) -> SimulatedScan:
    """Simulate a head CT of 0.5 mm in plane and 1.5 mm slices, the head turned a little.

    Parameters
    ----------
    seed : int
        Another seed, another patient.

    Returns
    -------
    SimulatedScan

    """
    pose = rotation([0.09, -0.05, 0.12])
    pose[:3, 3] = (6.0, -14.0, 1210.0)
    acquisition = Acquisition(protocol="stroke", pixel_mm=0.5, thickness_mm=1.5, increment_mm=1.5,
                              kernel=Kernel(fwhm_mm=0.85, edge_gain=0.15), noise_sd=7.0, beam_hardening=0.7,
                              streaks=0.6, pose=pose)
    return simulate_patient(seed, "stroke", DEMO_REGION, acquisition, DEMO_VOLUME_MM3)
