"""How dense calcium looks at other tube voltages than 120 kV, for which 130 HU as the limit of calcium was fixed.

The rule: every scan is measured at 130 HU, whatever its voltage, as in the studies of ICAC, and off 120 kV there is a
warning with the direction and size of what that does. Volumes at different voltages must not be pooled unnoticed.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise

from icac.calcium import CALCIUM_HU
from icac.ct.series.limits import STANDARD_KV
from icac.ct.series.words import both_voltages, computed_energy

#: CT numbers of calcium and bone relative to 120 kV. From 130 HU at 120 kV being 147 HU at 100 kV (Agatston scoring
#: at low voltage) and the attenuation of calcium; 80 and 140 kV are assumptions.
CALCIUM_GAIN = {80: 1.40, 100: 1.13, 120: 1.00, 140: 0.92}

#: The largest change of calcium that is no warning.
SMALL_CHANGE = 0.02

#: What is said of a DICOM series that does not tell.
UNKNOWN = (f"The header does not tell the tube voltage: at others than {STANDARD_KV:.0f} kV calcium is denser or less "
           "dense, and volumes and scores larger or smaller.")

#: Voltages of CT scanners, kV.
POSSIBLE_KV = (40.0, 200.0)


def calcium_gain(kv: float) -> float:
    """Return how dense calcium looks at a voltage, relative to 120 kV.

    Between and beyond the voltages of :data:`CALCIUM_GAIN` its logarithm goes with that of the voltage.

    Parameters
    ----------
    kv : float
        Tube voltage.

    """
    known = sorted(CALCIUM_GAIN)
    low, high = next((pair for pair in pairwise(known) if kv <= pair[1]), (known[-2], known[-1]))
    slope = math.log(CALCIUM_GAIN[high] / CALCIUM_GAIN[low]) / math.log(high / low)
    return CALCIUM_GAIN[low] * (kv / low) ** slope


def voltage_warning(kvp: str, image_type: str = "", description: str = "") -> str:
    """Return a sentence on what the tube voltage does to the measurement; empty at 120 kV and where it is not told.

    Of images that mix two voltages headers tell one of them, which says nothing of the mixture.

    Parameters
    ----------
    kvp : str
        KVP of the header; empty if unknown.
    image_type, description : str
        Image Type and Series Description of the header, which tell of images that were computed from two energies.

    """
    computed = computed_energy(image_type, description)
    if computed:
        return (f"The images are computed for one energy or from two ('{computed}'): calcium in them is not as dense "
                f"as at {STANDARD_KV:.0f} kV, for which {CALCIUM_HU} HU is meant, so volumes and scores cannot be "
                "compared with others; use the series of the whole spectrum.")
    mixed = both_voltages(image_type, description)
    if mixed:
        return (f"The images mix the two voltages of a scan ('{mixed}'), which is meant to look as at "
                f"{STANDARD_KV:.0f} kV; how dense calcium is in them depends on the mixture, so compare volumes and "
                "scores with those of the same protocol only.")
    kv = _number(kvp)
    gain = calcium_gain(kv) if kv else 1.0
    if kv is None or abs(gain - 1) < SMALL_CHANGE:
        return ""
    denser, larger = ("denser", "larger") if gain > 1 else ("less dense", "smaller")
    filtered = " (more, if a tin filter was used)" if kv >= 140 else ""
    return (f"The scan was made at {kv:g} kV: calcium is some {abs(gain - 1):.0%} {denser} there than at "
            f"{STANDARD_KV:.0f} kV{filtered}, and {CALCIUM_HU} HU mark what {CALCIUM_HU / gain:.0f} HU mark there, so "
            f"volumes and scores are {larger}; compare them with those of the same voltage only.")


def _number(kvp: str) -> float | None:
    """Return the voltage of a header, of several values the first; None if it does not tell one."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", kvp)
    kv = float(found[1]) if found else 0.0
    return kv if POSSIBLE_KV[0] <= kv <= POSSIBLE_KV[1] else None
