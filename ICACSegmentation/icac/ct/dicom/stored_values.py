"""From the bits of a pixel to its stored value, and what in the bits themselves speaks against the header."""

from __future__ import annotations

import numpy as np

from icac.ct.dicom.pixel_format import PixelFormat

#: Largest CT number of any scanner's extended scale, HU, and the share of pixels above it that no metal has.
LARGEST_HU, SHARE_BEYOND = 31743, 0.01

#: Neighbours that differ by the whole range of values less this much lie on both sides of its end.
_NEAR_END = 300

#: So many such neighbours in a slice are no chance.
_PAIRS = 20

#: Fewest stored bits for which a range can be told from a step of tissue.
_FEWEST_BITS = 12


def stored_values(raw: np.ndarray, pixels: PixelFormat) -> np.ndarray:
    """Drop the bits above (overlays, rubbish) and below the stored ones, and extend the sign.

    Parameters
    ----------
    raw : numpy.ndarray
        All bits of the pixels, of a type that is signed if the pixels are.
    pixels : PixelFormat

    """
    if pixels.stored >= pixels.allocated:
        return raw
    # Shifts on the array's own signed or unsigned type extend the sign or fill with zeros as they should.
    return (raw << pixels.above) >> (pixels.allocated - pixels.stored)


def has_bits_above(raw: np.ndarray, pixels: PixelFormat) -> bool:
    """Tell whether pixels have bits above the stored ones that are no sign."""
    if pixels.above == 0:
        return False
    above = raw.view(f"u{raw.itemsize}") >> (pixels.allocated - pixels.above)
    used = above != 0
    return bool((used & (above != (1 << pixels.above) - 1)).any() if pixels.signed else used.any())


def is_sign_wrong(values: np.ndarray, pixels: PixelFormat, slope: float, intercept: float) -> bool:
    """Tell whether a slice cannot have the sign that the header says.

    Read with the wrong sign, values run over the end of their range: neighbours in the tissue then lie at its two ends,
    which air beside saturated metal, at the very ends, does not imitate. Or the padding alone becomes denser than
    anything.

    Parameters
    ----------
    values : numpy.ndarray
        Stored values of a slice, shape (rows, columns).
    pixels : PixelFormat
    slope, intercept : float
        HU = slope * stored value + intercept.

    """
    low, high = int(values.min()), int(values.max())
    if not pixels.signed and high * slope + intercept > LARGEST_HU \
            and (values * slope + intercept > LARGEST_HU).mean() >= SHARE_BEYOND:
        return True
    span = (1 << pixels.stored) - _NEAR_END
    if pixels.stored < _FEWEST_BITS or high - low < span:
        return False
    ends = (values == low) | (values == high)
    jumps = np.abs(np.diff(values.astype(np.int64), axis=1)) >= span
    return bool(np.count_nonzero(jumps & ~ends[:, 1:] & ~ends[:, :-1]) >= _PAIRS)
