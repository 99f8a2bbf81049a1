"""Simulated head CT with exactly known ICAC: calcifications in the vessel wall, mimics, scanners and training cases.

Anatomy comes from :mod:`icac.phantom` or from a real scan; lesions and acquisition from here. Every draw comes from a
numpy Generator, so a seed gives the same patient everywhere.
"""

from icac.simulate.cases.simulated_patient import draw_patient, simulate_patient
from icac.simulate.scanner.scan import SimulatedScan, acquire

__all__ = ["SimulatedScan", "acquire", "draw_patient", "simulate_patient"]
