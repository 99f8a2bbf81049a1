"""Of which patients and scans a training set is made: as they come, or with more of what networks find hard.

Most of the volume that a network misses lies in few scans: those with much ICAC, and those with thick slices. Both are
rare among patients, so a set of patients as they come teaches little about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

#: ICAC volume of patients with much of it: median in mm3, spread of its logarithm, and range in mm3.
MUCH_MM3, MUCH_LN_SD, MUCH_RANGE_MM3 = 220.0, 0.75, (40.0, 1200.0)


@dataclass(frozen=True)
class CaseMix:
    """How protocols and burdens are drawn.

    Attributes
    ----------
    protocol_shares : mapping of str to float
        Share of each protocol; they add up to 1.
    much_share : float
        Share of cases that are given much ICAC; the others get what is usual for their protocol.

    """

    protocol_shares: Mapping[str, float]
    much_share: float = 0.0

    def draw(self, rng: np.random.Generator) -> tuple[str, float | None]:
        """Return the protocol of a case, and its ICAC volume in mm3 if that is fixed."""
        protocol = str(rng.choice(list(self.protocol_shares), p=list(self.protocol_shares.values())))
        if not self.much_share or rng.random() >= self.much_share:
            return protocol, None
        return protocol, float(np.clip(np.exp(rng.normal(np.log(MUCH_MM3), MUCH_LN_SD)), *MUCH_RANGE_MM3))


#: Mixes by name. A model is judged and calibrated on ``usual`` ones only.
MIXES = {"usual": CaseMix({"rotterdam": 0.35, "stroke": 0.35, "routine": 0.30}),
         "hard": CaseMix({"rotterdam": 0.22, "stroke": 0.36, "routine": 0.42}, much_share=0.6)}
