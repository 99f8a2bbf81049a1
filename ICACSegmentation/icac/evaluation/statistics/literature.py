"""Published results, for orientation only.

They are of real patients and human observers. Numbers on simulated scans, or on other scans, truth or splits, cannot
be compared with them, and every table and figure that shows them says so.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Said wherever published values are shown.
CAUTION = ("Published values are of real patients with manual truth: for orientation, not comparable with simulated "
           "scans.")


@dataclass(frozen=True)
class Published:
    """Results of one publication; None where it does not give them.

    Attributes
    ----------
    name, source : str
    quarters : tuple of float or None
        Mean Dice by quarter of true volume.
    mean_dice, pooled_dice, sensitivity, ppv, icc : float or None
        ICC of volumes; its form is not stated by the authors.

    """

    name: str
    source: str
    quarters: tuple[float, float, float, float] | None = None
    mean_dice: float | None = None
    pooled_dice: float | None = None
    sensitivity: float | None = None
    ppv: float | None = None
    icc: float | None = None


PUBLISHED = (
    Published("Bortsova 2017, best network", "arXiv 1706.01148, table 1; 1,000 scans", (0.628, 0.753, 0.804, 0.865),
              0.762, 0.850, icc=0.977),
    Published("Bortsova 2017, baseline", "arXiv 1706.01148, table 1; 1,000 scans", (0.526, 0.679, 0.753, 0.809),
              0.691, 0.801),
    Published("Bortsova 2021, network", "Radiol Artif Intell 3:e200226; 2,319 scans", sensitivity=0.838, ppv=0.88,
              icc=0.98),
    Published("Bortsova 2021, second observer", "Radiol Artif Intell 3:e200226; 47 scans", sensitivity=0.739,
              ppv=0.895, icc=0.91),
)
