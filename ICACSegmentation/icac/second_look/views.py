"""What the second look is shown: numbers along and across each carotid drawn out straight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from icac.anatomy import Side
from icac.anatomy.straight import SECTIONS, WIDTH, Straight, across_mm
from icac.geometry import Frame
from icac.network.straight.config import CHANNELS

#: Shape of one carotid drawn out straight: section, outward, at a right angle.
SHAPE = (SECTIONS, WIDTH, WIDTH)

#: HU between which soft tissue, with faint calcium, and bone, with dense calcium, are told apart; and by what they are
#: divided.
_SOFT_HU, _SOFT_SCALE = (-200.0, 600.0), 400.0
_BONE_HU, _BONE_SCALE = (100.0, 1600.0), 800.0

#: Probabilities are kept this far from 0 and 1, and log-odds divided by this.
_MARGIN, _LOG_ODDS_SCALE = 1e-5, 5.0

#: By what distances are divided: sections, and mm outside the lumen.
_SECTIONS_SCALE, _LUMEN_SCALE_MM = 100.0, 4.0


class Drawn(NamedTuple):
    """One carotid drawn out straight, all of :data:`SHAPE`."""

    hu: np.ndarray
    """HU, float32."""
    first: np.ndarray
    """Log-odds of ICAC of the first look."""
    lumen: np.ndarray
    """Probability of the inside of a carotid."""


def draw(straight: Straight, hu: np.ndarray, outputs: np.ndarray, frame: Frame) -> Drawn:
    """Sample what is known of a scan along one carotid.

    Parameters
    ----------
    straight : Straight
        In the space of ``frame``.
    hu : numpy.ndarray
        (z, y, x) on ``frame``.
    outputs : numpy.ndarray
        Probabilities of ICAC and of the inside of a carotid, (2, z, y, x); 0 where they were not computed.
    frame : Frame

    """
    index = frame.to_index(straight.points().reshape(-1, 3))[:, ::-1].T

    def sampled(values: np.ndarray) -> np.ndarray:
        found = ndimage.map_coordinates(values.astype(np.float32, copy=False), index, order=1, mode="nearest")
        return found.reshape(SHAPE)

    return Drawn(sampled(hu), sampled(log_odds(outputs[0])), sampled(outputs[1]))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log-odds, float32, of probabilities that are kept a little from 0 and 1."""
    kept = np.clip(probability.astype(np.float32, copy=False), _MARGIN, 1 - _MARGIN)
    return np.log(kept / (1 - kept))


def shown(straight: Mapping[Side, Straight], hu: np.ndarray, outputs: np.ndarray, frame: Frame
          ) -> dict[Side, np.ndarray]:
    """Return what the network is shown of each side: float32 (channels, *SHAPE), in the order of ``CHANNELS``.

    Parameters are those of :func:`draw`, of both sides.
    """
    drawn = {side: draw(one, hu, outputs, frame) for side, one in straight.items()}
    return {side: _shown(one, drawn[Side.LEFT if side is Side.RIGHT else Side.RIGHT].hu, straight[side].radius_mm)
            for side, one in drawn.items()}


def _shown(one: Drawn, other_hu: np.ndarray, radius_mm: np.ndarray) -> np.ndarray:
    place = across_mm()
    out = np.empty((len(CHANNELS), *SHAPE), np.float32)
    np.clip(one.hu, *_SOFT_HU, out=out[0])
    out[0] /= _SOFT_SCALE
    out[1], out[4] = _bone(one.hu), _bone(other_hu)
    out[2] = one.first / _LOG_ODDS_SCALE
    out[3] = 2 * one.lumen - 1
    out[5] = (np.arange(SECTIONS) / _SECTIONS_SCALE - 1)[:, None, None]
    out[6] = (np.hypot(place[:, None], place) - radius_mm[:, None, None]) / _LUMEN_SCALE_MM
    return out


def _bone(hu: np.ndarray) -> np.ndarray:
    return np.clip(hu, *_BONE_HU) / _BONE_SCALE - 0.5
