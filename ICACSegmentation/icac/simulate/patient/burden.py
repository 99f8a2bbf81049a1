"""How much calcium a simulated patient has: prevalence, volume, wall layer and its split over the two carotids.

Numbers come from population studies of ICAC; docstrings name them. Volumes are what a reader would measure, the
voxels of at least 130 HU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from icac.anatomy import Side

#: Probability that both carotids are affected if one is (Gotovac et al.: 94 % of the calcified are bilateral).
BILATERAL = 0.94

#: Share of the right carotid of a bilateral burden: Beta(4, 4). An assumption.
SPLIT_BETA = 4.0

#: Largest volume in mm3 that is drawn; two carotids calcified all around and all along hold little more.
LARGEST_MM3 = 1500.0

#: Dominant wall layer of a patient: intimal, internal elastic lamina (medial) or mixed
#: (Rotterdam study, n = 2,391: 39, 48 and 13 % of those with ICAC).
PATTERNS = {"intimal": 0.39, "medial": 0.48, "mixed": 0.13}


@dataclass(frozen=True)
class Population:
    """Distribution of the ICAC volume of a group of patients; ln(volume / mm3) of the calcified is normal."""

    prevalence: float
    ln_mean: float
    ln_sd: float


#: Rotterdam study: prevalence 82.2 %, median of all 44 mm3. Stroke patients treated by thrombectomy: prevalence
#: 84.5 %, quartiles of all 18.9, 87.1 and 254.6 mm3. Patients scanned in clinical routine: an assumption between.
POPULATIONS = {
    "rotterdam": Population(0.822, 4.20, 1.50),
    "stroke": Population(0.845, 4.77, 1.49),
    "routine": Population(0.75, 4.30, 1.60),
}


@dataclass(frozen=True)
class Burden:
    """Calcium of one patient.

    Attributes
    ----------
    pattern : str
        ``intimal``, ``medial`` or ``mixed``.
    volume_mm3 : dict of Side to float
        Volume of each carotid; 0 where it is free of calcium.

    """

    pattern: str
    volume_mm3: dict[Side, float]

    @property
    def total_mm3(self) -> float:
        """Volume of both carotids, mm3."""
        return sum(self.volume_mm3.values())


def draw_burden(rng: np.random.Generator, protocol: str, total_mm3: float | None = None) -> Burden:
    """Draw the burden of a patient.

    Parameters
    ----------
    rng : numpy.random.Generator
    protocol : str
        A key of :data:`POPULATIONS`.
    total_mm3 : float, optional
        Fix the volume instead of drawing it; 0 for a patient without ICAC.

    """
    if total_mm3 is None:
        total_mm3 = _draw_total(rng, POPULATIONS[protocol])
    pattern = str(rng.choice(list(PATTERNS), p=list(PATTERNS.values())))
    bilateral = rng.random() < BILATERAL
    right = rng.beta(SPLIT_BETA, SPLIT_BETA) if bilateral else float(rng.integers(2))
    return Burden(pattern, {Side.RIGHT: right * total_mm3, Side.LEFT: (1.0 - right) * total_mm3})


def burden_score(total_mm3: float, protocol: str) -> float:
    """Return the normal quantile of a volume among all patients of a population; those without ICAC share one."""
    population = POPULATIONS[protocol]
    without = 1.0 - population.prevalence
    if total_mm3 <= 0:
        return float(ndtri(without / 2))
    among_calcified = ndtr((np.log(total_mm3) - population.ln_mean) / population.ln_sd)
    return float(ndtri(min(without + population.prevalence * among_calcified, 1.0 - 1e-6)))


def _draw_total(rng: np.random.Generator, population: Population) -> float:
    calcified = rng.random() < population.prevalence
    volume = np.exp(population.ln_mean + population.ln_sd * rng.standard_normal())
    return float(min(volume, LARGEST_MM3)) if calcified else 0.0
