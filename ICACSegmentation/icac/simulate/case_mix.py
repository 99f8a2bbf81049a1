"""Of which patients and scans a training set is made: as they come, or with more of what networks find hard.

Most of the volume that a network misses lies in few scans: those with much ICAC, and those with thick slices. Both are
rare among patients, so a set of patients as they come teaches little about them. Most of what it wrongly finds is noise
in dense blood, which is as rare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


class Burdens(NamedTuple):
    """Log-normal distribution of ICAC volumes, clipped to a range.

    Attributes
    ----------
    median_mm3, ln_sd : float
        Median, and spread of the logarithm.
    range_mm3 : tuple of float
        Least and largest volume.

    """

    median_mm3: float
    ln_sd: float
    range_mm3: tuple[float, float]

    def draw(self, rng: np.random.Generator) -> float:
        """Return a volume in mm3."""
        return float(np.clip(np.exp(rng.normal(np.log(self.median_mm3), self.ln_sd)), *self.range_mm3))


class Wish(NamedTuple):
    """What a case must have; the rest is drawn as usual.

    Attributes
    ----------
    protocol : str
        ``rotterdam``, ``stroke`` or ``routine``.
    total_mm3 : float or None
        ICAC volume, or None for what is usual in the protocol.
    noisy_blood : bool
        Dense blood in a noisy scan, where noise alone passes 130 HU.

    """

    protocol: str
    total_mm3: float | None = None
    noisy_blood: bool = False


@dataclass(frozen=True)
class CaseMix:
    """How protocols, burdens and noise are drawn.

    Attributes
    ----------
    protocol_shares : mapping of str to float
        Share of each protocol; they add up to 1.
    much_share : float
        Share of cases that are given much ICAC; the others get what is usual for their protocol.
    much : Burdens or None
        What much is, if any are given it.
    noisy_blood_share : float
        Share of cases with dense blood in a noisy scan.
    young_share : float
        Share of heads of children and adolescents, who have no ICAC.

    """

    protocol_shares: Mapping[str, float]
    much_share: float = 0.0
    much: Burdens | None = None
    noisy_blood_share: float = 0.0
    young_share: float = 0.15

    def draw(self, rng: np.random.Generator) -> Wish:
        """Draw what a case must have. Shares of 0 take no random number, so mixes without them stay as they were."""
        protocol = str(rng.choice(list(self.protocol_shares), p=list(self.protocol_shares.values())))
        volume = self.much.draw(rng) if self.much and rng.random() < self.much_share else None
        return Wish(protocol, volume, bool(self.noisy_blood_share) and rng.random() < self.noisy_blood_share)


#: Mixes by name. A model is judged and calibrated on ``usual`` ones only.
MIXES = {"usual": CaseMix({"rotterdam": 0.35, "stroke": 0.35, "routine": 0.30}),
         "hard": CaseMix({"rotterdam": 0.22, "stroke": 0.36, "routine": 0.42}, much_share=0.6,
                         much=Burdens(220.0, 0.75, (40.0, 1200.0))),
         "hardest": CaseMix({"rotterdam": 0.20, "stroke": 0.35, "routine": 0.45}, much_share=0.6,
                            much=Burdens(420.0, 0.55, (80.0, 1500.0)), noisy_blood_share=0.15)}
