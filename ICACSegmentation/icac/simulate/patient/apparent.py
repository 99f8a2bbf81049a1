"""How large a painted calcification looks in a scan: the volume above 130 HU at a usual resolution.

Blurred, a dense plate looks larger than it is (blooming) and a thin or faint one smaller or not at all. Along each
axis the plate is a box blurred by a Gaussian; the other axes lower its peak.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from icac.calcium import CALCIUM_HU
from icac.simulate.patient.lesions import plate_volume

#: Standard deviation in mm of the blur of a usual scan: 0.9 mm in plane and 1 mm slices, averaged over directions.
USUAL_BLUR_SD_MM = 0.38

#: CT number around the lesion: blood and dura.
SURROUNDING_HU = 50.0

_OFFSETS_MM = np.linspace(0.0, 2.0, 81)


def apparent_volume(length: float, width: float, thickness: float, hu: float, ring: bool) -> float:
    """Volume in mm3 of at least 130 HU of a blurred plate with full extents in mm; 0 if it never reaches 130 HU."""
    threshold = (CALCIUM_HU - SURROUNDING_HU) / (hu - SURROUNDING_HU)
    extents = np.array([length, thickness] if ring else [length, width, thickness])
    # Rounded edges hold less than a box does; as for its peak, the plate is a box of the same volume.
    filled = plate_volume(length, width, thickness, ring) / (length * width * thickness)
    peaks = 2.0 * ndtr(extents * filled ** (1 / len(extents)) / 2 / USUAL_BLUR_SD_MM) - 1.0
    peak = np.prod(peaks)
    if peak <= threshold:
        return 0.0
    seen = [_width_above(extent, threshold * own / peak) for extent, own in zip(extents, peaks, strict=True)]
    return float(plate_volume(seen[0], width if ring else seen[1], seen[-1], ring))


def _width_above(extent: float, threshold: float) -> float:
    """Full width in mm of a blurred box above a share of its height."""
    x = extent / 2 + _OFFSETS_MM - min(extent / 2, 1.0)
    profile = ndtr((x + extent / 2) / USUAL_BLUR_SD_MM) - ndtr((x - extent / 2) / USUAL_BLUR_SD_MM)
    return 2.0 * float(np.interp(-threshold, -profile, x))
