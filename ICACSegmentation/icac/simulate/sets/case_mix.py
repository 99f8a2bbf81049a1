"""Of which patients and scans a training set is made: as they come, or with more of what networks find hard.

Most of the volume that a network misses lies in few scans: those with much ICAC, and those with thick slices. Both are
rare among patients, so a set of patients as they come teaches little about them. Most of what it wrongly finds is noise
in dense blood, which is as rare. On real heads it is also bone of the young and noise of sharp kernels: those are in
the mix that is as varied as what reaches a hospital's archive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from icac.choices import MIXES
from icac.simulate.scanner.reconstruction import draw_style

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
    style : str
        How the scan is reconstructed, see :func:`icac.simulate.scanner.acquisition.draw_acquisition`.
    clips : bool
        Metal of a treated aneurysm near the siphon.

    """

    protocol: str
    total_mm3: float | None = None
    noisy_blood: bool = False
    style: str = "usual"
    clips: bool = False


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
        Share of heads that are young; their cases have no ICAC.
    varied : bool
        True for scans of all kernels and doses, False for usual ones.
    clips_share : float
        Share of cases with metal of a treated aneurysm.

    """

    protocol_shares: Mapping[str, float]
    much_share: float = 0.0
    much: Burdens | None = None
    noisy_blood_share: float = 0.0
    young_share: float = 0.0
    varied: bool = False
    clips_share: float = 0.0

    def draws_young(self, rng: np.random.Generator) -> bool:
        """Draw whether a head, and with it all its cases, is young."""
        return _happens(self.young_share, rng)

    def draw(self, rng: np.random.Generator, young: bool = False) -> Wish:
        """Draw what a case must have. Shares of 0 take no random number, so mixes without them stay as they were."""
        protocol = str(rng.choice(list(self.protocol_shares), p=list(self.protocol_shares.values())))
        volume = self.much.draw(rng) if self.much and rng.random() < self.much_share else None
        noisy_blood = _happens(self.noisy_blood_share, rng)
        style = draw_style(rng) if self.varied else "usual"
        return Wish(protocol, 0.0 if young else volume, noisy_blood, style, _happens(self.clips_share, rng))


def _happens(share: float, rng: np.random.Generator) -> bool:
    return share > 0 and rng.random() < share


_USUAL = CaseMix({"rotterdam": 0.35, "stroke": 0.35, "routine": 0.30})
_HARD = CaseMix({"rotterdam": 0.22, "stroke": 0.36, "routine": 0.42}, much_share=0.6,
                much=Burdens(220.0, 0.75, (40.0, 1200.0)))
_HARDEST = CaseMix({"rotterdam": 0.20, "stroke": 0.35, "routine": 0.45}, much_share=0.6,
                   much=Burdens(420.0, 0.55, (80.0, 1500.0)), noisy_blood_share=0.15)
_VARIED = CaseMix({"rotterdam": 0.20, "stroke": 0.40, "routine": 0.40}, much_share=0.35,
                  much=Burdens(220.0, 0.75, (40.0, 1200.0)), noisy_blood_share=0.05, young_share=0.15, varied=True,
                  clips_share=0.02)

#: More than half of these scans have slices of 2 mm and more.
_THICK = replace(_VARIED, protocol_shares={"rotterdam": 0.05, "stroke": 0.20, "routine": 0.75})
#: Half of the volume that networks miss there lies in the few with very much ICAC.
_HEAVY = replace(_THICK, much_share=0.75, much=Burdens(600.0, 0.6, (150.0, 2200.0)), young_share=0.0)

#: The one cohort and scanner of the paper: research scans of 1 mm, four of five with ICAC.
_ROTTERDAM = CaseMix({"rotterdam": 1.0})

#: Mixes by name. A model is calibrated on ``usual`` ones, and judged on these and on what an archive holds: patients as
#: they come, scanned with all kernels and doses, a tenth of them young.
CASE_MIXES = dict(zip(MIXES, (
    _USUAL, replace(_USUAL, young_share=0.10, varied=True, clips_share=0.01), _HARD, _HARDEST, _VARIED,
    replace(_VARIED, young_share=1.0), _THICK, _HEAVY, _ROTTERDAM), strict=True))
